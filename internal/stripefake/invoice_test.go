package stripefake_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestAnInvoiceIsIssuedStepByStep: draft, lines, final, sent, paid.
func TestAnInvoiceIsIssuedStepByStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.draft(t, 120_000, -20_000)

	draft := h.get(t, "/v1/invoices/"+id).ok(t)
	require.Equal(t, "draft", draft.at(t, "status"))
	require.EqualValues(t, 100_000, draft.at(t, "total"))
	require.Nil(t, draft.at(t, "number"))
	require.Nil(t, draft.at(t, "invoice_pdf"))
	require.EqualValues(t, h.fake.Now().Add(30*day).Unix(), draft.at(t, "due_date"))

	final := h.post(t, "/v1/invoices/"+id+"/finalize", "auto_advance", false).ok(t)
	require.Equal(t, "open", final.at(t, "status"))
	require.NotNil(t, final.at(t, "number"))
	require.EqualValues(t, 100_000, final.at(t, "amount_due"))

	h.post(t, "/v1/invoices/"+id+"/send").ok(t)
	require.Equal(t, 1, h.invoice(t, id).Sent)

	paid := h.post(t, "/v1/invoices/"+id+"/pay", "paid_out_of_band", true).ok(t)
	require.Equal(t, "paid", paid.at(t, "status"))
	require.EqualValues(t, 0, paid.at(t, "amount_paid"), "what is paid outside is not counted at this version")
	require.Empty(t, h.fake.Complaints())
}

// TestAnInvoiceTakes250Items and refuses the next; what is pending stays pending.
func TestAnInvoiceTakes250Items(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.draft(t)
	add := func(id string) reply {
		return h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 1, "currency", "usd")
	}
	for range 250 {
		add(id).ok(t)
	}
	add(id).fails(t, http.StatusBadRequest, "")
	require.Len(t, h.invoice(t, id).Lines, 250)

	for i := range 253 {
		h.fake.Test().AddPending(stripefake.Item{Customer: h.acme.ID, Amount: int64(i)})
	}
	swept := h.post(t, "/v1/invoices", "customer", h.acme.ID, "pending_invoice_items_behavior", "include").ok(t).id()
	require.Len(t, h.invoice(t, swept).Lines, 250)
	require.Len(t, h.fake.Test().Books().Pending, 3, "the oldest roll into the next invoice")
	require.EqualValues(t, 252, h.invoice(t, swept).Lines[0].Amount, "the newest come first")

	excluded := h.post(t, "/v1/invoices", "customer", h.acme.ID).ok(t)
	require.Empty(t, excluded.at(t, "lines.data"), "nothing is swept unless it is asked for")
	require.Len(t, h.fake.Test().Books().Pending, 3)
}

// TestTheNumberOfItemsCanBeSet, as support can do it for an account.
func TestTheNumberOfItemsCanBeSet(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{MaxItems: 2})
	id := h.draft(t, 1, 2)
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 1).fails(t, http.StatusBadRequest, "")
}

// TestOnlyTenLinesAreEmbedded; the rest is read page by page, in the order in which they were added.
func TestOnlyTenLinesAreEmbedded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	amounts := make([]int64, 25)
	for i := range amounts {
		amounts[i] = int64(i + 1)
	}
	id := h.draft(t, amounts...)
	whole := h.get(t, "/v1/invoices/"+id).ok(t)
	require.Len(t, whole.at(t, "lines.data"), 10)
	require.Equal(t, true, whole.at(t, "lines.has_more"))

	var all []string
	for after := ""; ; {
		params := []any{"limit", 10}
		if after != "" {
			params = append(params, "starting_after", after)
		}
		page := h.get(t, "/v1/invoices/"+id+"/lines", params...)
		all = append(all, page.ids(t)...)
		if page.at(t, "has_more") == false {
			break
		}
		after = all[len(all)-1]
	}
	var want []string
	for _, line := range h.invoice(t, id).Lines {
		want = append(want, line.ID)
	}
	require.Equal(t, want, all)
	require.EqualValues(t, 1, h.get(t, "/v1/invoices/"+id+"/lines").ok(t).at(t, "data.0.amount"))

	back := h.get(t, "/v1/invoices/"+id+"/lines", "ending_before", want[20], "limit", 5)
	require.Equal(t, want[15:20], back.ids(t))
	require.Equal(t, true, back.at(t, "has_more"))
	first := h.get(t, "/v1/invoices/"+id+"/lines", "ending_before", want[3], "limit", 5)
	require.Equal(t, want[:3], first.ids(t))
	require.Equal(t, false, first.at(t, "has_more"))
	h.get(t, "/v1/invoices/"+id+"/lines", "ending_before", want[3], "starting_after", want[1]).fails(t, http.StatusBadRequest, "")
	h.get(t, "/v1/invoices/"+id+"/lines", "starting_after", "il_1").fails(t, http.StatusBadRequest, "resource_missing")
}

