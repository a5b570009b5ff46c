package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// program is the program while it runs in this test.
type program struct {
	url  string
	stop func() (code int, logged string)
}

// record is what several goroutines write.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// start runs the program with arguments and an environment until the test ends or stops it.
func start(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	return startAt(t, clock, env, args...)
}

func startAt(t *testing.T, clock func() time.Time, env map[string]string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var logged record
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append(args, "-addr", "127.0.0.1:0"), func(name string) string { return env[name] }, clock, in, &logged)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	stopped := false
	p := &program{stop: func() (int, string) {
		if stopped {
			return 0, ""
		}
		stopped = true
		cancel()
		c := <-code
		return c, logged.String()
	}}
	t.Cleanup(func() { p.stop() })
	if !lines.Scan() {
		c, text := p.stop()
		require.Fail(t, "the program did not start", "%d %s", c, text)
	}
	p.url = strings.TrimSuffix(lines.Text(), "/")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

// browser is somebody who keeps cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar}
}

func get(t *testing.T, c *http.Client, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return do(t, c, r)
}

func post(t *testing.T, c *http.Client, address string, form url.Values) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, c, r)
}

func do(t *testing.T, c *http.Client, r *http.Request) (int, string) {
	t.Helper()
	res, err := c.Do(r) //nolint:gosec // the program of this test
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func (p *program) signIn(t *testing.T, user string) *http.Client {
	t.Helper()
	c := browser(t)
	status, body := post(t, c, p.url+"/sign-in", url.Values{"user": {user}})
	require.Equal(t, http.StatusOK, status, body)
	return c
}

// TestTheProgramInOneProcess (L4, L5): SQLite and payments in memory, as one command starts it.
func TestTheProgramInOneProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "billing.sqlite")
	p := start(t, nil, "-db", file)

	t.Run("everybody is shown what the role may see (O1, C1)", func(t *testing.T) {
		for _, c := range []struct {
			role   rbac.Role
			path   string
			status int
			holds  string
		}{
			{rbac.Admin, "/billing/settings", 200, "accounts.payable@meridian.example"},
			{rbac.FullMember, "/billing/settings", 200, "accounts.payable@meridian.example"},
			{rbac.Billing, "/billing/settings", 200, "accounts.payable@meridian.example"},
			{rbac.Sales, "/billing/settings", 403, "administrator"},
			{rbac.ExternalGuest, "/billing/settings", 403, "administrator"},
			{rbac.ClientAdmin, "/billing/usage", 200, "Reception line"},
			{rbac.ClientManager, "/billing/invoices", 200, "Amount"},
			{rbac.ClientStaff, "/billing/usage", 403, "administrator"},
			{rbac.PartnerAdmin, "/billing/clients", 200, "Aster Dental Group"},
			{rbac.PartnerUser, "/billing/clients", 404, ""},
			{rbac.PartnerUser, "/billing/clients/client_aster/usage", 404, ""},
		} {
			for _, who := range []string{"_1", "_2"} {
				client := p.signIn(t, string(c.role)+who)
				status, body := get(t, client, p.url+"/home")
				require.Equal(t, 200, status)
				require.Contains(t, body, "/billing")
				status, body = get(t, client, p.url+c.path)
				require.Equal(t, c.status, status, "%s %s: %.300s", c.role, c.path, body)
				require.Contains(t, body, c.holds, "%s %s", c.role, c.path)
				status, _ = get(t, client, p.url+"/operator")
				require.Equal(t, 404, status, "only our own staff operates")
			}
		}
	})

	t.Run("nobody is led to the login", func(t *testing.T) {
		for _, path := range []string{"/home", "/billing/usage"} {
			status, body := get(t, browser(t), p.url+path)
			require.Equal(t, 200, status)
			require.Contains(t, body, "Sign in")
		}
	})

	t.Run("a webhook with a bad signature is refused, and counted", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/hooks/billing", strings.NewReader(`{"id":"evt_1"}`))
		require.NoError(t, err)
		r.Header.Set("Billing-Signature", "t=1,v1=00")
		status, _ := do(t, http.DefaultClient, r)
		require.Equal(t, 400, status)
		require.Equal(t, int64(1), p.health(t).Webhooks["untrusted"])
	})

	operator := p.signIn(t, "operator_1")
	t.Run("a form from another site closes nothing", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/operator/close", strings.NewReader("month=2026-01"))
		require.NoError(t, err)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		status, _ := do(t, operator, r)
		require.Equal(t, 403, status)
	})
	const month = "2026-10"
	t.Run("an operator closes a month, and customers see the invoice", func(t *testing.T) {
		status, body := post(t, operator, p.url+"/operator/close", url.Values{"month": {month}})
		require.Equal(t, 200, status)
		require.Contains(t, body, "8 closed, 0 with nothing to bill, 0 not over yet, 1 incomplete, 0 parked, 0 failed.")
		require.Contains(t, body, "1445.69 USD")
		status, body = get(t, p.signIn(t, "client_admin_1"), p.url+"/billing/invoices")
		require.Equal(t, 200, status)
		require.Contains(t, body, "518.32")
		require.Equal(t, stateOK, p.health(t).Status)
	})

	t.Run("a restart keeps the ledger, and closing again bills nothing again", func(t *testing.T) {
		code, logged := p.stop()
		require.Zero(t, code, logged)
		p := start(t, nil, "-db", file)
		operator := p.signIn(t, "operator_2")
		_, before := get(t, operator, p.url+"/operator")
		require.Contains(t, before, "1445.69 USD")
		_, after := post(t, operator, p.url+"/operator/close", url.Values{"month": {month}})
		require.Equal(t, ledgerOf(before), ledgerOf(after))
		require.Contains(t, after, "8 closed")
	})
}

