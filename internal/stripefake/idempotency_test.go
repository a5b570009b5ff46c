package stripefake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

const (
	newInvoice = "POST /v1/invoices"
	setEmail   = "POST /v1/customers/{customer}"
)

// email sends one change of an address under a key.
func (h house) email(t *testing.T, key, address string) reply {
	t.Helper()
	return h.keyed(t, key, "/v1/customers/"+h.acme.ID, "email", address)
}

// TestTheIdempotencyStore: what the second request with a key gets, by what became of the first.
func TestTheIdempotencyStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		fault    stripefake.Fault
		first    int // status of the first; 0: none
		again    int // status of the second
		replayed bool
		done     bool // the first has had its effect
		finally  bool // the second has had it, or found it
	}{
		{"a success is replayed", stripefake.Fault{}, 200, 200, true, true, true},
		{"a lost success is replayed", stripefake.Lost(), 0, 200, true, true, true},
		{"a success behind a bad gateway is replayed", stripefake.BadGatewayAfterCommit(), 502, 200, true, true, true},
		{"a server error is replayed", stripefake.ServerError(), 500, 500, true, false, false},
		{"a server error after the effect is replayed", stripefake.ServerErrorAfterCommit(), 500, 500, true, true, true},
		{"a lock timeout is replayed", stripefake.LockTimeout(), 429, 429, true, false, false},
		{"a refusal is replayed", stripefake.Refused(402, "card_error", "card_declined", "", "No"), 402, 402, true, false, false},
		{"a reset stores nothing", stripefake.Reset(), 0, 200, false, false, true},
		{"a rate limit stores nothing", stripefake.RateLimited("global-rate"), 429, 200, false, false, true},
		{"a bad gateway stores nothing", stripefake.BadGateway(), 502, 200, false, false, true},
		{"a key in use stores nothing", stripefake.InUse(), 409, 200, false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, stripefake.Options{})
			h.fake.FailNext(setEmail, c.fault)
			first, err := h.send(t.Context(), http.MethodPost, "/v1/customers/"+h.acme.ID, "key", "email", "new@acme.example")
			if c.first == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, c.first, first.status)
				require.Empty(t, first.header.Get("Idempotent-Replayed"))
			}
			require.Equal(t, c.done, h.address() == "new@acme.example")

			again := h.email(t, "key", "new@acme.example")
			require.Equal(t, c.again, again.status, again.raw)
			require.Equal(t, c.replayed, again.header.Get("Idempotent-Replayed") == "true")
			require.Equal(t, c.replayed, again.header.Get("Original-Request") != "")
			require.Equal(t, "key", again.header.Get("Idempotency-Key"))
			require.Equal(t, c.finally, h.address() == "new@acme.example")
			if c.replayed && c.first != 0 && c.first != http.StatusBadGateway {
				require.Equal(t, first.raw, again.raw)
			}
		})
	}
}

// address is the customer's, in the books.
func (h house) address() string { return h.fake.Test().Books().Customers[0].Email }

// TestAReplayIsThatOfTheFirstAnswer, whatever has happened since.
func TestAReplayIsThatOfTheFirstAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	first := h.email(t, "a", "one@acme.example").ok(t)
	h.email(t, "b", "two@acme.example").ok(t)
	again := h.email(t, "a", "one@acme.example").ok(t)
	require.Equal(t, first.raw, again.raw)
	require.Equal(t, "two@acme.example", h.address())
	require.NotEqual(t, first.header.Get("Request-Id"), again.header.Get("Request-Id"))
	require.Equal(t, first.header.Get("Request-Id"), again.header.Get("Original-Request"))
}

// TestARefusalOfTheHandlerIsStored and one of the parameters is not.
func TestARefusalOfTheHandlerIsStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.draft(t)
	finalize := "/v1/invoices/" + id + "/finalize"
	h.keyed(t, "final", finalize).fails(t, http.StatusBadRequest, "invoice_no_customer_line_items")
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 100).ok(t)
	stored := h.keyed(t, "final", finalize).fails(t, http.StatusBadRequest, "invoice_no_customer_line_items")
	require.Equal(t, "true", stored.header.Get("Idempotent-Replayed"))
	h.keyed(t, "final 2", finalize).ok(t)

	h.keyed(t, "bad", "/v1/invoices", "customer", h.acme.ID, "days_until_due", "many").fails(t, http.StatusBadRequest, "parameter_invalid_integer")
	h.keyed(t, "bad", "/v1/invoices", "customer", h.acme.ID).ok(t)
}

