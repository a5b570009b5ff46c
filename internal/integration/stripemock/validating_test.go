package stripemock_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/integration/stripemock"
	"github.com/billhatch/billhatch/internal/stripefake"
)

// A session asks the server through the specification.
type session struct {
	t      *testing.T
	fake   *stripefake.Server
	front  *stripemock.Validating
	client *http.Client
	seen   map[string]bool // templates that were answered with 200
}

func newSession(t *testing.T) *session {
	t.Helper()
	fake := stripefake.New(stripefake.Options{})
	front, err := stripemock.NewValidating(fake)
	require.NoError(t, err)
	return &session{t, fake, front, &http.Client{Transport: fake.TransportTo(front)}, map[string]bool{}}
}

// ask makes a request and gives the status and the body.
func (s *session) ask(method, path string, params ...any) (int, map[string]any) {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(params); i += 2 {
		form.Add(fmt.Sprint(params[i]), fmt.Sprint(params[i+1]))
	}
	target, body := "https://api.stripe.com"+path, io.Reader(nil)
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		target += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, target, body)
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "Bearer "+s.fake.Key())
	r.Header.Set("Stripe-Version", stripefake.Version)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	var out map[string]any
	require.NoError(s.t, json.Unmarshal(raw, &out), string(raw))
	if requests := s.fake.Requests(); response.StatusCode == http.StatusOK {
		s.seen[requests[len(requests)-1].Route] = true
	}
	return response.StatusCode, out
}

// ok demands success, and gives the id.
func (s *session) ok(method, path string, params ...any) string {
	s.t.Helper()
	status, body := s.ask(method, path, params...)
	require.Equal(s.t, http.StatusOK, status, "%s %s: %v", method, path, body)
	id, _ := body["id"].(string)
	return id
}

// fails demands an error.
func (s *session) fails(want int, method, path string, params ...any) {
	s.t.Helper()
	status, body := s.ask(method, path, params...)
	require.Equal(s.t, want, status, "%s %s: %v", method, path, body)
}

// TestEveryAnswerHasStripesShape goes through every route of the server in a life of invoices: no request may be refused
// by stripe-mock, and no answer may differ from the specification.
func TestEveryAnswerHasStripesShape(t *testing.T) {
	s := newSession(t)
	s.everything()
	require.Empty(t, s.front.Findings())
	require.Empty(t, s.fake.Complaints())
	require.NoError(t, s.fake.Test().Books().Err())
	for _, route := range stripefake.Routes() {
		require.True(t, s.seen[route], "no answer of %q was seen", route)
	}
}

// everything asks for every route.
func (s *session) everything() {
	s.t.Helper()
	realm := s.fake.Test()
	seeded := s.seed()

	customer := s.ok("POST", "/v1/customers", "name", "Globex", "email", "pay@globex.example", "metadata[account]", "acc_1")
	s.ok("GET", "/v1/customers/"+customer)
	s.ok("POST", "/v1/customers/"+customer, "email", "new@globex.example", "coupon", seeded.coupon)
	s.ok("GET", "/v1/customers", "email", "new@globex.example", "limit", 2)
	s.ok("GET", "/v1/customers/search", "query", "metadata['account']:'acc_1'")
	s.ok("GET", "/v1/customers/"+customer+"/discount")
	balance := s.ok("POST", "/v1/customers/"+customer+"/balance_transactions", "amount", -500, "currency", "usd")
	s.ok("GET", "/v1/customers/"+customer+"/balance_transactions", "expand[]", "data.customer")
	s.ok("GET", "/v1/customers/"+customer+"/balance_transactions/"+balance)

	s.invoices(customer)
	s.rest(seeded)
	s.ok("DELETE", "/v1/customers/"+customer)
	s.ok("GET", "/v1/customers/"+customer)
	s.fails(http.StatusNotFound, "GET", "/v1/customers/cus_nobody")
	for _, event := range realm.Events() {
		s.ok("GET", "/v1/events/"+event.ID)
	}
	s.ok("GET", "/v1/events", "types[]", "invoice.paid", "types[]", "invoice.sent", "created[gte]", 1)
}

type seeds struct{ customer, coupon, method, subscription string }

// seed adds what requests cannot make.
func (s *session) seed() seeds {
	realm := s.fake.Test()
	acme := realm.AddCustomer(stripefake.Customer{Name: "Acme", Email: "billing@acme.example", Currency: "usd"})
	coupon := realm.AddCoupon(stripefake.Coupon{Name: "A quarter", PercentOff: "25.5", Duration: "repeating", DurationMonths: 3})
	amount := realm.AddCoupon(stripefake.Coupon{AmountOff: 500, Currency: "usd"})
	method := realm.AddMethod(stripefake.PaymentMethod{Customer: acme.ID, Default: true})
	realm.AddMethod(stripefake.PaymentMethod{Customer: acme.ID, Type: "us_bank_account", Brand: "TEST BANK", Last4: "6789"})
	sub := realm.AddSubscription(stripefake.Subscription{Customer: acme.ID, Amount: 2_000, DaysUntilDue: 30, Description: "Plan"})
	realm.Discount(acme.ID, coupon.ID)
	realm.Discount(sub.ID, amount.ID)
	realm.AddPending(stripefake.Item{Customer: acme.ID, Amount: 700, Description: "Setup"})
	realm.AddInvoice(stripefake.Invoice{Customer: acme.ID, Status: stripefake.Paid})
	realm.AddEndpoint(stripefake.Endpoint{APIVersion: stripefake.Version})
	return seeds{acme.ID, coupon.ID, method.ID, sub.ID}
}

