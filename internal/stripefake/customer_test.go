package stripefake_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestADeletedCustomerIsA200 that says so, and nothing can be done with it.
func TestADeletedCustomerIsA200(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	invoice := h.in(t, stripefake.Open)
	sub := h.fake.Test().AddSubscription(stripefake.Subscription{Customer: h.acme.ID})
	h.fake.Test().DeleteCustomer(h.acme.ID)
	gone := h.get(t, "/v1/customers/"+h.acme.ID).ok(t)
	require.Equal(t, map[string]any{"id": h.acme.ID, "object": "customer", "deleted": true}, gone.body)
	h.email(t, "", "x@acme.example").fails(t, http.StatusNotFound, "resource_missing")
	h.post(t, "/v1/invoices", "customer", h.acme.ID).fails(t, http.StatusBadRequest, "resource_missing")
	h.post(t, "/v1/billing_portal/sessions", "customer", h.acme.ID).fails(t, http.StatusBadRequest, "resource_missing")
	require.Empty(t, h.get(t, "/v1/customers").ids(t))
	h.get(t, "/v1/invoices/"+invoice).ok(t)
	require.Equal(t, []string{invoice}, h.get(t, "/v1/invoices", "customer", h.acme.ID).ids(t))
	require.Equal(t, "canceled", h.get(t, "/v1/subscriptions/"+sub.ID).ok(t).at(t, "status"))
	expanded := h.get(t, "/v1/invoices/"+invoice, "expand[]", "customer").ok(t)
	require.Equal(t, true, expanded.at(t, "customer.deleted"))
}

// TestAddresses are found as they are written, are checked, and can be taken away.
func TestAddresses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	twin := h.fake.Test().AddCustomer(stripefake.Customer{Email: h.acme.Email})
	require.Equal(t, []string{twin.ID, h.acme.ID}, h.get(t, "/v1/customers", "email", h.acme.Email).ids(t))
	require.Empty(t, h.get(t, "/v1/customers", "email", "Billing@acme.example").ids(t), "case matters")
	for _, bad := range []string{"nobody", "a@b", "a b@c.example", "@c.example", "a@.example", "a@c.example."} {
		h.email(t, "", bad).fails(t, http.StatusBadRequest, "email_invalid")
	}
	require.Nil(t, h.email(t, "", "").ok(t).at(t, "email"))
}

// TestTheBalanceIsALedger for each currency.
func TestTheBalanceIsALedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	path := "/v1/customers/" + h.acme.ID + "/balance_transactions"
	h.fake.Test().AddBalance(h.acme.ID, "usd", -500, "Welcome")
	second := h.post(t, path, "amount", 200, "currency", "usd", "description", "Correction").ok(t)
	require.EqualValues(t, -300, second.at(t, "ending_balance"))
	h.post(t, path, "amount", -7, "currency", "eur").ok(t)
	require.EqualValues(t, -300, h.get(t, "/v1/customers/"+h.acme.ID).ok(t).at(t, "balance"), "in the customer's own currency")
	require.Len(t, h.get(t, path).ids(t), 3)
	require.Equal(t, "Correction", h.get(t, path+"/"+second.id()).ok(t).at(t, "description"))
	h.get(t, path+"/cbtxn_1").fails(t, http.StatusNotFound, "resource_missing")
	h.post(t, path, "amount", 1, "currency", "ugx").fails(t, http.StatusBadRequest, "invalid_charge_amount_no_decimal_compatible")
	h.post(t, path, "currency", "usd").fails(t, http.StatusBadRequest, "parameter_missing")
}

