package webhook_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// Whatever is wrong with a signature or a body, the answer is the same, and nothing is stored (W1, W3, W4).
func TestEveryCauseOfDistrustHasOneAnswer(t *testing.T) {
	t.Parallel()
	stranger, err := memory.Open(memory.Options{WebhookSecrets: []string{"another secret"}})
	require.NoError(t, err)
	stamp := "t=" + strconv.FormatInt(now.Unix(), 10)
	type request struct {
		body    []byte
		headers []string
	}
	signed := func(h *house, body string) request {
		return request{[]byte(body), []string{h.world.Sign([]byte(body), now)}}
	}
	for name, make := range map[string]func(h *house, body []byte, signature string) request{
		"no header":        func(_ *house, b []byte, _ string) request { return request{b, nil} },
		"an empty header":  func(_ *house, b []byte, _ string) request { return request{b, []string{""}} },
		"two good headers": func(_ *house, b []byte, s string) request { return request{b, []string{s, s}} },
		"a bad header too": func(_ *house, b []byte, s string) request { return request{b, []string{s, "t=1"}} },
		"no time":          func(_ *house, b []byte, s string) request { return request{b, []string{s[len(stamp)+1:]}} },
		"two times":        func(_ *house, b []byte, s string) request { return request{b, []string{stamp + "," + s}} },
		"v0 only": func(_ *house, b []byte, s string) request {
			return request{b, []string{strings.Replace(s, "v1", "v0", 1)}}
		},
		"an odd sum": func(_ *house, b []byte, s string) request { return request{b, []string{s[:len(s)-1]}} },
		"10,000 sums": func(_ *house, b []byte, s string) request {
			return request{b, []string{s + strings.Repeat(",v1=00", 10_000)}}
		},
		"1 MiB of header": func(_ *house, b []byte, _ string) request { return request{b, []string{strings.Repeat("t=1,", 1<<18)}} },
		"another secret":  func(_ *house, b []byte, _ string) request { return request{b, []string{stranger.Sign(b, now)}} },
		"301 seconds late": func(h *house, b []byte, _ string) request {
			return request{b, []string{h.world.Sign(b, now.Add(-301*time.Second))}}
		},
		"301 seconds early": func(h *house, b []byte, _ string) request {
			return request{b, []string{h.world.Sign(b, now.Add(301*time.Second))}}
		},
		"ten years early": func(h *house, b []byte, _ string) request {
			return request{b, []string{h.world.Sign(b, now.AddDate(10, 0, 0))}}
		},
		"a time before 1970": func(h *house, b []byte, _ string) request {
			return request{b, []string{h.world.Sign(b, time.Unix(-5, 0))}}
		},
		"a time beyond numbers": func(_ *house, b []byte, s string) request {
			return request{b, []string{"t=99999999999999999999999" + s[len(stamp):]}}
		},
		"a body with a byte changed": func(_ *house, b []byte, s string) request {
			return request{bytes.Replace(b, []byte("paid"), []byte("Paid"), 1), []string{s}}
		},
		"a body that was encoded anew": func(_ *house, b []byte, s string) request {
			var out bytes.Buffer
			require.NoError(t, json.Indent(&out, b, "", " "))
			return request{out.Bytes(), []string{s}}
		},
		"a body that was compressed": func(_ *house, b []byte, s string) request {
			var out bytes.Buffer
			zip := gzip.NewWriter(&out)
			_, err := zip.Write(b)
			require.NoError(t, errors.Join(err, zip.Close()))
			return request{out.Bytes(), []string{s}}
		},
		"an empty body":        func(h *house, _ []byte, _ string) request { return signed(h, "") },
		"an array":             func(h *house, _ []byte, _ string) request { return signed(h, `[{"id":"evt_1"}]`) },
		"a number":             func(h *house, _ []byte, _ string) request { return signed(h, `1`) },
		"a body without an id": func(h *house, _ []byte, _ string) request { return signed(h, `{"type":"invoice.paid"}`) },
		"a body that is deep": func(h *house, _ []byte, _ string) request {
			return signed(h, strings.Repeat("[", 60_000)+strings.Repeat("]", 60_000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Object: canary, Live: true})
			req := make(h, hook.Payload, hook.Signature)
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(req.body))
			r.Header["Billing-Signature"] = req.headers
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			h.requireAnswer(w, webhook.Untrusted)
			require.Empty(t, h.inbox())
			require.Empty(t, h.log.String(), "a stranger cannot fill the log")
		})
	}
}

// (W3)
func TestASignatureIsGoodForFiveMinutesOnEitherSide(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-300, -299, 0, 299, 300} {
		h := open(t)
		hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
		h.requireAnswer(h.post(hook.Payload, h.world.Sign(hook.Payload, now.Add(off*time.Second))), webhook.Stored)
	}
}

// An event that is sent again after days is signed anew; the old request is not good any more.
func TestARequestCannotBeReplayed(t *testing.T) {
	t.Parallel()
	for _, later := range []time.Duration{5*time.Minute + time.Second, 72 * time.Hour, 40 * 24 * time.Hour} {
		h := open(t)
		hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
		h.world.Advance(later)
		require.Equal(t, http.StatusBadRequest, h.post(hook.Payload, hook.Signature).Code)
		require.Equal(t, http.StatusNoContent, h.deliver(hook))
	}
}

// The same request may have a signature of each secret (W2).
func TestASecretCanBeRotated(t *testing.T) {
	t.Parallel()
	signer := func(secrets ...string) *memory.World {
		w, err := memory.Open(memory.Options{Now: now, Live: true, WebhookSecrets: secrets})
		require.NoError(t, err)
		return w
	}
	for _, tc := range []struct {
		name     string
		accepted []string
		secrets  []string // that have signed
		want     webhook.Outcome
	}{
		{"old before", []string{"old"}, []string{"old"}, webhook.Stored},
		{"new before", []string{"old"}, []string{"new"}, webhook.Untrusted},
		{"both before", []string{"old"}, []string{"new", "old"}, webhook.Stored},
		{"old during", []string{"new", "old"}, []string{"old"}, webhook.Stored},
		{"new during", []string{"new", "old"}, []string{"new"}, webhook.Stored},
		{"both during", []string{"new", "old"}, []string{"old", "new"}, webhook.Stored},
		{"both after", []string{"new"}, []string{"old", "new"}, webhook.Stored},
		{"old after", []string{"new"}, []string{"old"}, webhook.Untrusted},
	} {
		h := open(t, func(h *house) {
			h.world = signer(tc.accepted...)
			h.config.Payments, h.config.Records = h.world.Payments(), h.world.Records()
		})
		hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
		signature := "t=" + strconv.FormatInt(now.Unix(), 10)
		for _, secret := range tc.secrets {
			_, sum, _ := strings.Cut(signer(secret).Sign(hook.Payload, now), ",")
			signature += "," + sum
		}
		h.requireAnswer(h.post(hook.Payload, signature), tc.want)
	}
}
