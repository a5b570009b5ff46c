package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// start is the time at which the demonstration begins in tests.
func start() time.Time { return time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC) }

// open serves the demonstration.
func open(t *testing.T) (*demo, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	at := origin(server.Listener.Addr())
	d, err := newDemo(t.Context(), at, start)
	require.NoError(t, err)
	server.Config.Handler = d.handler()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, d.close(context.Background()))
	})
	return d, at
}

// browser is somebody with cookies.
type browser struct {
	t      *testing.T
	origin string
	client http.Client
}

func browse(t *testing.T, at string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, origin: at, client: http.Client{Jar: jar}}
}

// as signs in.
func (b *browser) as(role rbac.Role) *browser {
	b.t.Helper()
	status, _ := b.post("/sign-in", "as", string(role))
	require.Equal(b.t, http.StatusOK, status)
	return b
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// post sends a form, names and values by turns, and follows where it leads.
func (b *browser) post(path string, pairs ...string) (int, string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (b *browser) do(method, path string, body io.Reader) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.origin+path, body)
	require.NoError(b.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) (int, string) {
	b.t.Helper()
	answer, err := b.client.Do(r)
	require.NoError(b.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(b.t, err)
	return answer.StatusCode, string(text)
}

// The program starts with nothing but an address, tells where it is, and ends when it is told to (L5).
func TestTheProgramServesUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in, io.Discard)
		_ = in.Close()
	}()
	said := make([]byte, 4096)
	n, err := out.Read(said)
	require.NoError(t, err)
	at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(said[:n]))
	require.NotEmpty(t, at)
	for _, who := range people() {
		require.Contains(t, string(said[:n]), at+"/?as="+string(who.role))
	}
	status, text := browse(t, at).get("/?as=client_admin")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "Continue as Hannah Lee")
	interrupt()
	require.Equal(t, 0, <-ended)
}

func TestFlags(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help is no failure": {[]string{"-h"}, 0, "-addr"},
		"an unknown flag":    {[]string{"-port", "1"}, 2, "-port"},
		"an argument":        {[]string{"8080"}, 2, ""},
		"an address that is taken is not replaced":    {[]string{"-addr", taken.Addr().String()}, 1, "in use"},
		"an address that is none":                     {[]string{"-addr", "nowhere"}, 1, "nowhere"},
		"a host that does not belong to this machine": {[]string{"-addr", "192.0.2.1:0"}, 1, "192.0.2.1"},
		"a port that cannot be":                       {[]string{"-addr", "127.0.0.1:99999"}, 1, "99999"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			require.Equal(t, c.code, run(t.Context(), c.args, io.Discard, &said))
			require.Contains(t, said.String(), c.says)
		})
	}
}

// When the default address is taken the next port is served.
func TestTheNextFreePortIsTaken(t *testing.T) {
	t.Parallel()
	first, err := listen(t.Context(), "")
	require.NoError(t, err)
	defer first.Close()
	second, err := listen(t.Context(), "")
	require.NoError(t, err)
	defer second.Close()
	require.NotEqual(t, first.Addr().String(), second.Addr().String())
	for _, l := range []net.Listener{first, second} {
		require.True(t, strings.HasPrefix(l.Addr().String(), "127.0.0.1:80"), l.Addr().String())
	}
}

func TestTheOriginIsWhatABrowserOnThisMachineOpens(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "0.0.0.0:80": "http://localhost:80", "[::]:9": "http://localhost:9", "[::1]:9": "http://[::1]:9",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		require.NoError(t, err)
		require.Equal(t, want, origin(tcp))
	}
}

// Forms of the host are protected against other sites, and its pages have a strict policy.
func TestThePagesOfTheHostAreProtected(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	b := browse(t, at)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/sign-in", strings.NewReader("as=admin"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	status, _ := b.send(r)
	require.Equal(t, http.StatusForbidden, status)
	require.Empty(t, d.sessions.byID)

	recorded := httptest.NewRecorder()
	form := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("as=admin"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.handler().ServeHTTP(recorded, form)
	cookie := recorded.Result().Cookies()[0]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.GreaterOrEqual(t, len(cookie.Value), 26)

	recorded = httptest.NewRecorder()
	d.handler().ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/", nil))
	policy := recorded.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, recorded.Body.String(), "style=")
	require.NotContains(t, recorded.Body.String(), "<style")
}

func TestSigningInBeginsANewSession(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	b := browse(t, at).as(rbac.Admin)
	require.Len(t, d.sessions.byID, 1)
	before := d.sessions.order[0]
	b.as(rbac.ClientAdmin)
	require.Len(t, d.sessions.byID, 1)
	require.NotEqual(t, before, d.sessions.order[0])
	b.post("/sign-out")
	require.Empty(t, d.sessions.byID)
	_, text := b.get("/home")
	require.Contains(t, text, "Who are you?")
	for range mostSessions + 5 {
		d.sessions.begin(httptest.NewRecorder(), &session{})
	}
	require.Len(t, d.sessions.byID, mostSessions)
	require.Len(t, d.sessions.order, mostSessions)
}

// Every page of the host can be made for everybody.
func TestEveryPageOfTheHost(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	for _, who := range people() {
		t.Run(string(who.role), func(t *testing.T) {
			t.Parallel()
			b := browse(t, at).as(who.role)
			for path, text := range map[string]string{
				"/": "Who are you?", "/home": who.name, "/embedded": "billhatch-", "/theme": "--billing-accent", "/panel": "Jump to the end",
				"/support?topic=invoice&subject=Document+of+invoice+in_1": "Document of invoice in_1", "/gallery": "Every state",
			} {
				status, page := b.get(path)
				require.Equal(t, http.StatusOK, status, path)
				require.Contains(t, page, text, path)
			}
			status, _ := b.get("/nothing")
			require.Equal(t, http.StatusNotFound, status)
		})
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	b := browse(t, at)
	for _, name := range []string{"bar.css", "host.css", "gatehouse.css", "clearline.css", "dark.css", "theme.js", "mark.svg"} {
		status, _ := b.get("/assets/" + name)
		require.Equal(t, http.StatusOK, status, name)
	}
	for _, name := range []string{"none.css", "..%2fmain.go"} {
		status, _ := b.get("/assets/" + name)
		require.Equal(t, http.StatusNotFound, status, name)
	}
}

// Recipients are edited in the host's settings, to which the billing area links.
func TestTheSettingsOfTheHost(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	admin := browse(t, at).as(rbac.ClientAdmin)
	_, text := admin.post("/settings", "back", "/settings", "invoices", "new@aster.example other@aster.example", "changes", "")
	require.Contains(t, text, "The recipients are saved")
	_, text = admin.post("/settings", "back", "/settings", "invoices", "nobody", "changes", "")
	require.Contains(t, text, "not a mail address")
	_, text = admin.get("/billing/recipients")
	require.Contains(t, text, at+"/settings")
	staff := browse(t, at).as(rbac.ClientStaff)
	status, _ := staff.get("/settings")
	require.Equal(t, http.StatusForbidden, status)
	_, text = staff.post("/settings", "back", "/settings", "invoices", "staff@aster.example", "changes", "")
	require.Contains(t, text, "may not edit")
}
