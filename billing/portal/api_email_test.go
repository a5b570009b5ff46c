package portal_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

const emailPath = "/api/accounts/self/billing-email"

// tag is the version of the billing email.
func (v *visitor) tag(t testing.TB) string {
	t.Helper()
	tag := v.get(emailPath).header.Get("ETag")
	require.Regexp(t, `^"[A-Za-z0-9_-]{20,}"$`, tag)
	return tag
}

// put changes the billing email; every tag is a header line of its own.
func (v *visitor) put(email string, tags ...string) *answer {
	r := v.request(http.MethodPut, emailPath, `{"email":"`+email+`"}`, "Content-Type", "application/json")
	r.Header["If-Match"] = tags
	if tags == nil {
		r.Header.Del("If-Match")
	}
	return v.do(r)
}

// TestAChangeNeedsTheVersionThatItWasDrawnWith (T16, O6): the table of If-Match.
func TestAChangeNeedsTheVersionThatItWasDrawnWith(t *testing.T) {
	t.Parallel()
	const stale = `"c3RhbGUtdmVyc2lvbi10YWc"`
	for name, c := range map[string]struct {
		tags    []string // TAG stands for the current one
		status  int
		problem string // empty: it is changed
	}{
		"the version":                      {[]string{`TAG`}, 200, ""},
		"the version in a list":            {[]string{stale + `, TAG`}, 200, ""},
		"the version in a list, tight":     {[]string{`TAG,` + stale}, 200, ""},
		"the version in a second line":     {[]string{stale, `TAG`}, 200, ""},
		"the version beside a weak one":    {[]string{`W/"x", TAG`}, 200, ""},
		"the version with space around it": {[]string{" \tTAG \t"}, 200, ""},
		"sixteen versions":                 {[]string{strings.Repeat(stale+",", 15) + `TAG`}, 200, ""},
		"no version":                       {nil, 428, "version_required"},
		"another version":                  {[]string{stale}, 412, "version_changed"},
		"other versions":                   {[]string{stale + "," + stale}, 412, "version_changed"},
		"the version as a weak one":        {[]string{`W/TAG`}, 412, "version_changed"},
		"weak ones alone":                  {[]string{`W/"a", W/"b"`}, 412, "version_changed"},
		"a version that is empty":          {[]string{`""`}, 412, "version_changed"},
		"none that there ever is":          {[]string{`"-"`}, 412, "version_changed"},
		"any version":                      {[]string{`*`}, 400, "malformed"},
		"any version in a list":            {[]string{`TAG, *`}, 400, "malformed"},
		"a header without a value":         {[]string{``}, 400, "malformed"},
		"a version without quotes":         {[]string{`abc`}, 400, "malformed"},
		"a version without its end":        {[]string{`"abc`}, 400, "malformed"},
		"a version with a space in it":     {[]string{`"a b"`}, 400, "malformed"},
		"versions without a comma":         {[]string{stale + ` TAG`}, 400, "malformed"},
		"a comma too many":                 {[]string{`TAG,`}, 400, "malformed"},
		"a comma before":                   {[]string{`,TAG`}, 400, "malformed"},
		"a weak sign in lower case":        {[]string{`w/TAG`}, 400, "malformed"},
		"seventeen versions":               {[]string{strings.Repeat(stale+",", 16) + `TAG`}, 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, v := apiHouse(t)
			tag := v.tag(t)
			var tags []string
			for _, text := range c.tags {
				tags = append(tags, strings.ReplaceAll(text, "TAG", tag))
			}
			a := v.put("new@example.com", tags...)
			require.Equal(t, c.status, a.status, a.body)
			if c.problem != "" {
				require.Equal(t, c.problem, a.problem(t))
				require.Empty(t, h.world.CallsOf("UpdateEmail"))
				require.Equal(t, tag, v.tag(t), "nothing was changed")
				return
			}
			require.Equal(t, "new@example.com", *read[apimodel.BillingEmail](t, a).Email)
			require.NotEqual(t, tag, a.header.Get("ETag"))
			require.Equal(t, a.header.Get("ETag"), v.tag(t))
		})
	}
}

