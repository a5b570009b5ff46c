package portal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
)

// TestC14AnAPIKeyIsRefused (C14) for pages and the API, whatever it is, and before anything is looked up; it is not logged.
func TestC14AnAPIKeyIsRefused(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	v := h.as(person(rbac.ClientAdmin))
	for _, path := range []string{"/", "/usage", "/api/accounts/self/usage", "/clients/other/usage"} {
		a := v.get(path, "X-Api-Key", "key-canary")
		require.Equal(t, http.StatusBadRequest, a.status, path)
		require.NotContains(t, a.body+fmt.Sprint(a.header), "key-canary")
	}
	require.Empty(t, h.world.Calls())
	require.NotContains(t, log.String(), "key-canary")
	require.Equal(t, http.StatusOK, v.get("/usage", "Authorization", "Bearer of-the-host").status, "what else the host uses is its own")
}

// TestC15RequestsAreLimitedPerPerson (C15): whatever they ask for, with a time to come again; others are not touched.
func TestC15RequestsAreLimitedPerPerson(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.Rate = portal.Rate{PerMinute: 60, Burst: 5} })
	v := h.as(person(rbac.ClientAdmin))
	for i, path := range []string{"/usage", "/invoices", "/clients/other/usage", "/api/me", "/api/accounts/other/usage"} {
		require.NotEqual(t, http.StatusTooManyRequests, v.get(path).status, i)
	}
	h.world.ResetCalls()
	for _, path := range []string{"/usage", "/clients/other/usage", "/api/accounts/self/usage"} {
		a := v.get(path)
		require.Equal(t, http.StatusTooManyRequests, a.status)
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		require.NoError(t, err)
		require.Positive(t, seconds)
	}
	require.Empty(t, h.world.Calls())
	require.Equal(t, http.StatusOK, h.as(person(rbac.ClientManager)).get("/usage").status)
	require.Equal(t, http.StatusOK, v.get("/assets/billhatch.css").status, "assets are nobody's requests")
	h.world.Advance(2 * time.Second)
	require.Equal(t, http.StatusOK, v.get("/usage").status, "later they are answered again")
}

// TestC16NothingIsCached (C16): every answer says so and has the headers that protect it, whatever it is.
func TestC16NothingIsCached(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(person(rbac.ClientAdmin))
	for _, a := range []*answer{
		v.get("/"), v.get("/usage"), v.get("/usage", portal.FragmentHeader, "1"), v.get("/invoices/" + h.home().invoice + "/pdf"), v.get("/nothing"),
		v.get("/api/accounts/self/usage"), v.get("/api/nothing"), v.get("/usage", "X-Api-Key", "k"), v.post("/usage"),
		v.do(v.request(http.MethodPost, "/portal", "", "Sec-Fetch-Site", "cross-site")), h.as(rbac.Principal{}).get("/usage"),
	} {
		require.Equal(t, "no-store", a.header.Get("Cache-Control"), a.status)
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"))
		require.NotEmpty(t, a.header.Get("Request-Id"))
		if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			require.True(t, strings.HasPrefix(a.header.Get("Content-Security-Policy"), "default-src 'none'; "), a.header)
		}
	}
}

// TestFormsFromElsewhereAreRefused (T14): only pages of this origin, or of a trusted one, may change something.
func TestFormsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.TrustedOrigins = []string{"https://app.host.example"} })
	v := h.as(person(rbac.ClientAdmin))
	reveal := "/recipients/" + h.home().recipient + "/reveal"
	for name, c := range map[string]struct {
		headers []string
		refused bool
	}{
		"the same origin":                        {[]string{"Sec-Fetch-Site", "same-origin"}, false},
		"the address bar":                        {[]string{"Sec-Fetch-Site", "none"}, false},
		"another site":                           {[]string{"Sec-Fetch-Site", "cross-site"}, true},
		"another sub-domain":                     {[]string{"Sec-Fetch-Site", "same-site"}, true},
		"a sub-domain that is trusted":           {[]string{"Sec-Fetch-Site", "same-site", "Origin", "https://app.host.example"}, false},
		"an old browser, this origin":            {[]string{"Sec-Fetch-Site", "", "Origin", "https://host.example"}, false},
		"an old browser, another origin":         {[]string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, true},
		"an old browser, a page without origin":  {[]string{"Sec-Fetch-Site", "", "Origin", "null"}, true},
		"no browser at all":                      {[]string{"Sec-Fetch-Site", ""}, false},
		"a method override does not make it GET": {[]string{"Sec-Fetch-Site", "cross-site", "X-HTTP-Method-Override", "GET"}, true},
	} {
		h.world.ResetCalls()
		r := v.request(http.MethodPost, reveal, "purpose=checking+it", append([]string{"Content-Type", "application/x-www-form-urlencoded"}, c.headers...)...)
		if r.Header.Get("Sec-Fetch-Site") == "" {
			r.Header.Del("Sec-Fetch-Site")
		}
		a := v.do(r)
		if c.refused {
			require.Equal(t, http.StatusForbidden, a.status, name)
			require.NotContains(t, a.body, h.home().revealed)
			require.Empty(t, h.world.Calls(), name)
			continue
		}
		require.Equal(t, http.StatusOK, a.status, name)
		require.Contains(t, a.body, h.home().revealed, name)
	}
	require.Equal(t, http.StatusOK, v.get("/usage", "Sec-Fetch-Site", "cross-site").status, "reading changes nothing")
}

