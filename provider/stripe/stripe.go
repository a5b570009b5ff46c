package stripe

import (
	"context"
	"net/http"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/billingportal/configuration"
	"github.com/stripe/stripe-go/v76/billingportal/session"
	"github.com/stripe/stripe-go/v76/creditnote"
	"github.com/stripe/stripe-go/v76/customer"
	"github.com/stripe/stripe-go/v76/customerbalancetransaction"
	"github.com/stripe/stripe-go/v76/event"
	"github.com/stripe/stripe-go/v76/invoice"
	"github.com/stripe/stripe-go/v76/invoiceitem"
	"github.com/stripe/stripe-go/v76/subscription"
	"github.com/stripe/stripe-go/v76/webhookendpoint"

	"github.com/billhatch/billhatch/provider"
)

// apiVersion is what the SDK's types are made for. Every request names it, whatever the account's default is.
const apiVersion = stripe.APIVersion

// Provider is Stripe as a payment provider.
type Provider struct {
	cfg     Config
	backend *backend
	turns   *turns // of objects that are written
	login   loginPage
	files   http.RoundTripper // fetches documents
	closing []func()
}

// New makes a provider. It asks Stripe nothing; see [Provider.Health]. Errors are provider.ErrInvalid with the field of
// the configuration.
func New(cfg Config) (*Provider, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, turns: newTurns(), files: cfg.PDFTransport}
	if cfg.Transport == nil {
		own := newRoundTripper()
		p.cfg.Transport, p.closing = own, append(p.closing, own.CloseIdleConnections)
	}
	if p.files == nil {
		own := newFileTripper(public)
		p.files, p.closing = own, append(p.closing, own.CloseIdleConnections)
	}
	p.backend = &backend{base: cfg.BaseURL, transport: newTransport(&p.cfg)}
	return p, nil
}

// Close gives back connections that are idle. The provider can be used afterwards.
func (p *Provider) Close() {
	for _, f := range p.closing {
		f()
	}
}

// Name gives "stripe".
func (p *Provider) Name() string { return "stripe" }

// clients are the parts of the SDK that are used, with the key of one call.
type clients struct {
	customers      customer.Client
	balance        customerbalancetransaction.Client
	invoices       invoice.Client
	items          invoiceitem.Client
	credits        creditnote.Client
	subscriptions  subscription.Client
	sessions       session.Client
	configurations configuration.Client
	endpoints      webhookendpoint.Client
	events         event.Client
}

// clients asks for the key, and refuses one of the other mode before it is sent anywhere.
func (p *Provider) clients(ctx context.Context) (*clients, error) {
	key, err := p.cfg.Key(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, &notSent{ctx.Err()}
	case err != nil:
		return nil, &provider.Error{Kind: provider.ErrUnavailable, Message: "the API key cannot be had"}
	}
	if !keyFits(key, p.cfg.Live) {
		return nil, &provider.Error{Kind: provider.ErrMisconfigured, Message: "the API key is not one of the expected mode"}
	}
	b := p.backend
	return &clients{
		customers: customer.Client{B: b, Key: key}, balance: customerbalancetransaction.Client{B: b, Key: key},
		invoices: invoice.Client{B: b, Key: key}, items: invoiceitem.Client{B: b, Key: key}, credits: creditnote.Client{B: b, Key: key},
		subscriptions: subscription.Client{B: b, Key: key}, sessions: session.Client{B: b, Key: key},
		configurations: configuration.Client{B: b, Key: key}, endpoints: webhookendpoint.Client{B: b, Key: key},
		events: event.Client{B: b, Key: key},
	}, nil
}

// keyFits tells whether a key is a secret or restricted one of the mode.
func keyFits(key string, live bool) bool {
	mode := "test"
	if live {
		mode = "live"
	}
	for _, prefix := range []string{"sk_", "rk_"} {
		if rest, ok := strings.CutPrefix(key, prefix+mode+"_"); ok && rest != "" && !strings.ContainsAny(rest, " \r\n\t") {
			return true
		}
	}
	return false
}
