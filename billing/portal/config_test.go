package portal_test

import (
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
)

// TestAWrongConfigurationFailsInNew: each with ErrConfig and the name of the field (F21).
func TestAWrongConfigurationFailsInNew(t *testing.T) {
	t.Parallel()
	file := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	for name, c := range map[string]struct {
		change func(*portal.Config)
		field  string
	}{
		"nobody tells who is signed in":       {func(c *portal.Config) { c.Identify = nil }, "Identify"},
		"no clock":                            {func(c *portal.Config) { c.Clock = nil }, "Clock"},
		"a base path without a slash":         {func(c *portal.Config) { c.BasePath = "billing" }, "BasePath"},
		"a base path with two slashes":        {func(c *portal.Config) { c.BasePath = "/a//b" }, "BasePath"},
		"a base path that climbs":             {func(c *portal.Config) { c.BasePath = "/a/../b" }, "BasePath"},
		"a base path with a wildcard":         {func(c *portal.Config) { c.BasePath = "/a/{b}" }, "BasePath"},
		"a base path with a query":            {func(c *portal.Config) { c.BasePath = "/a?b" }, "BasePath"},
		"a base path with a space":            {func(c *portal.Config) { c.BasePath = "/a b" }, "BasePath"},
		"a base path that is a URL":           {func(c *portal.Config) { c.BasePath = "https://host.example/billing" }, "BasePath"},
		"an origin with a path":               {func(c *portal.Config) { c.TrustedOrigins = []string{"https://host.example/x"} }, "TrustedOrigins"},
		"an origin without a scheme":          {func(c *portal.Config) { c.TrustedOrigins = []string{"host.example"} }, "TrustedOrigins"},
		"a sign-in that is a script":          {func(c *portal.Config) { c.SignInURL = "javascript:alert(1)" }, "SignInURL"},
		"a sign-in on another host by slash":  {func(c *portal.Config) { c.SignInURL = "//evil.example" }, "SignInURL"},
		"a sign-in with a backslash":          {func(c *portal.Config) { c.SignInURL = `/\evil.example` }, "SignInURL"},
		"a way back with a password in it":    {func(c *portal.Config) { c.HostURL = "https://a:b@host.example" }, "HostURL"},
		"a way back without a host":           {func(c *portal.Config) { c.HostURL = "https:evil" }, "HostURL"},
		"a stylesheet of another origin":      {func(c *portal.Config) { c.Stylesheets = []string{"https://cdn.example/x.css"} }, "Stylesheets"},
		"a stylesheet by a relative path":     {func(c *portal.Config) { c.Stylesheets = []string{"x.css"} }, "Stylesheets"},
		"a stylesheet with a quote in it":     {func(c *portal.Config) { c.Stylesheets = []string{`/x".css`} }, "Stylesheets"},
		"a negative rate":                     {func(c *portal.Config) { c.Rate.PerMinute = -1 }, "Rate"},
		"a negative burst":                    {func(c *portal.Config) { c.Rate.Burst = -1 }, "Rate"},
		"negative work in flight":             {func(c *portal.Config) { c.MaxInFlight = -1 }, "MaxInFlight"},
		"a template that does not parse":      {func(c *portal.Config) { c.Templates = file("usage.html", "{{") }, "Templates"},
		"a template of an unknown name":       {func(c *portal.Config) { c.Templates = file("usages.html", "x") }, "Templates"},
		"a template with an unknown field":    {func(c *portal.Config) { c.Templates = file("usage.html", `{{define "main"}}{{.Panel.Nope}}{{end}}`) }, "Templates"},
		"messages that are not JSON":          {func(c *portal.Config) { c.Messages = file("en.json", "{") }, "Messages"},
		"a message that nobody knows":         {func(c *portal.Config) { c.Messages = file("en.json", `{"nobody.knows": "x"}`) }, "Messages"},
		"reports in a folder that is not":     {func(c *portal.Config) { c.Reports.Dir = "/nowhere/at/all" }, "Reports"},
		"reports that are kept less than now": {func(c *portal.Config) { c.Reports.Keep = -time.Second }, "Reports"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			cfg := h.config
			c.change(&cfg)
			p, err := portal.New(h.service, cfg)
			require.ErrorIs(t, err, portal.ErrConfig)
			require.ErrorContains(t, err, c.field+":")
			require.Nil(t, p)
		})
	}
	_, err := portal.New(nil, build(t, rbac.ClientPolicy()).config)
	require.ErrorIs(t, err, portal.ErrConfig)
}

// TestThePatternIsTheBasePath for every way of writing it.
func TestThePatternIsTheBasePath(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	for base, want := range map[string]string{
		"": "/billing/", "/billing": "/billing/", "/billing/": "/billing/", "/": "/", "/a/b": "/a/b/", "/a-b_c.d": "/a-b_c.d/",
	} {
		h := build(t, rbac.ClientPolicy())
		cfg := h.config
		cfg.BasePath = base
		p, err := portal.New(h.service, cfg)
		require.NoError(t, err, base)
		require.Equal(t, want, p.Pattern())
		http.NewServeMux().Handle(p.Pattern(), p)
	}
}