// TestLinksAreNeverBuiltFromTheRequest (T13): whatever host it names.
func TestLinksAreNeverBuiltFromTheRequest(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(person(rbac.ClientAdmin))
	for _, path := range []string{"/", "/usage", "/invoices", "/portal", "/nothing", "/api/me"} {
		plain := v.get(path)
		r := v.request(http.MethodGet, path, "", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "javascript", "Forwarded", "host=evil.example",
			"X-Original-Url", "/evil", "X-Rewrite-Url", "/evil", "X-Forwarded-Prefix", "/evil")
		r.Host = "evil.example"
		a := v.do(r)
		require.Equal(t, plain.status, a.status, path)
		require.NotContains(t, a.body+fmt.Sprint(a.header), "evil", path)
	}
}

// TestWhoeverFailsInTheMiddle: a panic of the host is answered without a word of it, and half an answer is cut off (F20).
func TestWhoeverFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	panics := true
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		identify := h.config.Identify
		h.config.Identify = func(r *http.Request) (rbac.Principal, error) {
			if panics {
				panic("secret-canary")
			}
			return identify(r)
		}
		h.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	v := h.as(person(rbac.ClientAdmin))
	for _, path := range []string{"/usage", "/api/accounts/self/usage"} {
		a := v.get(path)
		require.Equal(t, http.StatusInternalServerError, a.status)
		require.NotContains(t, a.body+log.String(), "secret-canary")
		require.Contains(t, a.body, a.header.Get("Request-Id"), "for support")
		require.Contains(t, log.String(), a.header.Get("Request-Id"))
	}
	panics = false
	require.Equal(t, http.StatusOK, v.get("/usage").status, "the next request is answered")
	w := httptest.NewRecorder()
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { h.portal.ServeHTTP(&panicking{w}, v.request(http.MethodGet, "/usage", "")) })
}

// panicking is a connection that panics when its body is written.
type panicking struct{ *httptest.ResponseRecorder }

func (panicking) Write([]byte) (int, error) { panic("secret-canary") }

// TestWhoIsSignedIn is the host's to say: what it cannot say for now is unavailable, nobody is led to the sign-in.
func TestWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	var fails error
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.SignInURL = "/login?next=billing"
		h.config.Identify = func(*http.Request) (rbac.Principal, error) { return rbac.Principal{}, fails }
	})
	v := h.as(person(rbac.ClientAdmin))
	for _, fails = range []error{nil, portal.ErrSignedOut, fmt.Errorf("session: %w", portal.ErrSignedOut)} {
		a := v.get("/usage")
		require.Equal(t, http.StatusSeeOther, a.status)
		require.Equal(t, "/login?next=billing", a.header.Get("Location"))
		require.Equal(t, http.StatusUnauthorized, v.get("/api/me").status, "a script is told")
		require.Equal(t, http.StatusUnauthorized, v.get("/usage", portal.FragmentHeader, "1").status, "an element is told")
	}
	for _, fails = range []error{errors.New("host-canary is down"), context.DeadlineExceeded, provider.NotFound("Session")} {
		for _, path := range []string{"/usage", "/api/me"} {
			a := v.get(path)
			require.Equal(t, http.StatusServiceUnavailable, a.status)
			require.NotEmpty(t, a.header.Get("Retry-After"))
			require.NotContains(t, a.body, "host-canary")
		}
	}
	require.Empty(t, h.world.Calls())
}