// TestTheBalanceGoesIntoTheNextInvoice that is finalised: a credit lowers what is due, a debt raises it, and what is less
// than the least that Stripe charges goes back to the balance.
func TestTheBalanceGoesIntoTheNextInvoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		balance, total int64
		due, ending    int64
		status         string
	}{
		{"no balance", 0, 1_000, 1_000, 0, "open"},
		{"a credit lowers what is due", -300, 1_000, 700, 0, "open"},
		{"a credit can pay it all", -1_500, 1_000, 0, -500, "paid"},
		{"a debt raises what is due", 300, 1_000, 1_300, 0, "open"},
		{"less than the minimum is not asked for", 0, 49, 0, 49, "paid"},
		{"a credit can lower it below the minimum", -980, 1_000, 0, 20, "paid"},
		{"a negative invoice is a credit", 0, -400, 0, -400, "paid"},
		{"nothing is paid at once", 0, 0, 0, 0, "paid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, stripefake.Options{})
			if c.balance != 0 {
				h.post(t, "/v1/customers/"+h.acme.ID+"/balance_transactions", "amount", c.balance, "currency", "usd").ok(t)
			}
			id := h.draft(t, c.total)
			draft := h.get(t, "/v1/invoices/"+id).ok(t)
			require.EqualValues(t, c.balance, draft.at(t, "starting_balance"))
			require.Nil(t, draft.at(t, "ending_balance"))
			require.EqualValues(t, c.due, draft.at(t, "amount_due"))
			final := h.post(t, "/v1/invoices/"+id+"/finalize").ok(t)
			require.Equal(t, c.status, final.at(t, "status"))
			require.EqualValues(t, c.total, final.at(t, "total"))
			require.EqualValues(t, c.due, final.at(t, "amount_due"))
			require.EqualValues(t, c.ending, final.at(t, "ending_balance"))
			require.EqualValues(t, c.ending, h.get(t, "/v1/customers/"+h.acme.ID).ok(t).at(t, "balance"))
		})
	}
}

// TestACustomersDiscountIsInherited unless the request says that there is none.
func TestACustomersDiscountIsInherited(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	coupon := h.fake.Test().AddCoupon(stripefake.Coupon{PercentOff: "12.5"})
	given := h.fake.Test().Discount(h.acme.ID, coupon.ID)

	id := h.draft(t, 1_000, 2_003, -500)
	x := h.get(t, "/v1/invoices/"+id, "expand[]", "discounts").ok(t)
	require.Equal(t, given.ID, x.at(t, "discounts.0.id"))
	require.EqualValues(t, 375, x.at(t, "total_discount_amounts.0.amount"), "12.5 % of 3003, half a cent up")
	require.EqualValues(t, 3_003-500-375, x.at(t, "total"))
	require.EqualValues(t, 125, x.at(t, "lines.data.0.discount_amounts.0.amount"), "the rounding goes to the first")
	require.EqualValues(t, 250, x.at(t, "lines.data.1.discount_amounts.0.amount"))

	none := h.post(t, "/v1/invoices", "customer", h.acme.ID, "discounts", "").ok(t).id()
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", none, "amount", 1_000).ok(t)
	require.EqualValues(t, 1_000, h.get(t, "/v1/invoices/"+none).ok(t).at(t, "total"))

	spared := h.post(t, "/v1/invoices", "customer", h.acme.ID).ok(t).id()
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", spared, "amount", 1_000, "discountable", false).ok(t)
	require.EqualValues(t, 1_000, h.get(t, "/v1/invoices/"+spared).ok(t).at(t, "total"))
}

// TestTwoCouponsAreTakenOffOneAfterTheOther.
func TestTwoCouponsAreTakenOffOneAfterTheOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	half := h.fake.Test().AddCoupon(stripefake.Coupon{PercentOff: "50"})
	ten := h.fake.Test().AddCoupon(stripefake.Coupon{AmountOff: 1_000, Currency: "usd"})
	id := h.post(t, "/v1/invoices", "customer", h.acme.ID, "discounts[0][coupon]", half.ID, "discounts[1][coupon]", ten.ID).ok(t).id()
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 5_000).ok(t)
	x := h.get(t, "/v1/invoices/"+id).ok(t)
	require.EqualValues(t, 2_500, x.at(t, "total_discount_amounts.0.amount"))
	require.EqualValues(t, 1_000, x.at(t, "total_discount_amounts.1.amount"))
	require.EqualValues(t, 1_500, x.at(t, "total"))
	h.post(t, "/v1/invoices", "customer", h.acme.ID, "discounts[0][coupon]", "none").fails(t, http.StatusBadRequest, "resource_missing")
}

