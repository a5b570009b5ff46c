package portal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/billhatch/billhatch/rbac"
)

// ErrConfig is the kind of every error of [New].
var ErrConfig = errors.New("portal: invalid configuration")

// ErrSignedOut is what Identify returns when nobody is signed in. The zero principal says the same.
var ErrSignedOut = errors.New("signed out")

// Config is what a [Portal] is made of, beside the service. Identify and Clock are required.
type Config struct {
	// Identify tells who is signed in, from the host's own session. The principal is trusted: it must come from something
	// that the browser cannot choose. Nobody is ErrSignedOut or the zero principal; any other error is answered as
	// unavailable for now.
	Identify func(*http.Request) (rbac.Principal, error)
	// Clock is time.Now in a program. It times rate limits and kept reports; dates of billing come from the service's.
	Clock func() time.Time

	BasePath       string   // where the portal is mounted; empty: "/billing"; "/": the whole host
	TrustedOrigins []string // other origins whose pages may send requests that change something, such as "https://app.example.com"

	SignInURL string // where nobody is sent from a page; empty: a page that says so
	HostURL   string // the way back into the product, linked on every page; empty: none
	HostName  string // its name, such as "Meridian"

	// Language gives the reader's language as a BCP 47 tag; nil or empty: what the browser accepts.
	Language func(*http.Request) string
	// Messages change wording or add languages: <language>.json.
	Messages fs.FS
	// Templates replace templates of the same name, such as "layout.html". They are tried on sample data in New.
	Templates fs.FS
	// Stylesheets are loaded by every page after the portal's own: URLs of the same origin that set --billing-* tokens.
	Stylesheets []string
	// OmitCSP leaves the Content-Security-Policy of pages to the host. The portal's own allows nothing inline.
	OmitCSP bool

	// Limiter counts requests per person (C15). Nil: Rate in this process.
	Limiter Limiter
	Rate    Rate
	// MaxInFlight bounds the requests at work; more wait shortly or are refused. 0: 256.
	MaxInFlight int

	Reports Reports

	Logger *slog.Logger // nil: silent. It never gets an address, a link or a purpose.
}

// Limiter counts requests per person.
type Limiter interface {
	// Allow takes one request of the person, or tells when to come again.
	Allow(person string, now time.Time) (ok bool, retryAfter time.Duration)
}

// Rate is how many requests a person may make. The zero value is 300 a minute, 60 at once.
type Rate struct {
	PerMinute int
	Burst     int
}

// Reports says how reports are made: in the background, into private files that are kept for a while. The zero value is
// good for one process; several replicas each keep their own.
type Reports struct {
	Dir      string        // empty: the system's directory for temporary files
	Keep     time.Duration // how long a finished file is kept; 0: 15 minutes
	MaxBytes int64         // of one file; 0: 256 MiB
	Most     int           // at a time; 0: 4
	// Wait is how long a page waits for a report before it shows the progress; 0: a second; negative: not at all.
	Wait time.Duration
}

// Defaults of Config.
const (
	DefaultBasePath    = "/billing"
	DefaultMaxInFlight = 256
)

// complete checks the configuration and fills the defaults in.
func (c *Config) complete() error {
	if c.Identify == nil {
		return invalid("Identify", "required")
	}
	if c.Clock == nil {
		return invalid("Clock", "required; time.Now in a program")
	}
	base, err := cleanBase(c.BasePath)
	if err != nil {
		return err
	}
	c.BasePath = base
	for field, text := range map[string]string{"SignInURL": c.SignInURL, "HostURL": c.HostURL} {
		if text != "" && !safeLink(text) {
			return invalid(field, "neither a path nor an absolute http url")
		}
	}
	for _, text := range c.Stylesheets {
		if !strings.HasPrefix(text, "/") || !safeLink(text) {
			return invalid("Stylesheets", "%q is not a path on this origin", text)
		}
	}
	if c.Rate.PerMinute < 0 || c.Rate.Burst < 0 {
		return invalid("Rate", "negative")
	}
	if c.MaxInFlight < 0 {
		return invalid("MaxInFlight", "negative")
	}
	if c.Rate.PerMinute == 0 {
		c.Rate.PerMinute = 300
	}
	if c.Rate.Burst == 0 {
		c.Rate.Burst = max(1, c.Rate.PerMinute/5)
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = DefaultMaxInFlight
	}
	if c.Reports.Wait == 0 {
		c.Reports.Wait = time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// invalid says which field of the configuration is wrong.
func invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrConfig, field, fmt.Sprintf(format, args...))
}

// cleanBase gives the base path without a slash at its end: "" for the root of a host.
func cleanBase(base string) (string, error) {
	if base == "" {
		base = DefaultBasePath
	}
	base = strings.TrimSuffix(base, "/")
	if base == "" {
		return "", nil
	}
	if base[0] != '/' {
		return "", invalid("BasePath", "%q does not begin with a slash", base)
	}
	for _, part := range strings.Split(base[1:], "/") {
		if part == "" || part == "." || part == ".." || url.PathEscape(part) != part {
			return "", invalid("BasePath", "%q is not a plain path such as /billing", base)
		}
	}
	return base, nil
}

// safeLink accepts paths on this origin and absolute http and https URLs.
func safeLink(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || strings.ContainsAny(text, "\\\r\n\t \"'<>`") {
		return false
	}
	if u.Scheme == "" {
		return u.Host == "" && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
	}
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Opaque == ""
}
