package stripefake_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// onTheWire has a client that goes through a real connection.
func onTheWire(t *testing.T, h house) house {
	t.Helper()
	server := httptest.NewServer(h.fake)
	t.Cleanup(server.Close)
	h.http = &http.Client{Transport: redirected{server.Listener.Addr().String()}}
	return h
}

// redirected sends what is for Stripe to another address.
type redirected struct{ address string }

func (r redirected) RoundTrip(request *http.Request) (*http.Response, error) {
	there := request.Clone(request.Context())
	there.URL.Scheme, there.URL.Host = "http", r.address
	transport := &http.Transport{DisableKeepAlives: true}
	return transport.RoundTrip(there)
}

// TestEachFaultOnBothWays: through a connection and without one a client sees the same.
func TestEachFaultOnBothWays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fault  stripefake.Fault
		status int    // 0: the connection fails before an answer
		body   string // how it begins; "cut": reading fails
		done   bool   // the address was changed
	}{
		{"nothing", stripefake.Fault{}, 200, `{`, true},
		{"reset", stripefake.Reset(), 0, "", false},
		{"lost", stripefake.Lost(), 0, "", true},
		{"late", stripefake.Late(time.Minute), 0, "", false},
		{"server error", stripefake.ServerError(), 500, `{`, false},
		{"server error after commit", stripefake.ServerErrorAfterCommit(), 500, `{`, true},
		{"lock timeout", stripefake.LockTimeout(), 429, `{`, false},
		{"rate limited", stripefake.RateLimited("endpoint-rate"), 429, `{`, false},
		{"in use", stripefake.InUse(), 409, `{`, false},
		{"bad gateway", stripefake.BadGateway(), 502, `<html>`, false},
		{"bad gateway after commit", stripefake.BadGatewayAfterCommit(), 502, `<html>`, true},
		{"unavailable", stripefake.Unavailable(), 503, `<html>`, false},
		{"forbidden", stripefake.Forbidden(), 403, `<html>`, false},
		{"HTML with 200", stripefake.HTMLSuccess(), 200, `<html>`, true},
		{"truncated", stripefake.Truncated(), 200, "cut", true},
		{"announced longer", stripefake.WrongLength(1 << 20), 200, "cut", true},
		{"announced shorter", stripefake.WrongLength(3), 200, "{", true},
		{"huge", stripefake.Huge(3 << 20), 200, "{", true},
		{"garbled", stripefake.Garbled("[1, 2"), 200, "[1, 2", true},
		{"empty", stripefake.Garbled(""), 200, "", true},
	} {
		for _, wire := range []bool{false, true} {
			name := c.name
			if wire {
				name += " through a connection"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, stripefake.Options{})
				if wire {
					h = onTheWire(t, h)
				}
				h.fake.FailNext(setEmail, c.fault)
				got, err := h.send(t.Context(), http.MethodPost, "/v1/customers/"+h.acme.ID, "key", "email", "new@acme.example")
				require.Equal(t, c.status, got.status)
				require.Equal(t, c.status == 0 || c.body == "cut", err != nil, "%v", err)
				if err == nil {
					require.True(t, strings.HasPrefix(got.raw, c.body), got.raw)
				} else {
					require.True(t, errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET), "%v", err)
				}
				if c.name == "huge" {
					require.Len(t, got.raw, 3<<20)
				}
				require.Equal(t, c.done, h.address() == "new@acme.example")
				require.Zero(t, h.fake.Unused())

				h.get(t, "/v1/customers/"+h.acme.ID).ok(t)
			})
		}
	}
}

