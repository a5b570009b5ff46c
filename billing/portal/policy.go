package portal

import (
	"net/url"
	"strings"
)

// contentPolicy is the Content-Security-Policy of pages: nothing but what the portal itself serves, no inline code and no
// inline style. Forms may lead to the payment portal and to the host's sign-in as well, because Chromium holds the
// redirect that answers a form to form-action.
func (p *Portal) contentPolicy() string {
	forms := []string{"'self'"}
	for _, host := range p.service.PortalHosts() {
		forms = appendSource(forms, "https", host)
	}
	if u, err := url.Parse(p.cfg.SignInURL); err == nil {
		forms = appendSource(forms, u.Scheme, u.Host)
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"connect-src 'self'",
		"form-action " + strings.Join(forms, " "),
		"base-uri 'none'",
		"frame-ancestors 'self'",
	}, "; ")
}

// appendSource adds an origin to the sources of a directive, unless the host is empty or has signs that end a source.
func appendSource(sources []string, scheme, host string) []string {
	if host == "" || strings.ContainsAny(host, " ;,*'\"\t\r\n") {
		return sources
	}
	return append(sources, scheme+"://"+host)
}
