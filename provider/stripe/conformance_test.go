package stripe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providertest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestPaymentsKeepTheContract: the same list as that of provider/memory. Stripe has one address for each customer, so
// lists of recipients cannot be set.
func TestPaymentsKeepTheContract(t *testing.T) {
	t.Parallel()
	providertest.Payments(t, providertest.PaymentsHarness{
		Want: providertest.PaymentAbilities(), Lacks: []string{"SetRecipients", "SetSyncing"},
		New: func(t *testing.T) providertest.PaymentsWorld { return newTown(t).world() },
	})
}

// town is a Stripe with a provider in front of it.
type town struct {
	t        *testing.T
	clock    *ticker
	fake     *stripefake.Server
	realm    *stripefake.Realm
	p        *Provider
	wire     *lossy
	endpoint stripefake.Endpoint

	mu        sync.Mutex
	key       string
	last      time.Time // when the last invoice was made
	n         int64
	events    map[string][][]byte // of discounts, by customer
	discounts map[string]int      // in force, by customer
	running   map[string]string   // subscriptions by customer
	methods   map[string][]string // payment methods by customer
}

const maxTestPDF = 1 << 20

func newTown(t *testing.T, change ...func(*Config)) *town {
	t.Helper()
	w := &town{
		t: t, clock: newTicker(), events: map[string][][]byte{}, discounts: map[string]int{}, running: map[string]string{},
		methods: map[string][]string{},
	}
	w.fake = stripefake.New(stripefake.Options{Clock: w.clock.Now})
	w.realm, w.key = w.fake.Test(), w.fake.Key()
	w.endpoint = w.realm.AddEndpoint(stripefake.Endpoint{APIVersion: stripefake.Version})
	w.wire = &lossy{next: w.fake.Transport(), sessions: map[string]string{}}
	w.p = open(t, w.wire, append([]func(*Config){func(c *Config) {
		c.Key = func(context.Context) (string, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.key, nil }
		c.Clock, c.Sleep, c.PDFTransport, c.MaxPDF = w.clock.Now, w.clock.Sleep, w.fake.Transport(), maxTestPDF
		c.WebhookSecrets, c.Events = w.endpoint.Secrets, w
	}}, change...)...)
	return w
}

func (w *town) world() providertest.PaymentsWorld {
	return providertest.PaymentsWorld{
		Payments: &patient{Provider: w.p, after: w.wire.heal}, Now: w.clock.Now, AddCustomer: w.addCustomer, AddInvoice: w.addInvoice,
		DeleteCustomer: w.realm.DeleteCustomer, SetStatus: w.setStatus, LoseAnswer: w.wire.lose, Advance: w.clock.Advance,
		MaxPDF: maxTestPDF, SetDocument: w.setDocument, SessionCustomer: w.wire.sessionCustomer, SetNextInvoice: w.setNextInvoice,
		AddDiscount: w.addDiscount, AddAdjustment: w.addAdjustment, SetMethods: w.setMethods, SetHealth: w.setHealth,
		Payload: payload,
		Sign: func(body []byte, at time.Time) string {
			return stripefake.Sign(body, at, w.endpoint.Secrets...)
		},
		Forge: func(body []byte, at time.Time) string {
			return stripefake.Sign(body, at, "whsec_"+strings.Repeat("0", 32))
		},
	}
}

func (w *town) addCustomer(c provider.Customer) string {
	return w.realm.AddCustomer(stripefake.Customer{
		Name: c.Name, Email: c.Email.Reveal(), Currency: strings.ToLower(c.Currency),
	}).ID
}

// addInvoice makes an invoice at noon of its issue date, or a second after the one before.
func (w *town) addInvoice(customer string, inv invoice.Invoice) invoice.Invoice {
	w.mu.Lock()
	made := w.last.Add(time.Second)
	if !inv.Issued.IsZero() {
		if noon := inv.Issued.Start(time.UTC).Add(12 * time.Hour); noon.After(made) || made.Sub(noon) > 6*time.Hour {
			made = noon
		}
	}
	w.last = made
	w.mu.Unlock()
	x := stripefake.Invoice{
		Customer: customer, Status: inv.Status.String(), Currency: strings.ToLower(inv.Currency), Created: made,
		DaysUntilDue: inv.Terms.Days(),
	}
	if x.DaysUntilDue == 0 {
		x.DueDate = made
	}
	from, to := inv.Period.Bounds()
	for i := range inv.Lines {
		amount, err := toWire(inv.Lines[i].Amount, "amount")
		require.NoError(w.t, err)
		x.Lines = append(x.Lines, stripefake.Line{
			Description: inv.Lines[i].Description, Amount: amount, Quantity: 1, PeriodStart: from, PeriodEnd: to,
		})
	}
	inv.ID = w.realm.AddInvoice(x).ID
	return inv
}

