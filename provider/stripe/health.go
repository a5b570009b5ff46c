package stripe

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// The codes of problems that [Provider.Health] finds.
const (
	ProblemKeyMode       = "key.mode"              // the key is none, or one of the other mode
	ProblemKeyRefused    = "key.refused"           // Stripe does not take the key
	ProblemKeyScope      = "key.scope"             // a restricted key may not do all that is needed
	ProblemAccount       = "account.refused"       // the key has no access to Config.Account
	ProblemPortalUnsaved = "portal.not_saved"      // the settings of the portal were never saved, or have been deleted
	ProblemPortalOff     = "portal.inactive"       // the configuration of the portal is not active
	ProblemLoginOff      = "portal.login_disabled" // the portal has no login page
	ProblemHookMissing   = "webhook.missing"       // there are secrets, but no endpoint that is enabled
	ProblemHookVersion   = "webhook.version"       // no endpoint is of API version 2023-10-16
)

// Health looks at the key, what it may do, the portal and the webhook endpoints. Of a restricted key it also finds out
// what it may write, by asking for what Stripe must refuse: writes for a customer and an invoice that cannot exist.
func (p *Provider) Health(ctx context.Context) ([]provider.Problem, error) {
	h := &checkup{p: p}
	for _, look := range []func(context.Context) (bool, error){h.key, h.scopes, h.portal, h.webhooks} {
		goOn, err := look(ctx)
		if err != nil {
			return nil, err
		}
		if !goOn {
			break
		}
	}
	return h.problems, nil
}

const opHealth = "Health"

// checkup collects problems.
type checkup struct {
	p        *Provider
	problems []provider.Problem
}

func (h *checkup) add(code, detail string) {
	h.problems = append(h.problems, provider.Problem{Code: code, Detail: detail})
}

// key looks whether there is a key of the right mode. Without one nothing else can be looked at.
func (h *checkup) key(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, h.p.translate(opHealth, &notSent{err})
	}
	_, err := h.p.clients(ctx)
	switch {
	case provider.IsKind(err, provider.ErrMisconfigured):
		h.add(ProblemKeyMode, "the API key is not a secret or restricted key of "+modeName(h.p.cfg.Live)+" mode")
		return false, nil
	case err != nil:
		return false, h.p.translate(opHealth, err)
	}
	return true, nil
}

func modeName(live bool) string {
	if live {
		return "live"
	}
	return "test"
}

// probe is a request that shows whether the key may do something.
type probe struct {
	may  string // what, in words
	call func(context.Context, *clients) error
}

// reads are what the provider reads.
func reads() []probe {
	one := func(ctx context.Context) stripe.ListParams {
		return stripe.ListParams{Context: ctx, Single: true, Limit: stripe.Int64(1)}
	}
	return []probe{
		{"read customers", func(ctx context.Context, c *clients) error {
			return c.customers.List(&stripe.CustomerListParams{ListParams: one(ctx)}).Err()
		}},
		{"read invoices", func(ctx context.Context, c *clients) error {
			return c.invoices.List(&stripe.InvoiceListParams{ListParams: one(ctx)}).Err()
		}},
		{"read subscriptions", func(ctx context.Context, c *clients) error {
			return c.subscriptions.List(&stripe.SubscriptionListParams{ListParams: one(ctx)}).Err()
		}},
		{"read credit notes", func(ctx context.Context, c *clients) error {
			return c.credits.List(&stripe.CreditNoteListParams{ListParams: one(ctx)}).Err()
		}},
		{"read payment methods", func(ctx context.Context, c *clients) error {
			return c.customers.ListPaymentMethods(&stripe.CustomerListPaymentMethodsParams{
				ListParams: one(ctx), Customer: stripe.String(nobody),
			}).Err()
		}},
	}
}

// Ids that Stripe never gives, because its own are longer.
const (
	nobody  = "cus_billhatchprobe"
	nothing = "in_billhatchprobe"
)

