package billing

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
)

// Config is what a [Service] is made of. The first five fields are required.
type Config struct {
	Payments   provider.Payments
	Records    provider.Records // must be able to keep an audit log
	Authorizer rbac.Authorizer
	Clock      func() time.Time

	// Authority gives a principal anew by id, with the roles and memberships that hold right now. It is asked at the
	// moment of portal sessions, reveals and writes. Its error denies the act for now; the last known answer never counts.
	Authority func(ctx context.Context, id string) (rbac.Principal, error)

	// SeesTenant tells whether a principal may see a sensitive tenant in a report (O12). Nil: only those whom the policy
	// gives every tenant.
	SeesTenant func(ctx context.Context, p rbac.Principal, account, tenant string) (bool, error)

	// DirectRoles enter the portal without a login; everybody else who may open it goes by magic link, unless the account
	// is listed for direct entry (O4). Nil: Billing of the organisation portal, and the client portal's roles.
	DirectRoles []rbac.Role
	// ReturnURL is where the portal leads back to: https, chosen by the host (http is accepted for localhost).
	ReturnURL string
	// PortalHosts are the hosts that a portal link may have. Nil: those of Stripe.
	PortalHosts []string
	// AllowSharedEmail lets two customers have one billing email, with a warning; otherwise it is refused (O5).
	AllowSharedEmail bool

	Support      Support
	Availability usage.Availability // of reports (O7)
	Thresholds   usage.Thresholds   // zero: 80 and 95 percent
	FreshFor     time.Duration      // how old a reading may be before it is stale; 0: a day
	PageSize     int                // invoices, clients and audit entries of a page; 0: 20

	// SealKey seals page cursors and confirmations; all replicas of a host share it. At least 32 bytes; nil: a random
	// one, with which cursors do not outlive the process.
	SealKey []byte

	// Require lists the abilities without which New fails, so that a missing one is found at the start.
	Require []provider.Capability

	Logger *slog.Logger // nil: silent. It never gets an address, a link or a purpose.
}

// Defaults of Config.
const (
	DefaultPageSize = 20
	DefaultFreshFor = 24 * time.Hour
)

// complete checks the configuration and fills the defaults in.
func (c *Config) complete() error {
	fail := func(field, format string, args ...any) error {
		return &Error{Op: "New", Kind: ErrConfig, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	for _, required := range []struct {
		field   string
		missing bool
	}{
		{"Payments", c.Payments == nil},
		{"Records", c.Records == nil},
		{"Authorizer", c.Authorizer == nil},
		{"Clock", c.Clock == nil},
		{"Authority", c.Authority == nil},
	} {
		if required.missing {
			return fail(required.field, "required")
		}
	}
	want := append([]provider.Capability{provider.CanAudit}, c.Require...)
	for _, ability := range want {
		if len(provider.Missing(c.Payments, ability)) > 0 && len(provider.Missing(c.Records, ability)) > 0 {
			return fail("Require", "%s: neither the payment provider nor the records have it", ability)
		}
	}
	if c.ReturnURL != "" && !safeReturn(c.ReturnURL) {
		return fail("ReturnURL", "not an absolute https url")
	}
	if c.PageSize < 0 || c.PageSize > provider.MaxPage {
		return fail("PageSize", "%d, want 1 to %d", c.PageSize, provider.MaxPage)
	}
	if c.SealKey != nil && len(c.SealKey) < 32 {
		return fail("SealKey", "%d bytes, want at least 32", len(c.SealKey))
	}
	if err := c.Support.validate(); err != nil {
		return fail("Support", "%v", err)
	}
	c.defaults()
	if err := c.Thresholds.Validate(); err != nil {
		return fail("Thresholds", "%v", err)
	}
	return nil
}

func (c *Config) defaults() {
	if c.DirectRoles == nil {
		c.DirectRoles = []rbac.Role{rbac.Billing, rbac.ClientAdmin, rbac.ClientManager}
	}
	if c.PortalHosts == nil {
		c.PortalHosts = []string{"billing.stripe.com"}
	}
	if c.Thresholds.Approaching.IsZero() && c.Thresholds.ActionNeeded.IsZero() {
		c.Thresholds = usage.DefaultThresholds()
	}
	if c.FreshFor <= 0 {
		c.FreshFor = DefaultFreshFor
	}
	if c.PageSize == 0 {
		c.PageSize = DefaultPageSize
	}
	if c.SealKey == nil {
		c.SealKey = make([]byte, 32)
		_, _ = rand.Read(c.SealKey) // never fails
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.DirectRoles, c.PortalHosts, c.SealKey = slices.Clone(c.DirectRoles), slices.Clone(c.PortalHosts), slices.Clone(c.SealKey)
}

// safeReturn accepts absolute https URLs, and http on the own machine.
func safeReturn(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(text, "\\\r\n\t ") {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}