// TestWhoMayNotChangeTheAddressLearnsNothingOfIt (O1): the right comes before the version.
func TestWhoMayNotChangeTheAddressLearnsNothingOfIt(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	tag := h.as(person(rbac.Admin)).tag(t)
	for _, role := range []rbac.Role{rbac.FullMember, rbac.Sales, rbac.Billing, rbac.ExternalGuest} {
		for _, tags := range []string{tag, `"stale"`, `W/"x"`} {
			requireProblem(t, h.as(person(role)).put("new@example.com", tags), http.StatusForbidden, "forbidden")
		}
	}
	require.Empty(t, h.world.CallsOf("UpdateEmail", "Append"))
}

// TestTheSameAddressAgainKeepsItsVersion (T16).
func TestTheSameAddressAgainKeepsItsVersion(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	tag := v.tag(t)
	for range 3 {
		a := v.put(h.home().email, tag)
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, tag, a.header.Get("ETag"))
	}
	a := v.put("other@example.com", tag)
	other := a.header.Get("ETag")
	require.NotEqual(t, tag, other)
	requireProblem(t, v.put(h.home().email, tag), http.StatusPreconditionFailed, "version_changed")
	require.Equal(t, tag, v.put(h.home().email, other).header.Get("ETag"), "the version is that of the address")
}

// TestOneOfManyChangesWinsPerVersion (T16): 64 people change the address at once, in eight rounds.
func TestOneOfManyChangesWinsPerVersion(t *testing.T) {
	t.Parallel()
	const people, rounds = 64, 8
	_, v := apiHouse(t, func(h *house) { h.config.MaxInFlight = 8 * people }) // an eighth of it is one person's
	seen := map[string]bool{}
	for round := range rounds {
		tag := v.tag(t)
		require.False(t, seen[tag], "every version is a new one")
		seen[tag] = true
		answers := make([]*answer, people)
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				answers[i] = v.put(fmt.Sprintf("person-%d-%d@example.com", round, i), tag)
			})
		}
		wg.Wait()
		winner := ""
		for _, a := range answers {
			if a.status == http.StatusOK {
				require.Empty(t, winner, "one wins")
				winner = *read[apimodel.BillingEmail](t, a).Email
				continue
			}
			requireProblem(t, a, http.StatusPreconditionFailed, "version_changed")
		}
		require.NotEmpty(t, winner)
		require.Equal(t, winner, *read[apimodel.BillingEmail](t, v.get(emailPath)).Email)
	}
}

// TestAChangeBesideTheProvidersOwn (T16): the address was changed at the provider between the version and the change.
func TestAChangeBesideTheProvidersOwn(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	tag := v.tag(t)
	h.world.SetEmail(h.home().Customer, "changed.there@example.com")
	requireProblem(t, v.put("new@example.com", tag), http.StatusPreconditionFailed, "version_changed")
	h.world.FailNext("UpdateEmail", provider.ErrConflict) // and while it is being written
	requireProblem(t, v.put("new@example.com", v.tag(t)), http.StatusPreconditionFailed, "version_changed")
	require.Equal(t, "changed.there@example.com", *read[apimodel.BillingEmail](t, v.get(emailPath)).Email)
}

// TestAddressesThatAreNone (T17, O6) are refused with the field.
func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	tag := v.tag(t)
	for _, address := range []string{
		``, `a`, `a@`, `@b.example`, `a b@c.example`, `a@b.example\r\nBcc: x@y.example`, `a@b.example\u0000`, `a@b.example, c@d.example`,
		`Name <a@b.example>`, `a@b..example`, strings.Repeat("a", 64) + "@" + strings.Repeat("b", 190) + ".example",
	} {
		a := v.put(address, tag)
		requireProblem(t, a, http.StatusUnprocessableEntity, "invalid")
		require.Contains(t, a.body, `"field":"email"`)
		require.NotContains(t, a.body, "@", "what was sent is not repeated")
	}
	require.Equal(t, tag, v.tag(t))
	require.Empty(t, h.world.CallsOf("UpdateEmail"))
}

