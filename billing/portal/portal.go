package portal

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/gate"
	"github.com/billhatch/billhatch/billing/portal/internal/spool"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
)

// Portal is the billing area of a host as one handler.
type Portal struct {
	service  *billing.Service
	cfg      Config
	mux      *http.ServeMux
	origins  *http.CrossOriginProtection
	overload *gate.Overload
	spool    *spool.Spool
	words    *words.Catalog
	pages    *pages
	assets   map[string]asset
	policy   string // Content-Security-Policy of pages
}

// New makes the billing area. Whatever is missing or wrong in the configuration is an error here, of kind [ErrConfig],
// and never later.
func New(service *billing.Service, cfg Config) (*Portal, error) {
	if service == nil {
		return nil, invalid("service", "required")
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	p := &Portal{service: service, cfg: cfg, origins: http.NewCrossOriginProtection()}
	for _, origin := range cfg.TrustedOrigins {
		if err := p.origins.AddTrustedOrigin(origin); err != nil {
			return nil, invalid("TrustedOrigins", "%q is not an origin such as https://app.example.com", origin)
		}
	}
	var err error
	if p.words, err = words.New(cfg.Messages); err != nil {
		return nil, invalid("Messages", "%v", err)
	}
	p.assets = loadAssets(p.words)
	if p.pages, err = newPages(p); err != nil {
		return nil, invalid("Templates", "%v", err)
	}
	if p.spool, err = spool.New(spool.Options{
		Dir: cfg.Reports.Dir, Keep: cfg.Reports.Keep, MaxBytes: cfg.Reports.MaxBytes, Most: cfg.Reports.Most, Clock: cfg.Clock,
	}); err != nil {
		return nil, invalid("Reports", "%v", err)
	}
	if p.cfg.Limiter == nil {
		p.cfg.Limiter = gate.NewLimiter(cfg.Rate.PerMinute, cfg.Rate.Burst)
	}
	p.overload = gate.NewOverload(cfg.MaxInFlight)
	p.policy = p.contentPolicy()
	p.mux = p.newMux()
	return p, nil
}

// Pattern is what to register the portal under: "/billing/", or its equivalent in the router's own words (a wildcard).
// A router that strips the base path may do so.
func (p *Portal) Pattern() string { return p.cfg.BasePath + "/" }

// Close ends the reports that are being written and removes all files. Requests after it are answered, except for
// reports.
func (p *Portal) Close(ctx context.Context) error { return p.spool.Close(ctx) }

// ServeHTTP answers one request.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := p.begin(w, r)
	defer x.rescue()                  //nolint:contextcheck // an exchange has the context of its request
	if err := x.serve(); err != nil { //nolint:contextcheck // as above
		x.fail(err) //nolint:contextcheck // as above
	}
}

// under gives the request as if nothing had been stripped from its path.
func (p *Portal) under(r *http.Request) *http.Request {
	base := p.cfg.BasePath
	if r.URL.Path == base || strings.HasPrefix(r.URL.Path, base+"/") {
		return r
	}
	u := *r.URL
	u.Path = base + "/" + strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.RawPath != "" {
		u.RawPath = base + "/" + strings.TrimPrefix(r.URL.RawPath, "/")
	}
	out := r.Clone(r.Context())
	out.URL = &u
	return out
}

// plainPath tells whether a path has no parts that a router would clean away: those are not found, never redirected.
func plainPath(u *url.URL) bool {
	clean := path.Clean(u.Path)
	return u.Path == clean || u.Path == clean+"/"
}
