package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

// TestBodiesAreReadStrictly (T8): what is not exactly the JSON that an operation takes changes nothing, is not recorded and
// reaches nobody.
func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	const good = `{"NAME":"VALUE"}`
	deep := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	for name, c := range map[string]struct {
		body    string // NAME and VALUE stand for a member that the operation takes
		header  []string
		status  int
		problem string
	}{
		"no body":                         {"", nil, 400, "malformed"},
		"a form":                          {"NAME=VALUE", nil, 400, "malformed"},
		"a list":                          {`[{"NAME":"VALUE"}]`, nil, 400, "malformed"},
		"null":                            {`null`, nil, 400, "malformed"},
		"an empty object":                 {`{}`, nil, 400, "malformed"},
		"a member that is null":           {`{"NAME":null}`, nil, 400, "malformed"},
		"a number for a text":             {`{"NAME":1}`, nil, 400, "malformed"},
		"a member twice":                  {`{"NAME":"VALUE","NAME":"VALUE"}`, nil, 400, "malformed"},
		"a member in other case":          {`{"Name":"VALUE"}`, nil, 400, "malformed"},
		"a member in both cases":          {`{"NAME":"VALUE","Name":"x"}`, nil, 400, "malformed"},
		"an unknown member":               {`{"NAME":"VALUE","canary":"x"}`, nil, 400, "malformed"},
		"another account":                 {`{"NAME":"VALUE","account":"acct_other"}`, nil, 400, "malformed"},
		"a role":                          {`{"NAME":"VALUE","roles":["admin"]}`, nil, 400, "malformed"},
		"data after the object":           {good + good, nil, 400, "malformed"},
		"a byte order mark":               {"\xef\xbb\xbf" + good, nil, 400, "malformed"},
		"bytes that are not UTF-8":        {"{\"NAME\":\"\xff\"}", nil, 400, "malformed"},
		"half of a surrogate pair":        {`{"NAME":"\ud83d"}`, nil, 400, "malformed"},
		"ten thousand levels":             {deep, nil, 400, "malformed"},
		"five thousand levels":            {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), nil, 400, "malformed"},
		"a member of forty levels":        {`{"NAME":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, nil, 400, "malformed"},
		"a mebibyte":                      {`{"NAME":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "too_large"},
		"a byte more than 64 KiB":         {good + strings.Repeat(" ", 64<<10+1-len(good)), nil, 413, "too_large"},
		"a form by its type":              {good, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "media_type"},
		"text by its type":                {good, []string{"Content-Type", "text/plain"}, 415, "media_type"},
		"no type":                         {good, []string{"Content-Type", ""}, 415, "media_type"},
		"a type that is like JSON":        {good, []string{"Content-Type", "application/json-patch+json"}, 415, "media_type"},
		"JSON in another charset":         {good, []string{"Content-Type", "application/json; charset=utf-16"}, 415, "media_type"},
		"JSON that is packed":             {good, []string{"Content-Encoding", "gzip"}, 415, "media_type"},
		"a type that cannot be read":      {good, []string{"Content-Type", "application/json; ;"}, 415, "media_type"},
		"a parameter beside a good body":  {good, []string{"", "?account=acct_other"}, 400, "malformed"},
		"a member in the query as a body": {"", []string{"", "?NAME=VALUE"}, 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, v := apiHouse(t)
			for _, r := range apiRoutes() {
				if !writes(r) {
					continue
				}
				member := map[string]string{
					"api_reveal_recipient": "purpose", "api_start_report": "month", "api_open_portal": "confirm", "api_change_email": "email",
				}[r.Name]
				values := strings.NewReplacer("NAME", member, "Name", strings.ToUpper(member[:1])+member[1:], "VALUE", "2026-09")
				request := v.good(r)
				path, headers := h.pathOf(r), []string{"Content-Type", "application/json", "If-Match", request.Header.Get("If-Match")}
				if len(c.header) > 0 && c.header[0] == "" {
					path += values.Replace(c.header[1])
				} else {
					headers = append(headers, c.header...)
				}
				h.world.ResetCalls()
				a := v.do(v.request(r.Method, path, values.Replace(c.body), headers...))
				requireProblem(t, a, c.status, c.problem)
				require.NotContains(t, a.body, "canary", "what was sent is not repeated")
				require.Empty(t, h.world.Calls(), r.Name)
			}
		})
	}
}