// TestCreditNotes lower what is open, and what is paid has to be given back somehow.
func TestCreditNotes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	open := h.in(t, stripefake.Open)
	credit := func(invoice string, params ...any) reply {
		return h.post(t, "/v1/credit_notes", append([]any{"invoice", invoice}, params...)...)
	}
	credit(open, "amount", 10_001).fails(t, http.StatusBadRequest, "")
	credit(open, "amount", 0).fails(t, http.StatusBadRequest, "")
	credit(open, "amount", 10, "credit_amount", 10).fails(t, http.StatusBadRequest, "")
	note := credit(open, "amount", 4_000).ok(t)
	require.Equal(t, "pre_payment", note.at(t, "type"))
	require.EqualValues(t, 6_000, h.invoice(t, open).AmountRemaining)
	h.post(t, "/v1/credit_notes/"+note.id()+"/void").ok(t)
	require.EqualValues(t, 10_000, h.invoice(t, open).AmountRemaining)
	h.post(t, "/v1/credit_notes/"+note.id()+"/void").fails(t, http.StatusBadRequest, "")
	credit(open, "amount", 10_000).ok(t)
	x := h.invoice(t, open)
	require.Equal(t, stripefake.Paid, x.Status, "with nothing received")
	require.EqualValues(t, 10_000, x.Total)

	h.fake.Test().AddMethod(stripefake.PaymentMethod{Customer: h.acme.ID, Default: true})
	paid := h.in(t, stripefake.Paid)
	credit(paid, "amount", 100).fails(t, http.StatusBadRequest, "")
	credit(paid, "amount", 10_001, "credit_amount", 10_001).fails(t, http.StatusBadRequest, "")
	split := credit(paid, "amount", 100, "credit_amount", 30, "refund_amount", 30, "out_of_band_amount", 40, "memo", "Sorry").ok(t)
	require.Equal(t, "post_payment", split.at(t, "type"))
	require.NotNil(t, split.at(t, "refund"))
	require.EqualValues(t, 40, split.at(t, "out_of_band_amount"))
	require.Equal(t, h.invoice(t, paid).Number+"-CN-01", split.at(t, "number"))
	after := h.get(t, "/v1/invoices/"+paid).ok(t)
	require.Equal(t, "paid", after.at(t, "status"))
	require.EqualValues(t, 10_000, after.at(t, "amount_paid"))
	require.EqualValues(t, 100, after.at(t, "post_payment_credit_notes_amount"))
	require.EqualValues(t, -30, h.get(t, "/v1/customers/"+h.acme.ID).ok(t).at(t, "balance"))
	outside := h.in(t, stripefake.Open)
	h.fake.Test().PayOutside(outside)
	credit(outside, "amount", 10, "refund_amount", 10).fails(t, http.StatusBadRequest, "")
	credit(h.draft(t, 5), "amount", 1).fails(t, http.StatusBadRequest, "")
	require.Len(t, h.get(t, "/v1/credit_notes", "customer", h.acme.ID).ids(t), 3)
	require.Equal(t, []string{split.id()}, h.get(t, "/v1/credit_notes", "invoice", paid).ids(t))
}

// TestDiscountsComeAndGo, and only events remember them.
func TestDiscountsComeAndGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	realm := h.fake.Test()
	short := realm.AddCoupon(stripefake.Coupon{ID: "SHORT", PercentOff: "10", Duration: "repeating", DurationMonths: 1})
	long := realm.AddCoupon(stripefake.Coupon{AmountOff: 5, Currency: "usd"})
	sub := realm.AddSubscription(stripefake.Subscription{Customer: h.acme.ID})

	realm.Discount(sub.ID, long.ID)
	realm.Discount(h.acme.ID, long.ID)
	realm.Discount(h.acme.ID, short.ID)
	shown := h.get(t, "/v1/customers/"+h.acme.ID).ok(t)
	require.Equal(t, "SHORT", shown.at(t, "discount.coupon.id"))
	require.EqualValues(t, 10, shown.at(t, "discount.coupon.percent_off"))
	require.Equal(t, shown.at(t, "discount.id"), h.get(t, "/v1/customers/"+h.acme.ID+"/discount").ok(t).id())
	require.NotNil(t, h.get(t, "/v1/subscriptions/"+sub.ID).ok(t).at(t, "discount.coupon.amount_off"))
	h.fake.Advance(32 * day)
	h.get(t, "/v1/customers/"+h.acme.ID+"/discount").fails(t, http.StatusNotFound, "resource_missing")
	realm.EndDiscount(sub.ID)
	h.post(t, "/v1/customers/"+h.acme.ID, "coupon", long.ID).ok(t)
	h.post(t, "/v1/customers/"+h.acme.ID, "coupon", "").ok(t)
	h.post(t, "/v1/customers/"+h.acme.ID, "coupon", "NONE").fails(t, http.StatusBadRequest, "resource_missing")
	realm.Discount(h.acme.ID, long.ID)
	realm.EndDiscount(h.acme.ID)

	var kinds []string
	for _, e := range realm.Events() {
		if len(e.Type) > len("customer.discount") && e.Type[:len("customer.discount")] == "customer.discount" {
			kinds = append(kinds, e.Type[len("customer.discount."):])
		}
	}
	require.Equal(t, []string{"created", "created", "deleted", "created", "deleted", "deleted", "created", "deleted", "created", "deleted"}, kinds)
}