// TestAnAddressThatAnotherCustomerHas (O5) is refused, unless the host allows it.
func TestAnAddressThatAnotherCustomerHas(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	other := h.accounts[rbactest.Other.AccountOf()].email
	a := v.put(other, v.tag(t))
	requireProblem(t, a, http.StatusConflict, "shared_email")
	require.NotContains(t, a.body, canaryOf(rbactest.Other.AccountOf()))

	_, v = apiHouse(t, func(h *house) { h.billing.AllowSharedEmail = true })
	a = v.put(other, v.tag(t))
	require.Equal(t, http.StatusOK, a.status)
	require.True(t, read[apimodel.BillingEmail](t, a).Shared)
	require.True(t, read[apimodel.BillingEmail](t, v.get(emailPath)).Shared)
}

// TestABillingEmailThatCannotBeRead has no version, so that nobody changes what nobody has seen.
func TestABillingEmailThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	tag := v.tag(t)
	h.world.FailNext("Customer", provider.ErrUnavailable)
	a := v.get(emailPath)
	require.Equal(t, http.StatusOK, a.status)
	require.NotContains(t, a.header, "Etag")
	panel := read[apimodel.BillingEmail](t, a)
	require.Equal(t, apimodel.StateUnavailable, panel.Status.State)
	require.Equal(t, apimodel.StepRefresh, panel.Status.Step)
	require.Nil(t, panel.Email)
	for kind, want := range map[error]struct {
		status  int
		problem string
	}{
		provider.ErrUnsupported:   {501, "unsupported"},
		provider.ErrUnavailable:   {503, "unavailable"},
		provider.ErrTimeout:       {504, "timeout"},
		provider.ErrMisconfigured: {502, "needs_attention"},
		provider.ErrUnknown:       {502, "unknown_outcome"},
		provider.ErrRateLimited:   {429, "rate_limited"},
		provider.ErrNotConfigured: {409, "not_configured"},
	} {
		h.world.FailNext("UpdateEmail", kind)
		requireProblem(t, v.put("new@example.com", tag), want.status, want.problem)
	}
	h.world.FailNext("Append", provider.ErrUnavailable)
	requireProblem(t, v.put("new@example.com", tag), 503, "audit_unavailable")
	require.Equal(t, tag, v.tag(t), "nothing was changed")
}

// TestNoBillingEmailIsOnFileYet (O6): that has a version as well, and is changed like any other.
func TestNoBillingEmailIsOnFileYet(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	h.world.SetEmail(h.home().Customer, "")
	a := v.get(emailPath)
	panel := read[apimodel.BillingEmail](t, a)
	require.Equal(t, apimodel.StateNothingYet, panel.Status.State)
	require.Nil(t, panel.Email)
	requireProblem(t, v.put("first@example.com", `""`), http.StatusPreconditionFailed, "version_changed")
	require.Equal(t, http.StatusOK, v.put("first@example.com", a.header.Get("ETag")).status)
}

