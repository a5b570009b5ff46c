package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWhatCannotWorkIsSaidAtOnce: before anything is opened, in words that tell what to do.
func TestWhatCannotWorkIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	const pg, key = "postgres://host/db", "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		says string
	}{
		{name: "an unknown command", args: []string{"open"}, says: "unknown command"},
		{name: "an argument too many", args: []string{"serve", "now"}, says: "unexpected argument now"},
		{name: "an unknown flag", args: []string{"-port", "1"}, says: "not defined"},
		{name: "web and worker at once", args: []string{"-web", "-worker"}, says: "exclude each other"},
		{name: "workers on SQLite", args: []string{"-worker"}, env: map[string]string{envStripeKey: "sk_test_1"}, says: "PostgreSQL"},
		{name: "workers with payments in memory", args: []string{"-worker", "-db", pg}, env: map[string]string{envKey: key}, says: envStripeKey},
		{name: "PostgreSQL without a key", args: []string{"-db", pg}, says: envKey},
		{name: "PostgreSQL by the environment", env: map[string]string{envDB: pg}, says: envKey},
		{name: "a key that is too short", env: map[string]string{envKey: "short"}, says: "32 characters"},
		{name: "live at a fake server", args: []string{"-live"}, env: map[string]string{envStripeKey: "sk_live_1", envStripeBase: "http://127.0.0.1:1"}, says: "-live"},
		{name: "a live key without a word", env: map[string]string{envStripeKey: "rk_live_1"}, says: "needs -live"},
		{name: "live without a live key", args: []string{"-live"}, env: map[string]string{envStripeKey: "sk_test_1"}, says: "needs -live"},
		{name: "close without a month", args: []string{"close"}, says: "-month"},
		{name: "close with payments in memory", args: []string{"close", "-month", "2026-10"}, says: "operator page"},
		{name: "no time for a lease", args: []string{"-lease", "0s"}, says: "-lease"},
		{name: "no workers", args: []string{"-workers", "0"}, says: "at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var said strings.Builder
			code := run(t.Context(), c.args, func(name string) string { return c.env[name] }, clock, io.Discard, &said)
			require.Equal(t, exitUsage, code)
			require.Contains(t, said.String(), c.says)
		})
	}
}

// TestADryRunShowsWhatWouldBeBilled: and writes nothing.
func TestADryRunShowsWhatWouldBeBilled(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "billing.sqlite")
	command := func(args ...string) (int, string) {
		var out, said strings.Builder
		code := run(t.Context(), append([]string{"close", "-db", file, "-dry-run"}, args...), func(string) string { return "" }, clock, &out, &said)
		return code, out.String() + said.String()
	}
	code, said := command("-month", "2026-10")
	require.Equal(t, exitFailed, code, "one account has no billing yet")
	require.Contains(t, said, "org_meridian: 1445.69 USD\n")
	require.Contains(t, said, "8 closed, 0 with nothing to bill, 0 not over yet, 1 incomplete")

	code, said = command("-month", "2026-10", "-account", "client_aster")
	require.Equal(t, exitDone, code, said)
	require.Equal(t, "client_aster: 518.32 USD\n", said)

	code, said = command("-month", "2026-13")
	require.Equal(t, exitFailed, code, said)

	s, err := readSettings("close", []string{"-db", file, "-dry-run", "-month", "2026-10"}, func(string) string { return "" }, clock, io.Discard)
	require.NoError(t, err)
	h, err := newHouse(context.WithoutCancel(t.Context()), s)
	require.NoError(t, err)
	defer func() { require.NoError(t, h.close(t.Context())) }()
	n, err := h.count(t.Context(), "")
	require.NoError(t, err)
	require.Zero(t, n, "nothing is in the ledger")
}

// TestASessionIsWhatWasSigned: nobody can make one up, stretch it or pass it on to another program.
func TestASessionIsWhatWasSigned(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)
	c := cookies{key: []byte("one key"), secure: true, clock: func() time.Time { return now }}
	w := httptest.NewRecorder()
	c.set(w, "admin_1")
	set := w.Result().Cookies()[0]
	require.True(t, set.HttpOnly)
	require.True(t, set.Secure)
	require.Equal(t, http.SameSiteLaxMode, set.SameSite)
	user := func(c *cookies, value string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: cookieName, Value: value}) //nolint:gosec // a request's
		return c.user(r)
	}
	require.Equal(t, "admin_1", user(&c, set.Value))

	payload, signature, _ := strings.Cut(set.Value, ".")
	later := c
	later.clock = func() time.Time { return now.Add(sessionLength) }
	other := c
	other.key = []byte("another key")
	for name, got := range map[string]string{
		"after its time":             user(&later, set.Value),
		"under another key":          user(&other, set.Value),
		"without a signature":        user(&c, payload),
		"with an empty one":          user(&c, payload+"."),
		"with another user":          user(&c, "YmlsbGluZ18xfDE4MDAwMDAwMDA."+signature),
		"that is no base64":          user(&c, "%%%.%%%"),
		"that is empty":              user(&c, ""),
		"whose signature is cut off": user(&c, payload+"."+signature[:len(signature)-2]),
	} {
		require.Empty(t, got, "a session "+name)
	}
}
