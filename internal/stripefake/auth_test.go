package stripefake_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestWhoAsks: keys that are no keys, have expired, are of the other mode, or may not.
func TestWhoAsks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	with := func(key string) house { h := h; h.key = key; return h }
	path := "/v1/customers/" + h.acme.ID

	with("").get(t, path).fails(t, http.StatusUnauthorized, "")
	wrong := with("sk_test_nonsense1234567890").get(t, path).fails(t, http.StatusUnauthorized, "")
	require.NotContains(t, wrong.raw, "nonsense", "messages show only the ends of a key")

	expired := h.fake.NewKey(stripefake.KeySpec{})
	with(expired).get(t, path).ok(t)
	h.fake.ExpireKey(expired)
	with(expired).get(t, path).fails(t, http.StatusUnauthorized, "api_key_expired")

	other := with(h.fake.LiveKey()).get(t, path).fails(t, http.StatusNotFound, "resource_missing")
	require.Contains(t, other.at(t, "error.message"), "a similar object exists in test mode, but a live mode key was used")
	require.True(t, strings.HasPrefix(h.fake.NewKey(stripefake.KeySpec{Live: true}), "sk_live_"))
	with("short").get(t, path).fails(t, http.StatusUnauthorized, "")
	require.True(t, strings.HasPrefix(h.fake.LiveKey(), "sk_live_"))
	require.True(t, strings.HasPrefix(h.fake.Key(), "sk_test_"))
}

// TestRestrictedKeys may do what their scopes name; writing includes reading, and items are apart from invoices.
func TestRestrictedKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.draft(t)
	for _, c := range []struct {
		name              string
		scopes            []string
		read, write, item bool
	}{
		{"none", []string{}, false, false, false},
		{"reading", []string{"rak_invoice_read"}, true, false, false},
		{"writing", []string{"rak_invoice_write"}, true, true, false},
		{"items too", []string{"rak_invoice_write", "rak_invoice_item_write"}, true, true, true},
		{"something else", []string{"rak_customer_write"}, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h
			h.key = h.fake.NewKey(stripefake.KeySpec{Scopes: c.scopes})
			require.True(t, strings.HasPrefix(h.key, "rk_test_"))
			for _, try := range []struct {
				got   reply
				may   bool
				scope string
			}{
				{h.get(t, "/v1/invoices/"+id), c.read, "rak_invoice_read"},
				{h.post(t, "/v1/invoices/"+id, "description", "x"), c.write, "rak_invoice_write"},
				{h.get(t, "/v1/invoiceitems", "invoice", id), c.item, "rak_invoice_item_read"},
			} {
				if try.may {
					try.got.ok(t)
					continue
				}
				try.got.fails(t, http.StatusForbidden, "")
				require.Contains(t, try.got.at(t, "error.message"), "Having the '"+try.scope+"' permission would allow")
			}
		})
	}
}

// TestAccountsAreApart: the header decides whose data are seen, and nobody sees those of accounts that are not connected.
func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	first, second := h.fake.Connect(), h.fake.Connect()
	theirs := h.fake.Realm(first, false).AddCustomer(stripefake.Customer{Email: "a@first.example"})
	path := "/v1/customers/" + theirs.ID
	as := func(account string) house { h := h; h.account = account; return h }

	as(first).get(t, path).ok(t)
	require.Equal(t, first, as(first).get(t, "/v1/account").ok(t).at(t, "id"))
	as("").get(t, path).fails(t, http.StatusNotFound, "resource_missing")
	as(second).get(t, path).fails(t, http.StatusNotFound, "resource_missing")
	as("acct_1nobody").get(t, path).fails(t, http.StatusForbidden, "account_invalid")
	require.Empty(t, as(first).get(t, "/v1/invoices").ids(t))
	as(h.fake.Account()).get(t, "/v1/customers/"+h.acme.ID).ok(t)

	own := as("")
	own.key = h.fake.NewKey(stripefake.KeySpec{Account: first})
	own.get(t, path).ok(t)
	own.account = second
	own.get(t, path).fails(t, http.StatusForbidden, "account_invalid")
	h.get(t, "/v1/accounts/"+first).ok(t)
	h.get(t, "/v1/accounts/acct_1nobody").fails(t, http.StatusForbidden, "account_invalid")

	h.fake.Disconnect(first)
	as(first).get(t, path).fails(t, http.StatusForbidden, "account_invalid")
	require.Equal(t, first, h.fake.Requests()[0].Account)
}