// TestTheDueDate counts from creation, or from finalising when it is told so.
func TestTheDueDate(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		h := newHouse(t, stripefake.Options{DueFromFinalization: late})
		id := h.draft(t, 100)
		made := h.fake.Now()
		h.fake.Advance(3 * day)
		h.post(t, "/v1/invoices/"+id+"/finalize").ok(t)
		want := made.Add(30 * day)
		if late {
			want = want.Add(3 * day)
		}
		require.Equal(t, want, h.invoice(t, id).DueDate)
	}

	h := newHouse(t, stripefake.Options{})
	create := func(params ...any) reply {
		return h.post(t, "/v1/invoices", append([]any{"customer", h.acme.ID}, params...)...)
	}
	create("days_until_due", 30).fails(t, http.StatusBadRequest, "")
	create("collection_method", "send_invoice").fails(t, http.StatusBadRequest, "")
	create("collection_method", "send_invoice", "days_until_due", 30, "due_date", h.fake.Now().Unix()).fails(t, http.StatusBadRequest, "")
	create("collection_method", "send_invoice", "due_date", h.fake.Now().Add(-day).Unix()).fails(t, http.StatusBadRequest, "")
	require.Nil(t, create().ok(t).at(t, "due_date"), "what is charged has none")
}

// TestADraftThatAdvancesFinalisesItself after an hour, and is sent or charged then.
func TestADraftThatAdvancesFinalisesItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.post(t, "/v1/invoices", "customer", h.acme.ID, "collection_method", "send_invoice", "days_until_due", 30,
		"auto_advance", true).ok(t).id()
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 100).ok(t)
	stays := h.draft(t, 100)
	h.fake.Advance(time.Hour - time.Second)
	require.Equal(t, stripefake.Draft, h.invoice(t, id).Status)
	h.fake.Advance(time.Second)
	x := h.invoice(t, id)
	require.Equal(t, stripefake.Open, x.Status)
	require.Equal(t, 1, x.Sent)
	require.Equal(t, h.fake.Now(), x.FinalizedAt)
	h.fake.Advance(72 * time.Hour)
	require.Equal(t, stripefake.Draft, h.invoice(t, stays).Status)
}

// TestDraftsFollowTheirCustomer until they are final.
func TestDraftsFollowTheirCustomer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	draft, final := h.draft(t, 100), h.in(t, stripefake.Open)
	h.post(t, "/v1/customers/"+h.acme.ID, "email", "new@acme.example").ok(t)
	require.Equal(t, "new@acme.example", h.get(t, "/v1/invoices/"+draft).ok(t).at(t, "customer_email"))
	require.Equal(t, "billing@acme.example", h.get(t, "/v1/invoices/"+final).ok(t).at(t, "customer_email"))
}

// TestNumbersCountUpForEachCustomer.
func TestNumbersCountUpForEachCustomer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for i := range 3 {
		x := h.invoice(t, h.in(t, stripefake.Open))
		require.Equal(t, fmt.Sprintf("%s-%04d", h.acme.Prefix, i+1), x.Number)
	}
	require.EqualValues(t, 4, h.get(t, "/v1/customers/"+h.acme.ID).ok(t).at(t, "next_invoice_sequence"))
}

// TestItemsAreBoundToTheirInvoice: customer, currency and what Stripe can express.
func TestItemsAreBoundToTheirInvoice(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	globex := h.fake.Test().AddCustomer(stripefake.Customer{Email: "pay@globex.example", Currency: "isk"})
	id := h.draft(t)
	add := func(params ...any) reply { return h.post(t, "/v1/invoiceitems", params...) }
	for name, c := range map[string]struct {
		got  reply
		code string
	}{
		"another customer":      {add("customer", globex.ID, "invoice", id, "amount", 1), ""},
		"another currency":      {add("customer", h.acme.ID, "invoice", id, "amount", 1, "currency", "eur"), ""},
		"no such invoice":       {add("customer", h.acme.ID, "invoice", "in_1", "amount", 1), "resource_missing"},
		"no such customer":      {add("customer", "cus_1", "amount", 1), "resource_missing"},
		"no amount":             {add("customer", h.acme.ID, "invoice", id), "parameter_missing"},
		"half a krona":          {add("customer", globex.ID, "amount", 150), "invalid_charge_amount_no_decimal_compatible"},
		"a fraction of a fils":  {add("customer", h.acme.ID, "amount", 1_001, "currency", "kwd"), ""},
		"no currency":           {add("customer", h.acme.ID, "amount", 1, "currency", "euro"), ""},
		"an end before a start": {add("customer", h.acme.ID, "amount", 1, "period[start]", 9, "period[end]", 8), ""},
		"half a period":         {add("customer", h.acme.ID, "amount", 1, "period[start]", 9), "parameter_missing"},
		"amount and quantity":   {add("customer", h.acme.ID, "amount", 1, "quantity", 2), ""},
	} {
		t.Run(name, func(t *testing.T) { c.got.fails(t, http.StatusBadRequest, c.code) })
	}
	require.Empty(t, h.invoice(t, id).Lines)
	require.Empty(t, h.fake.Test().Books().Pending)
	add("customer", globex.ID, "amount", 100).ok(t)
	add("customer", h.acme.ID, "amount", 1_000, "currency", "KWD").ok(t)
	require.Len(t, h.fake.Test().Books().Pending, 2)
}