// TestALateRequestArrivesWhenItsClientHasGone, once under its key and again without one.
func TestALateRequestArrivesWhenItsClientHasGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		key   string
		retry bool
		after time.Duration
		want  int
	}{
		{"alone", "key", false, 10 * time.Minute, 1},
		{"after a retry with its key", "key", true, 10 * time.Minute, 1},
		{"after a retry without a key", "", true, 10 * time.Minute, 2},
		{"after its key was forgotten", "key", true, 27 * time.Hour, 2},
		{"before it is due", "key", false, 10*time.Minute - 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, stripefake.Options{})
			due := min(c.after.Round(time.Minute), 27*time.Hour)
			h.fake.FailNext(newInvoice, stripefake.Late(due))
			_, err := h.send(t.Context(), http.MethodPost, "/v1/invoices", c.key, "customer", h.acme.ID)
			require.Error(t, err)
			require.Empty(t, h.fake.Test().Books().Invoices)
			if c.retry {
				h.keyed(t, c.key, "/v1/invoices", "customer", h.acme.ID).ok(t)
			}
			made := h.fake.Now()
			h.fake.Advance(c.after)
			require.Len(t, h.fake.Test().Books().Invoices, c.want)
			late := h.fake.Requests()[0]
			require.True(t, late.Late)
			require.Equal(t, made, late.At)
			if c.want > 0 && !c.retry {
				require.Equal(t, h.fake.Now(), late.Executed)
				require.Equal(t, http.StatusOK, late.Status)
			}
		})
	}
}

// TestAHeldRequestIsDoneWithOrWithoutItsClient, except when it is held for ever.
func TestAHeldRequestIsDoneWithOrWithoutItsClient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault stripefake.Fault
		done  bool // when the clock has moved on
		again int  // status of a retry with the same key after the client has given up
	}{
		{"on arrival", stripefake.Fault{Stage: stripefake.Arrival, Delay: time.Minute}, true, 200},
		{"in execution", stripefake.Slow(time.Minute), true, 409},
		{"after commit", stripefake.Fault{Stage: stripefake.Reply, Delay: time.Minute}, true, 200},
		{"for ever", stripefake.Hang(), false, 200},
		{"for ever in execution", stripefake.Slow(stripefake.Forever), false, 200},
		{"for ever after commit", stripefake.HangAfterCommit(), true, 200},
	} {
		for _, wire := range []bool{false, true} {
			name := c.name
			if wire {
				name += " through a connection"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, stripefake.Options{})
				if wire {
					h = onTheWire(t, h)
				}
				h.fake.FailNext(setEmail, c.fault)
				ctx, cancel := context.WithCancel(t.Context())
				gone := make(chan error, 1)
				go func() {
					_, err := h.send(ctx, http.MethodPost, "/v1/customers/"+h.acme.ID, "key", "email", "new@acme.example")
					gone <- err
				}()
				require.NoError(t, h.fake.Parked(t.Context(), 1))
				cancel()
				require.ErrorIs(t, <-gone, context.Canceled)
				for h.fake.Held() > 0 {
					h.get(t, "/v1/account").ok(t) // until the server has noticed
				}
				if c.again == http.StatusConflict {
					h.email(t, "key", "new@acme.example").fails(t, c.again, "idempotency_key_in_use")
				}
				h.fake.Advance(time.Minute)
				require.Equal(t, c.done, h.address() == "new@acme.example")
				h.email(t, "key", "new@acme.example").ok(t)
			})
		}
	}
}

// TestAStalledBodyGoesOnWithTheClock.
func TestAStalledBodyGoesOnWithTheClock(t *testing.T) {
	t.Parallel()
	for _, fault := range []stripefake.Fault{
		stripefake.Stalled(time.Minute),
		stripefake.Edited(func(a *stripefake.Answer) { a.Body, a.Drip = a.Body[:3], time.Second }),
	} {
		h := newHouse(t, stripefake.Options{})
		h.fake.FailNext("GET /v1/account", fault)
		got := make(chan reply, 1)
		go func() {
			r, err := h.send(background(), http.MethodGet, "/v1/account", "")
			if err != nil {
				panic(err)
			}
			got <- r
		}()
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for h.fake.Parked(ctx, 1) == nil {
				h.fake.Advance(time.Minute)
			}
		}()
		require.Equal(t, http.StatusOK, (<-got).status)
		cancel()
		<-stopped
	}
}