// TestABodyOf64KiBIsRead: the bound is exact.
func TestABodyOf64KiBIsRead(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t)
	good := `{"confirm":"x"}`
	a := v.send(http.MethodPost, "/api/accounts/self/portal-sessions", good+strings.Repeat(" ", 64<<10-len(good)))
	requireProblem(t, a, http.StatusConflict, "confirmation_needed")
}

// cutOff gives a text and then fails, like a connection that is lost.
type cutOff struct{ *strings.Reader }

func (c cutOff) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestABodyThatIsCutOffChangesNothing, also where what came of it is good JSON.
func TestABodyThatIsCutOffChangesNothing(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	r := v.request(http.MethodPut, emailPath, "", "Content-Type", "application/json", "If-Match", v.tag(t))
	r.Body = io.NopCloser(cutOff{strings.NewReader(`{"email":"new@example.com"}`)})
	requireProblem(t, v.straight(r), http.StatusBadRequest, "malformed")
	require.Empty(t, h.world.CallsOf("UpdateEmail", "Append"))
}

// TestAMemberThatIsWrongIsNamed.
func TestAMemberThatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t)
	for body, field := range map[string]string{
		`{}`: "month", `{"month":1}`: "month", `{"month":"2026-09","format":1}`: "format", `{"format":"csv"}`: "month",
	} {
		a := v.send(http.MethodPost, "/api/accounts/self/reports", body)
		requireProblem(t, a, http.StatusBadRequest, "malformed")
		require.Contains(t, a.body, `"field":"`+field+`"`, body)
	}
}

// returnURLs are what people try to be led to.
var returnURLs = []string{
	"//evil.example", `/\\evil.example`, "https:/evil.example", "https:///evil.example", "https:evil.example", "https://evil.example",
	"https://host.example@evil.example", "https://host.example#@evil.example", "javascript:alert(1)", "data:text/html,x",
	"https://host.example/%0d%0aX:1", "%2e%2e/", "https://host.example./", "https://127.0.0.1/", "https://[::1]/", "https://host.example:444/",
	"https://xn--hst-0na.example/", "https://host.example/" + strings.Repeat("a", 4096), "/billing", "https://host.example/billing",
}

// TestWhereThePortalLeadsBackToIsTheHostsChoice (C10): no member, parameter or header of the request says where; links of
// an answer do not take the host from the request.
func TestWhereThePortalLeadsBackToIsTheHostsChoice(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	var asked []string
	h.world.InjectAlways("PortalSession", memoryFault(func(s *provider.PortalSession) { asked = append(asked, s.Customer) }))
	confirm := read[struct{ Confirm string }](t, v.get("/api/accounts/self/portal")).Confirm
	for _, to := range returnURLs {
		for _, member := range []string{"return_url", "returnUrl", "return_to", "redirect", "url", "customer"} {
			body := fmt.Sprintf(`{"confirm":%q,%q:%q}`, confirm, member, to)
			requireProblem(t, v.send(http.MethodPost, "/api/accounts/self/portal-sessions", body), http.StatusBadRequest, "malformed")
		}
		r := v.request(http.MethodPost, "/api/accounts/self/portal-sessions", fmt.Sprintf(`{"confirm":%q}`, confirm), "Content-Type", "application/json")
		r.URL.RawQuery = "return_url=" + strings.NewReplacer("#", "%23", "%", "%25", ";", "%3b").Replace(to)
		requireProblem(t, v.do(r), http.StatusBadRequest, "malformed")
	}
	require.Empty(t, asked)
	r := v.request(http.MethodPost, "/api/accounts/self/reports", `{"month":"2026-09","format":"csv"}`, "Content-Type", "application/json",
		"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "gopher", "Forwarded", "host=evil.example", "X-Original-URL", "/evil")
	r.Host, r.URL.Host = "evil.example", "evil.example"
	r.Header.Set("Origin", "https://evil.example")
	a := v.do(r)
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
	require.Equal(t, "/billing/api/accounts/self/reports/2026-09?format=csv", a.header.Get("Location"))
	require.NotContains(t, a.body+fmt.Sprint(a.header), "evil")
}