func (w *town) setStatus(id string, s invoice.Status) {
	if s != invoice.Unknown {
		w.realm.Move(id, s.String())
		return
	}
	w.realm.Distort(id, func(body map[string]any) { body["status"] = "refused_by_bank" })
}

func (w *town) setDocument(id string, body []byte) {
	if len(body) == 0 {
		w.realm.Distort(id, func(body map[string]any) { body["invoice_pdf"] = nil })
		return
	}
	w.fake.SetDocument(id, stripefake.Document{Answer: stripefake.Answer{Body: body}})
}

func (w *town) setNextInvoice(customer string, on civil.Date) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sub := w.running[customer]; sub != "" {
		w.realm.EndSubscription(sub)
	}
	w.running[customer] = ""
	if !on.IsZero() {
		w.running[customer] = w.realm.AddSubscription(stripefake.Subscription{
			Customer: customer, Amount: 1000, PeriodStart: w.clock.Now().AddDate(0, -1, 0), PeriodEnd: on.Start(time.UTC),
		}).ID
	}
}

// addDiscount puts a discount that is in force where Stripe has it, and one of the past into the events that the host
// has kept.
func (w *town) addDiscount(customer string, d usage.Discount) {
	w.mu.Lock()
	w.n++
	body := map[string]any{
		"id": fmt.Sprintf("di_%d", w.n), "object": "discount", "customer": customer, "start": d.Valid.From.Start(time.UTC).Unix(),
		"end": nil, "coupon": map[string]any{
			"id": "c", "object": "coupon", "name": d.Name, "percent_off": json.Number(d.Percent.String()), "amount_off": nil,
			"currency": nil, "livemode": false,
		},
	}
	if !d.Valid.IsOpen() {
		body["end"] = d.Valid.To.Start(time.UTC).Unix()
	}
	inForce := d.Valid.Contains(civil.DateOf(w.clock.Now(), time.UTC))
	if inForce {
		w.discounts[customer]++
	} else {
		w.events[customer] = append(w.events[customer], w.discountEvent("customer.discount.deleted", body))
	}
	nth := w.discounts[customer]
	w.mu.Unlock()
	switch {
	case inForce && nth == 1:
		w.realm.Distort(customer, func(shown map[string]any) { shown["discount"] = body })
	case inForce:
		sub := w.realm.AddSubscription(stripefake.Subscription{Customer: customer, Amount: 1000})
		w.realm.Distort(sub.ID, func(shown map[string]any) { shown["discount"] = body })
	}
}

func (w *town) discountEvent(kind string, body map[string]any) []byte {
	raw, err := json.Marshal(map[string]any{
		"id": fmt.Sprintf("evt_%d", w.n), "object": "event", "type": kind, "livemode": false,
		"created": w.clock.Now().Unix(), "data": map[string]any{"object": body},
	})
	require.NoError(w.t, err)
	return raw
}

// Bodies are the events that the host has kept.
func (w *town) Bodies(_ context.Context, customer, prefix string) ([][]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if prefix != "customer.discount." {
		return nil, errors.New("no such events")
	}
	return append([][]byte(nil), w.events[customer]...), nil
}

func (w *town) addAdjustment(customer string, a usage.Adjustment) {
	amount, err := toWire(a.Amount, "amount")
	require.NoError(w.t, err)
	made := w.realm.AddBalance(customer, strings.ToLower(a.Amount.Currency()), amount, a.Name)
	w.realm.Distort(made.ID, func(body map[string]any) { body["created"] = a.On.Start(time.UTC).Unix() })
}

