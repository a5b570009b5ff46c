package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// requireAnswer wants an answer to be exactly the row of an outcome, and the outcome to be counted once.
func (h *house) requireAnswer(w *httptest.ResponseRecorder, want webhook.Outcome) {
	h.Helper()
	row := webhook.Answers()[want]
	require.Equal(h, row.Status, w.Code, "want %s", want)
	require.Equal(h, row.Text, w.Body.String())
	require.Equal(h, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(h, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(h, row.Status == http.StatusServiceUnavailable, w.Header().Get("Retry-After") != "")
	require.Equal(h, row.Status == http.StatusMethodNotAllowed, w.Header().Get("Allow") == "POST")
	for _, other := range webhook.Answers() {
		require.Equal(h, map[bool]int64{true: 1}[other.Outcome == want], h.handler.Count(other.Outcome), "count of %s", other.Outcome)
	}
}

// Whoever sends waits for the store alone, not for what follows from the event (W8).
func TestAnEventIsStoredBeforeItIsAcknowledged(t *testing.T) {
	t.Parallel()
	h := open(t)
	inv := h.invoice("acme", 10)
	var stored []string
	h.world.Hook(func(c memory.Call) { stored = append(stored, c.Op) })
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Object: inv.ID, Customer: inv.CustomerID, Live: true})
	h.requireAnswer(h.post(hook.Payload, hook.Signature), webhook.Stored)
	require.Equal(t, []string{"VerifyWebhook", "Receive"}, stored, "nothing is read while the sender waits")
	h.world.Hook(nil)
	page, err := h.world.Records().Pending(t.Context(), provider.PendingQuery{Limit: 9})
	require.NoError(t, err)
	require.Equal(t, []provider.Event{hook.Event}, page.Events)
}

// (W5)
func TestADuplicateIsAcknowledgedAndStoredOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	for range 5 {
		require.Equal(t, http.StatusNoContent, h.deliver(hook))
	}
	require.Equal(t, int64(1), h.handler.Count(webhook.Stored))
	require.Equal(t, int64(4), h.handler.Count(webhook.Duplicate))
	require.Equal(t, []string{hook.Event.ID}, h.inbox())

	h.drain()
	require.Equal(t, http.StatusNoContent, h.deliver(hook), "also when it is done")
	require.Equal(t, int64(5), h.handler.Count(webhook.Duplicate))
	require.Empty(t, h.inbox())
}

// The same id with another body is acknowledged, so that it does not come for days; the first one stays, and the host can
// see it (W5).
func TestAnotherBodyDoesNotReplaceAnEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.world.Webhook(provider.Event{ID: "evt_1", Type: "invoice.paid", Object: "in_1", Live: true})
	other := h.world.Webhook(provider.Event{ID: "evt_1", Type: "invoice.paid", Object: "in_2", Live: true})
	require.Equal(t, http.StatusNoContent, h.deliver(first))
	require.Equal(t, http.StatusNoContent, h.deliver(other))
	require.Equal(t, int64(1), h.handler.Count(webhook.Altered))
	require.Contains(t, h.log.String(), "level=WARN msg=\"webhook: event came again with another body\" event=evt_1 type=invoice.paid\n")
	page, err := h.world.Records().Pending(t.Context(), provider.PendingQuery{Limit: 9})
	require.NoError(t, err)
	require.Len(t, page.Events, 1)
	require.Equal(t, "in_1", page.Events[0].Object)
}

// (W6)
func TestWhatNobodyKnowsIsStoredAndAcknowledged(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]provider.Event{
		"an unknown type":                {Type: "something.new", Object: "x_1", Customer: "cus_acme"},
		"an unknown customer":            {Type: "invoice.paid", Object: "in_1", Customer: "cus_nobody"},
		"an invoice that nobody has":     {Type: "invoice.paid", Object: "in_1", Customer: "cus_acme"},
		"no object":                      {Type: "invoice.paid", Customer: "cus_acme"},
		"neither object nor customer":    {Type: "customer.updated"},
		"an invoice without a customer":  {Type: "invoice.paid", Object: "in_1"},
		"a type without a kind, and ids": {Type: "payout.paid", Object: "in_1", Customer: "cus_acme"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.receive(e)
			require.Equal(t, webhook.Drained{Events: 1, Ignored: 1}, h.drain())
			require.Empty(t, h.inbox())
			require.Empty(t, h.states.kept)
		})
	}
}