// TestFaultsAreForWhomTheyAreMeant: a route, all routes, some requests, one time or always.
func TestFaultsAreForWhomTheyAreMeant(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	globex := h.fake.Test().AddCustomer(stripefake.Customer{Email: "pay@globex.example"})
	get := func(id string) int { return h.get(t, "/v1/customers/"+id).status }
	const route = "GET /v1/customers/{customer}"

	h.fake.FailNext(route, stripefake.BadGateway(), stripefake.Fault{}, stripefake.Unavailable())
	require.Equal(t, []int{502, 200, 503, 200}, []int{get(h.acme.ID), get(h.acme.ID), get(h.acme.ID), get(h.acme.ID)})

	only := stripefake.BadGateway()
	only.Only = func(r stripefake.Request) bool { return strings.HasSuffix(r.Path, globex.ID) }
	h.fake.FailNext(route, only)
	require.Equal(t, []int{200, 502, 200}, []int{get(h.acme.ID), get(globex.ID), get(globex.ID)})

	h.fake.Always(stripefake.Any, stripefake.Unavailable())
	h.fake.Always("GET /v1/account", stripefake.Fault{})
	require.Equal(t, http.StatusServiceUnavailable, get(h.acme.ID))
	require.Equal(t, http.StatusServiceUnavailable, h.get(t, "/v1/invoices").status)
	h.get(t, "/v1/account").ok(t)
	h.fake.Heal(stripefake.Any)
	require.Equal(t, http.StatusOK, get(h.acme.ID))
	h.fake.FailNext(route, stripefake.Reset())
	require.Equal(t, 1, h.fake.Unused())
	h.fake.Heal()
	require.Equal(t, http.StatusOK, get(h.acme.ID))
	require.Panics(t, func() { h.fake.FailNext("GET /v1/customer", stripefake.Reset()) })
}

// TestAnswersCanBeAltered for one request, and objects wherever they are shown. The books have the truth.
func TestAnswersCanBeAltered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.in(t, stripefake.Open)
	h.fake.FailNext("GET /v1/invoices/{invoice}", stripefake.Alter(func(b map[string]any) { b["status"] = "paused" }))
	require.Equal(t, "paused", h.get(t, "/v1/invoices/"+id).ok(t).at(t, "status"))
	require.Equal(t, "open", h.get(t, "/v1/invoices/"+id).ok(t).at(t, "status"))

	h.fake.Test().Distort(id, func(b map[string]any) { b["customer"] = "cus_other" })
	require.Equal(t, "cus_other", h.get(t, "/v1/invoices/"+id).ok(t).at(t, "customer"))
	require.Equal(t, "cus_other", h.get(t, "/v1/invoices").ok(t).at(t, "data.0.customer"))
	require.Equal(t, h.acme.ID, h.invoice(t, id).Customer)
	h.fake.Test().Distort(id, nil)
	require.Equal(t, h.acme.ID, h.get(t, "/v1/invoices/"+id).ok(t).at(t, "customer"))
	require.Panics(t, func() { h.fake.Test().Distort("in_1", func(map[string]any) {}) })

	h.fake.FailNext(newInvoice, stripefake.Alter(func(b map[string]any) { b["currency"] = "eur" }))
	require.Equal(t, "eur", h.keyed(t, "key", "/v1/invoices", "customer", h.acme.ID).ok(t).at(t, "currency"))
	require.Equal(t, "usd", h.keyed(t, "key", "/v1/invoices", "customer", h.acme.ID).ok(t).at(t, "currency"), "what is stored is the truth")
}

// TestHooksSeeRequestsBeforeTheirFaults.
func TestHooksSeeRequestsBeforeTheirFaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	var seen []string
	h.fake.Hook(func(r stripefake.Request) {
		seen = append(seen, r.Route)
		if r.Route == "GET /v1/account" {
			h.fake.FailNext("GET /v1/account", stripefake.Unavailable())
		}
	})
	require.Equal(t, http.StatusServiceUnavailable, h.get(t, "/v1/account").status)
	h.fake.Hook(nil)
	h.get(t, "/v1/account").ok(t)
	require.Equal(t, []string{"GET /v1/account"}, seen)
}