// TestWaysToPay belong to one customer.
func TestWaysToPay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	globex := h.fake.Test().AddCustomer(stripefake.Customer{Email: "pay@globex.example"})
	card := h.fake.Test().AddMethod(stripefake.PaymentMethod{Customer: h.acme.ID, Brand: "mastercard", Last4: "4444", Month: 2, Year: 2028})
	bank := h.fake.Test().AddMethod(stripefake.PaymentMethod{Customer: h.acme.ID, Type: "us_bank_account", Last4: "6789", Default: true})
	path := "/v1/customers/" + h.acme.ID + "/payment_methods"
	require.Equal(t, []string{bank.ID, card.ID}, h.get(t, path).ids(t))
	require.Equal(t, []string{card.ID}, h.get(t, "/v1/payment_methods", "customer", h.acme.ID, "type", "card").ids(t))
	require.Empty(t, h.get(t, "/v1/customers/"+globex.ID+"/payment_methods").ids(t))
	require.EqualValues(t, 2028, h.get(t, "/v1/payment_methods/"+card.ID).ok(t).at(t, "card.exp_year"))
	h.get(t, "/v1/customers/"+globex.ID+"/payment_methods/"+card.ID).fails(t, http.StatusNotFound, "resource_missing")
	h.post(t, "/v1/customers/"+globex.ID, "invoice_settings[default_payment_method]", card.ID).fails(t, http.StatusBadRequest, "resource_missing")
	h.post(t, "/v1/customers/"+h.acme.ID, "invoice_settings[default_payment_method]", card.ID).ok(t)
	h.fake.Test().RemoveMethod(card.ID)
	require.Nil(t, h.get(t, "/v1/customers/"+h.acme.ID).ok(t).at(t, "invoice_settings.default_payment_method"))
}

// TestTheNextInvoice is that of a subscription, with what is pending; without one there is none.
func TestTheNextInvoice(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	upcoming := func() reply { return h.get(t, "/v1/invoices/upcoming", "customer", h.acme.ID) }
	upcoming().fails(t, http.StatusNotFound, "invoice_upcoming_none")
	sub := h.fake.Test().AddSubscription(stripefake.Subscription{Customer: h.acme.ID, Amount: 2_000, DaysUntilDue: 30})
	later := h.fake.Test().AddSubscription(stripefake.Subscription{Customer: h.acme.ID, Amount: 1, PeriodEnd: h.fake.Now().AddDate(1, 0, 0)})
	h.fake.Test().AddPending(stripefake.Item{Customer: h.acme.ID, Amount: 500})
	next := upcoming().ok(t)
	require.NotContains(t, next.body, "id")
	require.EqualValues(t, 2_500, next.at(t, "total"))
	require.EqualValues(t, sub.PeriodEnd.Unix(), next.at(t, "created"))
	require.EqualValues(t, sub.PeriodEnd.Add(time.Hour).Unix(), next.at(t, "next_payment_attempt"))
	h.fake.Test().EndSubscription(sub.ID)
	require.EqualValues(t, later.PeriodEnd.Unix(), upcoming().ok(t).at(t, "created"))
	h.fake.Test().EndSubscription(later.ID)
	upcoming().fails(t, http.StatusNotFound, "invoice_upcoming_none")
	require.Empty(t, h.get(t, "/v1/subscriptions", "customer", h.acme.ID).ids(t))
	require.Len(t, h.get(t, "/v1/subscriptions", "customer", h.acme.ID, "status", "all").ids(t), 2)
	require.Empty(t, h.fake.Test().Books().Invoices, "looking makes none")
}