// TestABasePathOfTheHostsChoice: pages, links and forms lie below it, also at the root, and also when it was stripped.
func TestABasePathOfTheHostsChoice(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/billing", "/account/billing", "/"} {
		h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.BasePath = base })
		v := h.as(person(rbac.ClientAdmin))
		prefix := strings.TrimSuffix(base, "/")
		for _, path := range []string{prefix + "/usage", "/usage"} { // the second one: the router has stripped it
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://host.example"+path, nil)
			r.Header.Set(personHeader, v.id)
			w := httptest.NewRecorder()
			h.portal.ServeHTTP(w, r)
			require.Equal(t, http.StatusOK, w.Code, base)
			require.Contains(t, w.Body.String(), `href="`+prefix+`/invoices"`)
			require.NotContains(t, w.Body.String(), `href="//`)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://host.example"+prefix+"/", nil)
		r.Header.Set(personHeader, v.id)
		w := httptest.NewRecorder()
		h.portal.ServeHTTP(w, r)
		require.Equal(t, prefix+"/usage", w.Header().Get("Location"))
	}
}

// TestC11AProblemThatSomebodyElseSolves (C11) comes with a prefilled ticket, in words of the account and for nobody else.
func TestC11AProblemThatSomebodyElseSolves(t *testing.T) {
	t.Parallel()
	for kind, topic := range map[error]string{
		provider.ErrNotConfigured: "setup", provider.ErrMisconfigured: "configuration", provider.ErrIncomplete: "configuration",
	} {
		h := build(t, rbac.ClientPolicy())
		v := h.as(person(rbac.ClientAdmin))
		confirm := v.get("/portal").document(t).one(t, has("name", "confirm")).attr["value"]
		h.world.FailAlways("PortalSession", &provider.Error{Kind: kind})
		a := v.post("/portal", "confirm", confirm)
		require.GreaterOrEqual(t, a.status, 400)
		require.Contains(t, strings.Join(a.document(t).links(), " "), "topic="+topic)
		require.NotContains(t, a.body, h.home().email)
	}
}

// TestEveryProblemIsKnown: each kind of error of the library has a line in the table, and the lines are sound.
func TestEveryProblemIsKnown(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, p := range portal.Problems() {
		require.False(t, names[p.Name], p.Name)
		names[p.Name] = true
		require.GreaterOrEqual(t, p.Status, 400)
		require.Less(t, p.Status, 600)
		require.Equal(t, "urn:billhatch:problem:"+p.Name, p.Type())
	}
}

// TestTheHostsChoiceOfALanguageComesFirst; when it has none for the reader, that of the browser counts.
func TestTheHostsChoiceOfALanguageComesFirst(t *testing.T) {
	t.Parallel()
	choice := ""
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.Language = func(*http.Request) string { return choice }
	})
	v := h.as(person(rbac.ClientAdmin))
	for _, c := range []struct{ host, browser, want string }{
		{"de", "en", "de"}, {"en", "de", "en"}, {"", "de", "de"}, {"", "en", "en"},
	} {
		choice = c.host
		require.Equal(t, c.want, v.get("/usage", "Accept-Language", c.browser).header.Get("Content-Language"), "%+v", c)
	}
}

// TestTheHeadOfADocumentThatCannotBeLookedUpHasTheSameAnswer as the document: that it is there is not known.
func TestTheHeadOfADocumentThatCannotBeLookedUpHasTheSameAnswer(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(person(rbac.ClientAdmin))
	status := func(path string) int {
		get, head := v.get(path), v.do(v.request(http.MethodHead, path, ""))
		require.Equal(t, get.status, head.status, path)
		require.Equal(t, get.header.Get("Retry-After"), head.header.Get("Retry-After"), path)
		return head.status
	}
	path := "/api/accounts/self/invoices/" + h.home().invoice + "/pdf"
	require.Equal(t, http.StatusOK, status(path))
	require.Equal(t, http.StatusNotFound, status("/api/accounts/self/invoices/in_none/pdf"))
	h.world.FailAlways("Account", provider.ErrUnavailable)
	require.Equal(t, http.StatusServiceUnavailable, status(path))
	h.world.Heal()
	h.world.FailAlways("Invoice", provider.ErrUnavailable)
	require.Equal(t, http.StatusServiceUnavailable, status(path))
}
