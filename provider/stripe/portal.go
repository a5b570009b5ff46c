package stripe

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// PortalSession opens a session of the hosted portal, with the configuration of [Config] or the account's default one. A
// portal whose settings were never saved is provider.ErrMisconfigured.
func (p *Provider) PortalSession(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
	const op = "PortalSession"
	if !webAddress(r.ReturnURL) {
		return provider.PortalSession{}, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "return_url", Message: "not an absolute url"}
	}
	if !customerID.MatchString(r.Customer) {
		return provider.PortalSession{}, provider.NotFound(op)
	}
	key := "bh1/" + op + "/" + rand.Text() + "/"
	// A session of which nobody has the link harms nobody, so it is made again under another key when the answer is lost.
	made, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.BillingPortalSession, error) {
		params := &stripe.BillingPortalSessionParams{
			Customer: stripe.String(r.Customer), ReturnURL: optional(r.ReturnURL), Configuration: optional(p.cfg.PortalConfiguration),
		}
		params.Context, params.IdempotencyKey = ctx, stripe.String(key+strconv.Itoa(exchangeOf(ctx).attempt))
		got, err := c.sessions.New(params)
		if complains(err, "configuration") {
			return nil, &provider.Error{Kind: provider.ErrMisconfigured, Message: "the settings of the portal were not saved, or are not active"}
		}
		return got, err
	})
	if err != nil {
		return provider.PortalSession{}, err
	}
	link, err := p.portalURL(made.URL)
	if err != nil || made.Customer != r.Customer || made.Livemode != p.cfg.Live {
		return provider.PortalSession{}, &provider.Error{Op: op, Kind: provider.ErrForeign, Message: "a session for somebody else, or somewhere else"}
	}
	return provider.PortalSession{Customer: made.Customer, URL: link}, nil
}

// complains tells whether Stripe refuses a request because of one of its parameters, or without naming any, as it does
// for portal settings that were not saved.
func complains(err error, param string) bool {
	e := wireOf(err)
	return e != nil && !e.proxy && e.status == 400 && (e.param == param || e.param == "" && e.code == "")
}

// webAddress tells whether a text can be where a browser is sent back to; empty: nowhere in particular.
func webAddress(text string) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// portalURL takes a link into the portal, if it leads there.
func (p *Provider) portalURL(text string) (provider.SecretURL, error) {
	link, err := provider.NewSecretURL(text)
	if err == nil && !stripeHost(link.Host()) && !slices.Contains(p.cfg.PortalHosts, strings.ToLower(link.Host())) {
		err = foreign("a link to another host")
	}
	return link, err
}

// stripeHost tells whether a host is one of Stripe's, by whole labels.
func stripeHost(host string) bool {
	host = strings.ToLower(host)
	return host == "stripe.com" || strings.HasSuffix(host, ".stripe.com")
}

// LoginLink gives the portal's login page with the address filled in. The page's own address is remembered for ten
// minutes; see [Provider.ForgetPortal]. Without a login page it is provider.ErrMisconfigured.
func (p *Provider) LoginLink(ctx context.Context, email provider.Email) (provider.SecretURL, error) {
	const op = "LoginLink"
	if email.IsZero() {
		return provider.SecretURL{}, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "email", Message: "missing"}
	}
	if err := ctx.Err(); err != nil {
		return provider.SecretURL{}, p.translate(op, &notSent{err})
	}
	page, ok := p.login.get(p.cfg.Clock())
	if !ok {
		configuration, err := p.configuration(ctx, op)
		switch {
		case err != nil:
			return provider.SecretURL{}, err
		case configuration == nil || !configuration.Active || configuration.LoginPage == nil || !configuration.LoginPage.Enabled:
			return provider.SecretURL{}, &provider.Error{Op: op, Kind: provider.ErrMisconfigured, Message: "the portal has no login page"}
		}
		page = configuration.LoginPage.URL
	}
	u, err := url.Parse(page)
	if err != nil {
		return provider.SecretURL{}, named(op, foreign("a login page that is nowhere"))
	}
	q := u.Query()
	q.Set("prefilled_email", email.Reveal())
	u.RawQuery = q.Encode()
	link, err := p.portalURL(u.String())
	if err != nil {
		return provider.SecretURL{}, &provider.Error{Op: op, Kind: provider.ErrForeign, Message: "a login page somewhere else"}
	}
	if !ok {
		p.login.set(page, p.cfg.Clock().Add(rememberLogin))
	}
	return link, nil
}

// rememberLogin is how long the address of the login page is remembered.
const rememberLogin = 10 * time.Minute

// ForgetPortal forgets what is remembered of the portal's configuration, for when Stripe says that it has changed.
func (p *Provider) ForgetPortal() { p.login.set("", time.Time{}) }

// loginPage remembers the address of the login page.
type loginPage struct {
	mu    sync.Mutex
	page  string
	until time.Time
}

func (l *loginPage) get(now time.Time) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.page, l.page != "" && now.Before(l.until)
}

func (l *loginPage) set(page string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.page, l.until = page, until
}

// configuration reads the configuration of the portal: the chosen one, or the default; nil when there is none. None is
// ever created.
func (p *Provider) configuration(ctx context.Context, op string) (*stripe.BillingPortalConfiguration, error) {
	got, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.BillingPortalConfiguration, error) {
		if p.cfg.PortalConfiguration != "" {
			params := &stripe.BillingPortalConfigurationParams{}
			params.Context = ctx
			got, err := c.configurations.Get(p.cfg.PortalConfiguration, params)
			if hasCode(err, "resource_missing") {
				return nil, nil //nolint:nilnil // there is none, and that is no error
			}
			return got, err
		}
		params := &stripe.BillingPortalConfigurationListParams{IsDefault: stripe.Bool(true)}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(1)
		it := c.configurations.List(params)
		if it.Err() != nil || len(it.BillingPortalConfigurationList().Data) == 0 {
			return nil, it.Err()
		}
		return it.BillingPortalConfigurationList().Data[0], nil
	})
	if got != nil && got.Livemode != p.cfg.Live {
		return nil, named(op, foreign("a configuration of the other mode"))
	}
	return got, err
}