// writes are what the provider writes, for nobody.
func writes() []probe {
	with := func(ctx context.Context) stripe.Params {
		return stripe.Params{Context: ctx, IdempotencyKey: stripe.String("bh1/Health/" + rand.Text())}
	}
	return []probe{
		{"write customers", func(ctx context.Context, c *clients) error {
			_, err := c.customers.Update(nobody, &stripe.CustomerParams{Params: with(ctx)})
			return err
		}},
		{"write invoices", func(ctx context.Context, c *clients) error {
			_, err := c.invoices.VoidInvoice(nothing, &stripe.InvoiceVoidInvoiceParams{Params: with(ctx)})
			return err
		}},
		{"write invoice items", func(ctx context.Context, c *clients) error {
			_, err := c.items.New(&stripe.InvoiceItemParams{
				Params: with(ctx), Customer: stripe.String(nobody), Invoice: stripe.String(nothing),
			})
			return err
		}},
		{"write credit notes", func(ctx context.Context, c *clients) error {
			_, err := c.credits.New(&stripe.CreditNoteParams{Params: with(ctx), Invoice: stripe.String(nothing), Amount: stripe.Int64(1)})
			return err
		}},
		{"open portal sessions", func(ctx context.Context, c *clients) error {
			_, err := c.sessions.New(&stripe.BillingPortalSessionParams{Params: with(ctx), Customer: stripe.String(nobody)})
			return err
		}},
	}
}

// scopes looks what the key may do. One that is refused, or has no access to the account, may do nothing.
func (h *checkup) scopes(ctx context.Context) (bool, error) {
	probes := reads()
	if key, err := h.p.cfg.Key(ctx); err == nil && strings.HasPrefix(key, "rk_") {
		probes = append(probes, writes()...)
	}
	var lacks []string
	for _, probe := range probes {
		e, err := h.try(ctx, probe.call)
		switch {
		case err != nil:
			return false, err
		case e == nil:
		case e.status == http.StatusUnauthorized:
			h.add(ProblemKeyRefused, "Stripe refuses the API key: it is wrong, expired or deleted")
			return false, nil
		case e.code == "account_invalid":
			h.add(ProblemAccount, "the API key has no access to the connected account")
			return false, nil
		case e.status == http.StatusForbidden:
			lacks = append(lacks, probe.may)
		}
	}
	if len(lacks) > 0 {
		h.add(ProblemKeyScope, "the API key may not "+strings.Join(lacks, ", "))
	}
	return true, nil
}

// try makes a request and gives Stripe's final refusal, if that is its answer. That Stripe cannot be asked is an error.
func (h *checkup) try(ctx context.Context, call func(context.Context, *clients) error) (*wireError, error) {
	var refusal *wireError
	_, err := read(ctx, h.p, opHealth, func(ctx context.Context, c *clients) (struct{}, error) {
		err := call(ctx, c)
		if e := wireOf(err); e != nil && !e.proxy && judge(e) == final {
			refusal, err = e, nil
		}
		return struct{}{}, err
	})
	return refusal, err
}

// portal looks at the configuration of the portal.
func (h *checkup) portal(ctx context.Context) (bool, error) {
	configuration, err := h.p.configuration(ctx, opHealth)
	switch {
	case provider.IsKind(err, provider.ErrMisconfigured):
		h.add(ProblemKeyScope, "the API key may not read the configuration of the portal")
	case err != nil:
		return false, err
	case configuration == nil:
		h.add(ProblemPortalUnsaved, "save the settings of the customer portal in Stripe's dashboard")
	case !configuration.Active:
		h.add(ProblemPortalOff, "the configuration of the customer portal is not active")
	case configuration.LoginPage == nil || !configuration.LoginPage.Enabled:
		h.add(ProblemLoginOff, "the customer portal has no login page, so that only sessions of the host's own lead into it")
	}
	return true, nil
}

// webhooks looks at the endpoints, when webhooks are expected. Those of a platform are not seen from a connected account,
// and a key that may not read endpoints needs not.
func (h *checkup) webhooks(ctx context.Context) (bool, error) {
	if len(h.p.cfg.WebhookSecrets) == 0 || h.p.cfg.Account != "" {
		return true, nil
	}
	var endpoints []*stripe.WebhookEndpoint
	refused, err := h.try(ctx, func(ctx context.Context, c *clients) error {
		params := &stripe.WebhookEndpointListParams{}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
		it := c.endpoints.List(params)
		endpoints = it.WebhookEndpointList().Data
		return it.Err()
	})
	if err != nil || refused != nil {
		return true, err
	}
	enabled := slices.DeleteFunc(endpoints, func(e *stripe.WebhookEndpoint) bool { return e.Status != "enabled" })
	switch {
	case len(enabled) == 0:
		h.add(ProblemHookMissing, "no webhook endpoint is enabled, so that changes are seen late")
	case !slices.ContainsFunc(enabled, func(e *stripe.WebhookEndpoint) bool { return e.APIVersion == apiVersion }):
		h.add(ProblemHookVersion, "no webhook endpoint was made for API version "+apiVersion+
			": events are understood all the same, and discounts of the past may lack their names")
	}
	return true, nil
}