// Test events arrive at live addresses, too, and those of all connected accounts at one: whatever is not ours is
// acknowledged, counted and not even stored (W6).
func TestEventsOfAnotherModeOrAccountAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		live    bool
		account string
		event   provider.Event
		want    webhook.Outcome
	}{
		{"a live event where live ones are expected", true, "", provider.Event{Live: true}, webhook.Stored},
		{"a test event where live ones are expected", true, "", provider.Event{}, webhook.Foreign},
		{"a live event where test ones are expected", false, "", provider.Event{Live: true}, webhook.Foreign},
		{"a test event where test ones are expected", false, "", provider.Event{}, webhook.Stored},
		{"an event of a connected account where none is expected", true, "", provider.Event{Live: true, Account: "acct_1"}, webhook.Foreign},
		{"an event of the connected account that is expected", true, "acct_1", provider.Event{Live: true, Account: "acct_1"}, webhook.Stored},
		{"an event of another connected account", true, "acct_1", provider.Event{Live: true, Account: "acct_2"}, webhook.Foreign},
		{"an event of no connected account where one is expected", true, "acct_1", provider.Event{Live: true}, webhook.Foreign},
		{"an account in other letters", true, "acct_1", provider.Event{Live: true, Account: "ACCT_1"}, webhook.Foreign},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(h *house) { h.config.Live, h.config.ConnectedAccount = tc.live, tc.account })
			tc.event.Type = "invoice.paid"
			hook := h.world.Webhook(tc.event)
			h.requireAnswer(h.post(hook.Payload, hook.Signature), tc.want)
			require.Len(t, h.world.CallsOf("Receive"), map[bool]int{true: 1}[tc.want == webhook.Stored])
		})
	}
}

func TestOnlyPostIsAllowed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "PROPFIND"} {
		h := open(t)
		hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(hook.Payload))
		r.Method = method
		r.Header.Set("Billing-Signature", hook.Signature)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		h.requireAnswer(w, webhook.BadMethod)
		require.Empty(t, h.world.Calls())
	}
}

// padded is a signed event of exactly so many bytes.
func (h *house) padded(size int) ([]byte, string) {
	body := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true}).Payload
	body = append(body, bytes.Repeat([]byte(" "), size-len(body))...)
	return body, h.world.Sign(body, now)
}

// (W4)
func TestABodyHasALimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		limit       int64
		size        int
		declared    bool // the length is told before
		want        webhook.Outcome
		mayBeLooked bool // the signature may be looked at
	}{
		{"of the limit", 0, webhook.DefaultMaxBody, true, webhook.Stored, true},
		{"of the limit, as long as it is", 0, webhook.DefaultMaxBody, false, webhook.Stored, true},
		{"a byte more", 0, webhook.DefaultMaxBody + 1, true, webhook.TooLarge, false},
		{"a byte more than was told", 0, webhook.DefaultMaxBody + 1, false, webhook.TooLarge, false},
		{"a KiB more", 0, 257 << 10, false, webhook.TooLarge, false},
		{"of a limit of one's own", 500, 500, true, webhook.Stored, true},
		{"a byte more than one's own", 500, 501, true, webhook.TooLarge, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(h *house) { h.config.MaxBody = tc.limit })
			body, signature := h.padded(tc.size)
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			if !tc.declared {
				r.ContentLength = -1
			}
			r.Header.Set("Billing-Signature", signature)
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			h.requireAnswer(w, tc.want)
			require.Equal(t, tc.mayBeLooked, len(h.world.CallsOf("VerifyWebhook")) == 1)
		})
	}
}

// A body that is said to be too large is not even read.
func TestALargeBodyIsRefusedBeforeItIsRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := httptest.NewRequest(http.MethodPost, "/", unreadable{t})
	r.ContentLength = 1 << 40
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	h.requireAnswer(w, webhook.TooLarge)
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestABodyThatBreaksOffIsNotAnEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(bytes.NewReader(hook.Payload), broken{}))
	r.Header.Set("Billing-Signature", hook.Signature)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	h.requireAnswer(w, webhook.Untrusted)
	require.Empty(t, h.inbox())
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// F9: whatever the store or the verifier says but success, the provider is asked to come again (W7).
func TestWhatCannotBeStoredIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"Receive", "VerifyWebhook"} {
		for _, kind := range append(provider.Kinds(), errors.New("of nobody: "+canary)) {
			if op == "Receive" && errors.Is(kind, provider.ErrConflict) || op == "VerifyWebhook" && errors.Is(kind, provider.ErrSignature) {
				continue // these have answers of their own
			}
			h := open(t)
			h.world.FailNext(op, kind)
			hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
			h.requireAnswer(h.post(hook.Payload, hook.Signature), webhook.Unavailable)
			require.Contains(t, h.log.String(), "level=ERROR")
			require.NotContains(t, h.log.String(), canary)
			require.Empty(t, h.inbox())
			require.Equal(t, http.StatusNoContent, h.deliver(hook))
			require.Equal(t, []string{hook.Event.ID}, h.inbox())
		}
	}
}