// TestTheWayIntoThePortal (O4, O5, C10): who may see the billing email sees the address that can log in; everybody else
// who may open the portal sees it masked.
func TestTheWayIntoThePortal(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for role, way := range map[rbac.Role]apimodel.Way{rbac.Admin: apimodel.WayMagicLink, rbac.Billing: apimodel.WayDirect} {
		v := h.as(person(role))
		panel := read[apimodel.PortalWay](t, v.get("/api/accounts/self/portal"))
		require.Equal(t, way, *panel.Way)
		require.Equal(t, apimodel.StepOpenPortal, panel.Status.Step)
		if way == apimodel.WayMagicLink {
			require.Equal(t, h.home().email, *panel.Email)
			require.NotContains(t, *panel.MaskedEmail, h.home().canary)
		} else {
			require.Nil(t, panel.Email)
			require.Nil(t, panel.MaskedEmail)
		}
		a := v.send(http.MethodPost, "/api/accounts/self/portal-sessions", `{"confirm":"`+*panel.Confirm+`"}`)
		require.Equal(t, http.StatusCreated, a.status, a.body)
		session := read[apimodel.PortalSession](t, a)
		require.Equal(t, way, session.Way)
		require.True(t, strings.HasPrefix(session.Url, "https://billing.invalid/"), "the link itself")
		require.Empty(t, a.header.Get("Location"), "a credential stands in no header")
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}

	policy := rbac.ClientPolicy()
	h = build(t, policy, func(h *house) { h.billing.DirectRoles = []rbac.Role{} })
	a := h.as(person(rbac.ClientAdmin)).get("/api/accounts/self/portal")
	panel := read[apimodel.PortalWay](t, a)
	require.Equal(t, apimodel.WayMagicLink, *panel.Way)
	require.Nil(t, panel.Email)
	require.NotEmpty(t, *panel.MaskedEmail)
	require.NotContains(t, a.body, h.home().email)
}

// TestAPortalThatIsNotOpened (C10): what fails, and that the link is then nowhere.
func TestAPortalThatIsNotOpened(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	const path = "/api/accounts/self/portal-sessions"
	for _, confirm := range []string{"", "yes", "2026-10-17T12:15:00Z.AAAA", "2026-10-17T12:15:00Z.AAAAAAAAAAAAAAAAAAAAAA"} {
		requireProblem(t, v.send(http.MethodPost, path, `{"confirm":"`+confirm+`"}`), http.StatusConflict, "confirmation_needed")
	}
	confirm := *read[apimodel.PortalWay](t, v.get("/api/accounts/self/portal")).Confirm
	other := h.as(rbac.Principal{ID: "user-second", Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientAdmin}})
	requireProblem(t, other.send(http.MethodPost, path, `{"confirm":"`+confirm+`"}`), http.StatusConflict, "confirmation_needed")
	for kind, want := range map[error]struct {
		status  int
		problem string
	}{
		provider.ErrUnsupported:   {501, "unsupported"},
		provider.ErrMisconfigured: {502, "needs_attention"},
		provider.ErrUnavailable:   {503, "unavailable"},
		provider.ErrTimeout:       {504, "timeout"},
		provider.ErrNotConfigured: {409, "not_configured"},
	} {
		h.world.FailNext("PortalSession", kind)
		requireProblem(t, v.send(http.MethodPost, path, `{"confirm":"`+confirm+`"}`), want.status, want.problem)
	}
	h.world.Inject("PortalSession", memoryFault(func(s *provider.PortalSession) { s.Customer = "cus_other" }))
	a := v.send(http.MethodPost, path, `{"confirm":"`+confirm+`"}`)
	requireProblem(t, a, http.StatusBadGateway, "needs_attention")
	require.NotContains(t, a.body, "billing.invalid")

	h, v = apiHouse(t, func(h *house) { h.billing.PortalHosts = []string{"billing.elsewhere.example"} })
	confirm = *read[apimodel.PortalWay](t, v.get("/api/accounts/self/portal")).Confirm
	a = v.send(http.MethodPost, path, `{"confirm":"`+confirm+`"}`)
	requireProblem(t, a, http.StatusBadGateway, "needs_attention")
	require.NotContains(t, a.body, "billing.invalid")
	h.world.FailNext("Customer", provider.ErrNotConfigured)
	way := read[apimodel.PortalWay](t, v.get("/api/accounts/self/portal"))
	require.Equal(t, apimodel.State(billing.NotConfigured), way.Status.State)
	require.Nil(t, way.Way)
	require.Nil(t, way.Confirm)
	require.Equal(t, apimodel.TopicSetup, way.Status.Support.Topic)
}
