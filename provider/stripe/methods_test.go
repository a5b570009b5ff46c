package stripe

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// TestOfAPaymentMethodOnlyLittleIsShown (C2): kind, brand, last digits, expiry.
func TestOfAPaymentMethodOnlyLittleIsShown(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]provider.PaymentMethod{
		`"type":"card","card":{"brand":"amex","last4":"0005","exp_month":3,"exp_year":2031,"fingerprint":"` + canary + `"}`: {Kind: "card", Brand: "amex", Last4: "0005", Expires: "2031-03"},
		`"type":"card","card":{"brand":"visa","last4":"4242"}`:                                                              {Kind: "card", Brand: "visa", Last4: "4242"},
		`"type":"us_bank_account","us_bank_account":{"bank_name":"Bank","last4":"6789","routing_number":"` + canary + `"}`:  {Kind: "us_bank_account", Brand: "Bank", Last4: "6789"},
		`"type":"sepa_debit","sepa_debit":{"last4":"3000","bank_code":"` + canary + `"}`:                                    {Kind: "sepa_debit", Last4: "3000"},
		`"type":"bacs_debit","bacs_debit":{"last4":"2345","sort_code":"` + canary + `"}`:                                    {Kind: "bacs_debit", Last4: "2345"},
		`"type":"au_becs_debit","au_becs_debit":{"last4":"3456"}`:                                                           {Kind: "au_becs_debit", Last4: "3456"},
		`"type":"acss_debit","acss_debit":{"bank_name":"Banque","last4":"4567"}`:                                            {Kind: "acss_debit", Brand: "Banque", Last4: "4567"},
		`"type":"link","link":{"email":"` + canary + `@example.com"}`:                                                       {Kind: "link"},
		`"type":"paypal","paypal":{"payer_email":"` + canary + `@example.com"}`:                                             {Kind: "paypal"},
		`"type":"something_new"`: {Kind: "something_new"},
	} {
		wire := inTurn(say(200, aCustomer), say(200, `{"object":"list","has_more":false,"data":[{"id":"pm_1","object":"payment_method",
			"livemode":false,"customer":"cus_1","billing_details":{"email":"`+canary+`@example.com"},`+body+`}]}`))
		got, err := open(t, wire).PaymentMethods(t.Context(), "cus_1")
		require.NoError(t, err)
		want.ID = "pm_1"
		require.Equal(t, []provider.PaymentMethod{want}, got)
		require.NotContains(t, fmt.Sprintf("%#v", got), canary)
	}
}

// TestTheDefaultIsThatOfInvoices, or else the source of the time before.
func TestTheDefaultIsThatOfInvoices(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.realm.AddCustomer(stripefake.Customer{DefaultSource: "card_old"}).ID
	w.realm.AddMethod(stripefake.PaymentMethod{ID: "card_old", Customer: customer})
	w.realm.AddMethod(stripefake.PaymentMethod{ID: "pm_new", Customer: customer})
	usual := func() (ids []string) {
		got, err := w.p.PaymentMethods(t.Context(), customer)
		require.NoError(t, err)
		for _, m := range got {
			if m.Default {
				ids = append(ids, m.ID)
			}
		}
		return ids
	}
	require.Equal(t, []string{"card_old"}, usual())
	w.realm.AddMethod(stripefake.PaymentMethod{ID: "pm_default", Customer: customer, Default: true})
	require.Equal(t, []string{"pm_default"}, usual())
}

// TestAPaymentMethodOfSomebodyElse (F6).
func TestAPaymentMethodOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"another customer": `"id":"pm_1","livemode":false,"customer":"cus_2"`, "the other mode": `"id":"pm_1","livemode":true,"customer":"cus_1"`,
		"no id": `"id":"","livemode":false,"customer":"cus_1"`,
	} {
		wire := inTurn(say(200, aCustomer), say(200, `{"object":"list","has_more":false,"data":[{"object":"payment_method","type":"card",`+body+`}]}`))
		got, err := open(t, wire).PaymentMethods(t.Context(), "cus_1")
		require.ErrorIs(t, err, provider.ErrForeign, name)
		require.Empty(t, got)
	}
}

// TestACustomerHasOneRecipient (C7): its billing email, for both groups, under an id that is always the same.
func TestACustomerHasOneRecipient(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.realm.AddCustomer(stripefake.Customer{Email: "ada@example.com"}).ID
	one := []provider.Recipient{{ID: "billing_email", Email: mail(t, "ada@example.com")}}
	got, err := w.p.Recipients(t.Context(), customer)
	require.NoError(t, err)
	require.Equal(t, provider.Recipients{Invoices: one, Changes: one}, got)
	w.realm.SetEmail(customer, "bob@example.com")
	got, err = w.p.Recipients(t.Context(), customer)
	require.NoError(t, err)
	require.Equal(t, "billing_email", got.Invoices[0].ID, "the address is not part of the id")
	got.Invoices[0].ID = "changed"
	require.Equal(t, "billing_email", got.Changes[0].ID, "two lists")
	w.realm.SetEmail(customer, "")
	got, err = w.p.Recipients(t.Context(), customer)
	require.NoError(t, err)
	require.Empty(t, got)
}