// setMethods adds them from the last to the first, because Stripe lists the newest first.
func (w *town) setMethods(customer string, methods ...provider.PaymentMethod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.methods[customer] {
		w.realm.RemoveMethod(id)
	}
	w.methods[customer] = nil
	for i := len(methods) - 1; i >= 0; i-- {
		m := methods[i]
		x := stripefake.PaymentMethod{Customer: customer, Type: m.Kind, Brand: m.Brand, Last4: m.Last4, Default: m.Default}
		if m.Expires != "" {
			_, err := fmt.Sscanf(m.Expires, "%d-%d", &x.Year, &x.Month)
			require.NoError(w.t, err)
		}
		added := w.realm.AddMethod(x)
		w.methods[customer] = append(w.methods[customer], added.ID)
		if m.Kind != "card" {
			w.realm.Distort(added.ID, func(body map[string]any) { body[m.Kind] = map[string]any{"last4": m.Last4} })
		}
	}
}

// setHealth brings Stripe into a state in which there are these problems, and no others.
func (w *town) setHealth(problems ...provider.Problem) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key = w.fake.Key()
	if len(w.realm.Configurations()) == 0 {
		w.realm.AddConfiguration(stripefake.Configuration{Default: true, LoginPage: true})
	}
	for _, problem := range problems {
		switch problem.Code {
		case ProblemPortalUnsaved:
			w.realm.ForgetConfigurations()
		case ProblemKeyScope:
			w.key = w.fake.NewKey(stripefake.KeySpec{Scopes: []string{
				"rak_invoice_write", "rak_invoice_item_write", "rak_credit_note_write", "rak_subscription_read",
				"rak_payment_method_read", "rak_customer_portal_write", "rak_webhook_read",
			}})
		default:
			w.t.Fatalf("the town cannot have the problem %q", problem.Code)
		}
	}
}

// payload is the body of a webhook, as Stripe would write it.
func payload(e provider.Event) []byte {
	object := map[string]any{"id": e.Object, "object": string(e.Kind), "customer": e.Customer}
	if e.Kind == provider.PortalEvent {
		object = map[string]any{"id": e.Object, "object": "billing_portal.configuration"}
	}
	body := map[string]any{
		"id": e.ID, "object": "event", "api_version": stripefake.Version, "created": e.At.Unix(), "type": e.Type,
		"livemode": e.Live, "data": map[string]any{"object": object},
	}
	if e.Account != "" {
		body["account"] = e.Account
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}

// lossy is a wire that can lose the answer to the next write, and is dead from then on until it is healed. It keeps whom
// portal sessions are for.
type lossy struct {
	next http.RoundTripper

	mu       sync.Mutex
	armed    bool
	dead     bool
	sessions map[string]string
}

func (l *lossy) lose(string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = true
}

func (l *lossy) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed, l.dead = false, false
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	dead := l.dead
	lose := l.armed && r.Method == http.MethodPost
	l.dead = l.dead || lose
	l.mu.Unlock()
	if dead {
		return nil, errReset
	}
	res, err := l.next.RoundTrip(r)
	if err != nil || !lose && r.URL.Path != "/v1/billing_portal/sessions" {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || lose {
		return nil, errReset
	}
	var session struct{ URL, Customer string }
	if json.Unmarshal(body, &session) == nil && session.URL != "" {
		l.mu.Lock()
		l.sessions[session.URL] = session.Customer
		l.mu.Unlock()
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

func (l *lossy) sessionCustomer(link provider.SecretURL) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	customer, ok := l.sessions[link.Reveal()]
	return customer, ok
}

// patient heals the wire when a write has come to its end, so that only this one has lost its answer.
type patient struct {
	*Provider
	after func()
}

func (p *patient) UpdateEmail(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
	defer p.after()
	return p.Provider.UpdateEmail(ctx, c)
}

func (p *patient) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	defer p.after()
	return p.Provider.Issue(ctx, r)
}

func (p *patient) Void(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
	defer p.after()
	return p.Provider.Void(ctx, customer, id, key)
}

func (p *patient) Credit(ctx context.Context, r provider.CreditRequest) (provider.CreditNote, error) {
	defer p.after()
	return p.Provider.Credit(ctx, r)
}