// The event was stored, but nobody knows: it comes again and is stored once.
func TestALostAnswerOfTheStoreLosesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	h.world.Inject("Receive", memory.Fault{Err: provider.ErrUnknown, Late: true})
	h.requireAnswer(h.post(hook.Payload, hook.Signature), webhook.Unavailable)
	require.Equal(t, http.StatusNoContent, h.deliver(hook))
	require.Equal(t, int64(1), h.handler.Count(webhook.Duplicate))
	require.Equal(t, []string{hook.Event.ID}, h.inbox())
}

// (W8)
func TestAStoreThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.StoreTimeout = time.Millisecond })
	h.world.Inject("Receive", memory.Fault{Delay: memory.Forever})
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	h.requireAnswer(h.post(hook.Payload, hook.Signature), webhook.Unavailable)
}

func TestASenderThatIsGoneIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(hook.Payload)).WithContext(ctx)
	r.Header.Set("Billing-Signature", hook.Signature)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	h.requireAnswer(w, webhook.Unavailable)
	require.Empty(t, h.inbox())
}

func TestAPanicIsAnswered(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.MaxInFlight = 1 })
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Receive" {
			panic(canary)
		}
	})
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	h.requireAnswer(h.post(hook.Payload, hook.Signature), webhook.Failed)
	require.Contains(t, h.log.String(), "webhook: panic")
	require.NotContains(t, h.log.String(), canary)
	h.world.Hook(nil)
	require.Equal(t, http.StatusNoContent, h.deliver(hook), "the place was given back")
}

func TestAnAbortGoesThrough(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.Received = func() { panic(http.ErrAbortHandler) } })
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { h.post(hook.Payload, hook.Signature) })
}

func TestWhoeverWantsToIsToldOfNewEventsAlone(t *testing.T) {
	t.Parallel()
	told := 0
	h := open(t, func(h *house) { h.config.Received = func() { told++ } })
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	for range 3 {
		h.deliver(hook)
	}
	h.post(hook.Payload, "")
	require.Equal(t, 1, told)
}

// The path does not matter, nor what else a router or a proxy puts into a request.
func TestTheHandlerStandsUnderAnyPath(t *testing.T) {
	t.Parallel()
	h := open(t)
	mux := http.NewServeMux()
	mux.Handle("/hooks/billing", h.handler)
	mux.Handle("POST /exact", h.handler)
	mux.Handle("/stripped/", http.StripPrefix("/stripped", h.handler))
	for _, target := range []string{"/hooks/billing", "/hooks/billing?x=y", "/exact", "/stripped/", "/stripped/a/b"} {
		hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
		r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(hook.Payload))
		r.Header.Set("Billing-Signature", hook.Signature)
		r.Header.Set("Content-Type", "text/plain")
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		require.Equal(t, http.StatusNoContent, w.Code, target)
	}
	require.Len(t, h.inbox(), 5)
}

func TestTheTableOfAnswersIsComplete(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for i, a := range webhook.Answers() {
		require.Equal(t, webhook.Outcome(i), a.Outcome)
		require.Equal(t, a.Name, a.Outcome.String())
		require.False(t, names[a.Name])
		names[a.Name] = true
		require.Equal(t, a.Status/100 == 2, a.Outcome <= webhook.Foreign, "only what is stored, or is not ours, is acknowledged")
	}
	require.Len(t, names, 11)
	require.Equal(t, "unknown", webhook.Outcome(11).String())
	require.Zero(t, open(t).handler.Count(webhook.Outcome(11)))
	webhook.Answers()[0].Status = 500
	require.Equal(t, http.StatusNoContent, webhook.Answers()[0].Status)
}