// ledgerOf is the table of an operator's page.
func ledgerOf(page string) string {
	_, table, _ := strings.Cut(page, "<tbody>")
	return table
}

// began is when the tests began.
var began = time.Now()

// clock begins in November 2026, so that the demonstration is the same in every run. It goes: limits refill by it.
func clock() time.Time {
	return time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC).Add(time.Since(began))
}

func (p *program) health(t *testing.T) health {
	t.Helper()
	_, body := get(t, http.DefaultClient, p.url+"/health")
	var h health
	require.NoError(t, json.Unmarshal([]byte(body), &h), body)
	require.NotContains(t, body, "@", "no addresses")
	require.NotContains(t, body, "cus_", "no customers")
	return h
}

// TestTheTimerClosesMonthsThatAreOver (O8): those since the first start, by itself, and none before.
func TestTheTimerClosesMonthsThatAreOver(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "billing.sqlite")
	p := start(t, nil, "-db", file)
	_, page := get(t, p.signIn(t, "operator_1"), p.url+"/operator")
	require.Contains(t, page, "Nothing is closed yet.", "the month before the first start is left to a person")
	code, logged := p.stop()
	require.Zero(t, code, logged)

	const days = 11 * 24 * time.Hour
	p = startAt(t, func() time.Time { return clock().Add(days) }, nil, "-db", file)
	operator := p.signIn(t, "operator_1")
	require.Eventually(t, func() bool {
		_, page := get(t, operator, p.url+"/operator")
		return strings.Contains(page, `<th scope="row">org_meridian</th><td>2026-11-01 to 2026-12-01</td><td>sent</td>`)
	}, 30*time.Second, 50*time.Millisecond)
	_, page = get(t, operator, p.url+"/operator")
	require.NotContains(t, page, "2026-10-01")
}

// TestTelemetryTellsRoutesAndNobody: off by default, and without ids when it is on.
func TestTelemetryTellsRoutesAndNobody(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-db", filepath.Join(t.TempDir(), "billing.sqlite"), "-otel", "stderr")
	client := p.signIn(t, "partner_admin_1")
	status, _ := get(t, client, p.url+"/billing/clients/client_aster/usage")
	require.Equal(t, 200, status)
	code, said := p.stop()
	require.Zero(t, code, said)
	require.Contains(t, said, "GET /billing/clients/{account}/usage")
	require.Contains(t, said, "http.server.request.duration")
	require.NotContains(t, said, "client_aster")
	require.NotContains(t, said, "partner_admin_1")
}