// invoices takes invoices through all that can be done to them.
func (s *session) invoices(customer string) {
	draft := func() string {
		id := s.ok("POST", "/v1/invoices", "customer", customer, "collection_method", "send_invoice", "days_until_due", 30,
			"auto_advance", false, "pending_invoice_items_behavior", "exclude", "currency", "usd", "metadata[key]", "k",
			"custom_fields[0][name]", "Purchase order", "custom_fields[0][value]", "4711", "footer", "Thank you",
			"rendering[pdf][page_size]", "a4", "description", "Usage of May")
		s.ok("POST", "/v1/invoiceitems", "customer", customer, "invoice", id, "amount", 1_234, "currency", "usd",
			"description", "Storage", "period[start]", 1_700_000_000, "period[end]", 1_700_100_000, "metadata[line]", "1")
		return id
	}
	open := func() string {
		id := draft()
		s.ok("POST", "/v1/invoices/"+id+"/finalize", "auto_advance", false, "expand[]", "discounts")
		return id
	}
	id := draft()
	item := s.ok("POST", "/v1/invoiceitems", "customer", customer, "invoice", id, "unit_amount", 50, "quantity", 3, "currency", "usd")
	s.ok("GET", "/v1/invoiceitems/"+item, "expand[]", "invoice.customer")
	s.ok("POST", "/v1/invoiceitems/"+item, "amount", 99)
	s.ok("GET", "/v1/invoiceitems", "invoice", id, "pending", false)
	s.ok("DELETE", "/v1/invoiceitems/"+item)
	s.ok("POST", "/v1/invoices/"+id, "description", "Usage of June", "discounts", "")
	s.ok("GET", "/v1/invoices/"+id, "expand[]", "customer", "expand[]", "lines.data.discounts")
	s.ok("GET", "/v1/invoices/"+id+"/lines", "limit", 100)
	s.ok("POST", "/v1/invoices/"+id+"/send")
	s.fails(http.StatusBadRequest, "DELETE", "/v1/invoices/"+id)
	note := s.ok("POST", "/v1/credit_notes", "invoice", id, "amount", 34, "memo", "Goodwill", "expand[]", "invoice")
	s.ok("GET", "/v1/credit_notes/"+note)
	s.ok("GET", "/v1/credit_notes", "invoice", id)
	s.ok("POST", "/v1/credit_notes/"+note+"/void")
	s.ok("POST", "/v1/invoices/"+id+"/pay", "paid_out_of_band", true)
	s.ok("POST", "/v1/credit_notes", "invoice", id, "amount", 100, "credit_amount", 60, "out_of_band_amount", 40)
	s.ok("POST", "/v1/invoices/"+open()+"/void")
	s.ok("POST", "/v1/invoices/"+open()+"/mark_uncollectible")
	s.ok("DELETE", "/v1/invoices/"+draft())
	s.ok("GET", "/v1/invoices", "customer", customer, "status", "open", "limit", 100, "due_date[lt]", 2_000_000_000)
	s.ok("GET", "/v1/invoices/search", "query", "metadata['key']:'k' AND status:'void'")
}

// rest is what an account has besides.
func (s *session) rest(x seeds) {
	s.ok("GET", "/v1/invoices/upcoming", "customer", x.customer)
	s.ok("GET", "/v1/subscriptions", "customer", x.customer, "status", "all", "expand[]", "data.customer")
	s.ok("GET", "/v1/subscriptions/"+x.subscription)
	s.ok("GET", "/v1/coupons", "limit", 5)
	s.ok("GET", "/v1/coupons/"+x.coupon)
	s.ok("GET", "/v1/payment_methods", "customer", x.customer, "type", "card")
	s.ok("GET", "/v1/payment_methods/"+x.method, "expand[]", "customer")
	s.ok("GET", "/v1/customers/"+x.customer+"/payment_methods", "limit", 10)
	s.ok("GET", "/v1/customers/"+x.customer+"/payment_methods/"+x.method)
	s.ok("GET", "/v1/customers/"+x.customer, "expand[]", "invoice_settings.default_payment_method")
	s.ok("POST", "/v1/billing_portal/sessions", "customer", x.customer, "return_url", "https://host.example/billing",
		"flow_data[type]", "payment_method_update", "flow_data[after_completion][type]", "redirect",
		"flow_data[after_completion][redirect][return_url]", "https://host.example/done", "expand[]", "configuration")
	s.ok("GET", "/v1/billing_portal/configurations", "is_default", true, "active", true)
	s.ok("GET", "/v1/billing_portal/configurations/"+s.fake.Test().Configurations()[0].ID)
	s.ok("GET", "/v1/webhook_endpoints", "limit", 100)
	s.ok("GET", "/v1/webhook_endpoints/"+s.endpoint())
	s.ok("GET", "/v1/account")
	s.ok("GET", "/v1/accounts/"+s.fake.Account())
}

func (s *session) endpoint() string {
	_, body := s.ask("GET", "/v1/webhook_endpoints")
	data, _ := body["data"].([]any)
	first, _ := data[0].(map[string]any)
	id, _ := first["id"].(string)
	return id
}