// TestAKeyBelongsToItsRequest: another parameter or another path is an error, and the first answer stays.
func TestAKeyBelongsToItsRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.email(t, "key", "one@acme.example").ok(t)
	for _, r := range []reply{
		h.email(t, "key", "two@acme.example"),
		h.keyed(t, "key", "/v1/customers/"+h.acme.ID, "email", "one@acme.example", "name", "A"),
		h.keyed(t, "key", "/v1/invoices", "customer", h.acme.ID),
	} {
		r.fails(t, http.StatusBadRequest, "")
		require.Equal(t, "idempotency_error", r.at(t, "error.type"))
	}
	require.Equal(t, "one@acme.example", h.address())
	require.Empty(t, h.fake.Test().Books().Invoices)
	h.email(t, "key", "one@acme.example").ok(t)
	h.email(t, strings.Repeat("k", 255), "x@acme.example").ok(t)
	h.email(t, strings.Repeat("k", 256), "y@acme.example").fails(t, http.StatusBadRequest, "")
}

// TestKeysOfAccountsAndModesAreApart.
func TestKeysOfAccountsAndModesAreApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	partner := h.fake.Connect()
	for _, realm := range []*stripefake.Realm{h.fake.Live(), h.fake.Realm(partner, false)} {
		realm.AddCustomer(stripefake.Customer{ID: h.acme.ID, Email: "old@acme.example"})
	}
	live, connected := h, h
	live.key = h.fake.LiveKey()
	connected.account = partner
	for i, who := range []house{h, live, connected} {
		r := who.email(t, "key", "n"+string(rune('0'+i))+"@acme.example").ok(t)
		require.Empty(t, r.header.Get("Idempotent-Replayed"))
	}
}

// TestAKeyInUseIsAConflict until the first request is done, and its object is locked meanwhile.
func TestAKeyInUseIsAConflict(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.FailNext(setEmail, stripefake.Slow(10*time.Second))
	first := make(chan reply, 1)
	go func() {
		r, err := h.send(background(), http.MethodPost, "/v1/customers/"+h.acme.ID, "key", "email", "one@acme.example")
		if err != nil {
			panic(err)
		}
		first <- r
	}()
	require.NoError(t, h.fake.Parked(t.Context(), 1))
	h.email(t, "key", "one@acme.example").fails(t, http.StatusConflict, "idempotency_key_in_use")
	h.email(t, "other", "two@acme.example").fails(t, http.StatusTooManyRequests, "lock_timeout")
	require.Equal(t, "billing@acme.example", h.address())
	h.get(t, "/v1/customers/"+h.acme.ID).ok(t)

	h.fake.Advance(10 * time.Second)
	(<-first).ok(t)
	require.Equal(t, "one@acme.example", h.address())
	again := h.email(t, "other", "two@acme.example").fails(t, http.StatusTooManyRequests, "lock_timeout")
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"), "the lock timeout was stored")
	require.Equal(t, "true", h.email(t, "key", "one@acme.example").ok(t).header.Get("Idempotent-Replayed"))
	h.email(t, "another", "two@acme.example").ok(t)
}

// TestKeysAreForgottenAfterADay, some of them two hours later.
func TestKeysAreForgottenAfterADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	const keys = 60
	key := func(i int) string { return "key " + strings.Repeat("i", i) }
	for i := range keys {
		h.keyed(t, key(i), "/v1/invoices", "customer", h.acme.ID).ok(t)
	}
	replayed := func() (n int) {
		for i := range keys {
			if h.keyed(t, key(i), "/v1/invoices", "customer", h.acme.ID).ok(t).header.Get("Idempotent-Replayed") != "" {
				n++
			}
		}
		return n
	}
	h.fake.Advance(day - time.Second)
	require.Equal(t, keys, replayed(), "nothing is forgotten before 24 hours")
	require.Len(t, h.fake.Test().Books().Invoices, keys)
	h.fake.Advance(time.Hour)
	some := replayed()
	require.Positive(t, some)
	require.Less(t, some, keys)
	h.fake.Advance(day + 2*time.Hour)
	require.Zero(t, replayed(), "everything is forgotten after 26 hours")
	require.Len(t, h.fake.Test().Books().Invoices, keys+(keys-some)+keys, "a key that is forgotten makes another invoice")
}

// TestReadingIgnoresKeys, and deleting does too.
func TestReadingIgnoresKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for _, address := range []string{"one@acme.example", "two@acme.example"} {
		h.email(t, "", address).ok(t)
		r, err := h.send(t.Context(), http.MethodGet, "/v1/customers/"+h.acme.ID, "key")
		require.NoError(t, err)
		require.Equal(t, address, r.at(t, "email"))
	}
	for range 2 {
		r, err := h.send(t.Context(), http.MethodDelete, "/v1/invoices/"+h.draft(t), "key")
		require.NoError(t, err)
		r.ok(t)
	}
}
