package billing

import (
	"slices"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
)

// Service is the billing area of a host. It can do nothing by itself: see [Service.Session].
type Service struct {
	cfg   Config
	audit provider.AuditLog
	seal  *sealer
}

// New makes a service. Whatever is missing or wrong in the configuration is an error here, of kind ErrConfig, and never
// later.
func New(cfg Config) (*Service, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	audit, ok := provider.As[provider.AuditLog](cfg.Records)
	if !ok {
		return nil, &Error{Op: "New", Kind: ErrConfig, Field: "Records", Message: "no audit log"}
	}
	return &Service{cfg: cfg, audit: audit, seal: newSealer(cfg.SealKey)}, nil
}

// Session binds the service to one principal, for one request of the host.
func (s *Service) Session(p rbac.Principal) *Session {
	p.Roles = append([]rbac.Role(nil), p.Roles...)
	return &Session{service: s, principal: p}
}

// PortalHosts are the hosts that a portal link may have, as a copy: a page needs them for its content security policy.
func (s *Service) PortalHosts() []string { return slices.Clone(s.cfg.PortalHosts) }

func (s *Service) now() time.Time { return s.cfg.Clock().UTC() }