// TestThePortal needs saved settings; each session is another link.
func TestThePortal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	realm := h.fake.Test()
	open := func(params ...any) reply {
		return h.post(t, "/v1/billing_portal/sessions", append([]any{"customer", h.acme.ID}, params...)...)
	}
	first := open("return_url", "https://host.example/billing").ok(t)
	require.NotEqual(t, first.at(t, "url"), open().ok(t).at(t, "url"))
	require.Equal(t, realm.Configurations()[0].ID, first.at(t, "configuration"))
	open("return_url", "javascript:alert(1)").fails(t, http.StatusBadRequest, "url_invalid")
	open("configuration", "bpc_1").fails(t, http.StatusBadRequest, "resource_missing")

	other := realm.AddConfiguration(stripefake.Configuration{Default: true, Inactive: true})
	require.Equal(t, []string{other.ID}, h.get(t, "/v1/billing_portal/configurations", "is_default", true).ids(t))
	open("configuration", other.ID).fails(t, http.StatusBadRequest, "")
	open().fails(t, http.StatusBadRequest, "")
	realm.ChangeConfiguration(other.ID, func(x *stripefake.Configuration) { x.Inactive = false })
	open().ok(t)
	require.Nil(t, h.get(t, "/v1/billing_portal/configurations/"+other.ID).ok(t).at(t, "login_page.url"))
	realm.ForgetConfigurations()
	unsaved := open().fails(t, http.StatusBadRequest, "")
	require.Contains(t, unsaved.at(t, "error.message"), "until you save your customer portal settings in test mode")
	require.Empty(t, h.get(t, "/v1/billing_portal/configurations").ids(t))
}

// TestSearchLagsBehind, and lists do not.
func TestSearchLagsBehind(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{SearchLag: time.Minute})
	find := func(query string) []string { return h.get(t, "/v1/invoices/search", "query", query).ids(t) }
	id := h.post(t, "/v1/invoices", "customer", h.acme.ID, "metadata[key]", "k").ok(t).id()
	require.Equal(t, []string{id}, h.get(t, "/v1/invoices").ids(t))
	require.Empty(t, find("metadata['key']:'k'"))
	h.fake.Advance(time.Minute)
	require.Equal(t, []string{id}, find("metadata['key']:'k'"))
	h.post(t, "/v1/invoices/"+id, "metadata[key]", "other").ok(t)
	require.Equal(t, []string{id}, find(`metadata["key"]:"k" AND status:"draft"`), "as it was")
	h.fake.Advance(time.Minute)
	require.Empty(t, find("metadata['key']:'k'"))
	h.remove(t, "/v1/invoices/"+id).ok(t)
	h.fake.SearchLag(0)
	require.Empty(t, find("metadata['key']:'other'"))

	for range 5 {
		h.in(t, stripefake.Open)
	}
	page := h.get(t, "/v1/invoices/search", "query", "status:'open'", "limit", 3).ok(t)
	require.Len(t, page.ids(t), 3)
	rest := h.get(t, "/v1/invoices/search", "query", "status:'open'", "limit", 3, "page", page.at(t, "next_page"))
	require.Len(t, rest.ids(t), 2)
	require.Equal(t, false, rest.at(t, "has_more"))
	require.Equal(t, []string{h.acme.ID}, h.get(t, "/v1/customers/search", "query", "email:'billing@acme.example'").ids(t))
	h.get(t, "/v1/invoices/search", "query", "all of them").fails(t, http.StatusBadRequest, "")
	h.get(t, "/v1/invoices/search").fails(t, http.StatusBadRequest, "parameter_missing")
}
