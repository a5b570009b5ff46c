package stripe

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// Config is what a [Provider] is made of. Key and Clock are required.
type Config struct {
	// Key gives the secret or restricted API key. It is asked for each call, so that a key can be rotated.
	Key func(ctx context.Context) (string, error)
	// Live says which kind of key and of objects is expected: a key or an object of the other mode is refused.
	Live bool
	// Account is a connected account (acct_…) that every call is for; empty: the account of the key.
	Account string
	// WebhookSecrets verify webhooks (whsec_…): several while one is rotated, none when there is no webhook.
	WebhookSecrets []string
	// Clock is time.Now in a program.
	Clock func() time.Time

	// PortalConfiguration chooses a configuration of the billing portal (bpc_…); empty: the account's default.
	PortalConfiguration string
	// PortalHosts are hosts of the portal beside those of stripe.com, when it has a domain of its own.
	PortalHosts []string
	// PDFHosts are hosts that the document of an invoice may come from beside those of stripe.com.
	PDFHosts []string
	// MaxPDF bounds documents, in bytes; 0: 20 MiB.
	MaxPDF int64
	// PDFTimeout is for fetching a document as a whole; 0: a minute.
	PDFTimeout time.Duration

	// Events is what the host keeps of Stripe's events, for discounts of the past; nil: only those of now are listed.
	Events Events

	Limits Limits
	// Timeouts of one attempt; 0: 10 seconds for reading, 25 for writing.
	ReadTimeout, WriteTimeout time.Duration
	// Attempts is how often a call is tried in all; 0: 4.
	Attempts int

	// BaseURL replaces https://api.stripe.com in tests: https, or http on the own machine.
	BaseURL string
	// Transport sends requests; nil: a transport of the provider's own. Redirects are refused whatever it does.
	Transport http.RoundTripper
	// PDFTransport fetches documents; nil: one of the provider's own, without a proxy, that connects to public addresses
	// only. One of the host's answers for where it connects to; hosts, redirects, size and time are checked all the same.
	PDFTransport http.RoundTripper
	// Sleep waits, for tests with a clock of their own; nil: by a timer.
	Sleep func(ctx context.Context, d time.Duration) error

	Logger *slog.Logger // nil: silent. It gets routes and problem kinds, never ids, addresses or links.
	// Observe is told of every request; nil: nobody. It must not block.
	Observe func(Call)
}

// Limits are requests per second. Everything that shares a key should share a [Provider].
type Limits struct {
	Account  int // 0: 95 for live keys, 23 for test keys, which leaves some of Stripe's 100 and 25
	Endpoint int // 0: 23 of Stripe's 25
}

// Call is one request that was sent, for metrics.
type Call struct {
	Method   string
	Route    string // such as "/v1/invoices/{id}"
	Status   int    // 0: no answer
	Attempt  int    // 1, and one more for each repetition
	Duration time.Duration
}

// Defaults of Config.
const (
	DefaultAttempts     = 4
	DefaultReadTimeout  = 10 * time.Second
	DefaultWriteTimeout = 25 * time.Second
	DefaultMaxPDF       = 20 << 20
	DefaultPDFTimeout   = time.Minute
)

const defaultBase = "https://api.stripe.com"

var (
	accountID       = regexp.MustCompile(`^acct_[A-Za-z0-9]{1,64}$`)
	configurationID = regexp.MustCompile(`^bpc_[A-Za-z0-9]{1,64}$`)
	hostName        = regexp.MustCompile(`^([A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}$`)
)

// maxAttempts bounds Config.Attempts.
const maxAttempts = 20

// minSecret is the least that follows the prefix of a webhook secret, in bytes.
const minSecret = 16

func badConfig(field, message string) error {
	return &provider.Error{Op: "New", Kind: provider.ErrInvalid, Field: field, Message: message}
}

// complete checks the configuration and fills the defaults in.
func (c *Config) complete() error {
	switch {
	case c.Key == nil:
		return badConfig("Key", "required")
	case c.Clock == nil:
		return badConfig("Clock", "required")
	case c.Account != "" && !accountID.MatchString(c.Account):
		return badConfig("Account", "not an id such as acct_123")
	case c.PortalConfiguration != "" && !configurationID.MatchString(c.PortalConfiguration):
		return badConfig("PortalConfiguration", "not an id such as bpc_123")
	case c.Limits.Account < 0 || c.Limits.Endpoint < 0:
		return badConfig("Limits", "negative")
	case c.Attempts < 0 || c.Attempts > maxAttempts:
		return badConfig("Attempts", "want 1 to 20")
	case c.ReadTimeout < 0 || c.WriteTimeout < 0 || c.PDFTimeout < 0:
		return badConfig("ReadTimeout", "negative")
	case c.MaxPDF < 0:
		return badConfig("MaxPDF", "negative")
	}
	for _, secret := range c.WebhookSecrets {
		if len(strings.TrimPrefix(secret, "whsec_")) < minSecret || strings.TrimSpace(secret) != secret {
			return badConfig("WebhookSecrets", "empty or too short to be a secret")
		}
	}
	for field, hosts := range map[string][]string{"PDFHosts": c.PDFHosts, "PortalHosts": c.PortalHosts} {
		if slices.ContainsFunc(hosts, func(host string) bool { return !hostName.MatchString(host) }) {
			return badConfig(field, "not the name of a host")
		}
	}
	if err := checkBase(c.BaseURL); err != nil {
		return err
	}
	c.defaults()
	return nil
}

func checkBase(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return badConfig("BaseURL", "not a plain URL")
	}
	own := []string{"localhost", "127.0.0.1", "::1"}
	if u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains(own, u.Hostname())) {
		return badConfig("BaseURL", "https is required")
	}
	return nil
}

func (c *Config) defaults() {
	if c.BaseURL == "" {
		c.BaseURL = defaultBase
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if c.Attempts == 0 {
		c.Attempts = DefaultAttempts
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = DefaultReadTimeout
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	if c.MaxPDF == 0 {
		c.MaxPDF = DefaultMaxPDF
	}
	if c.Limits.Account == 0 {
		c.Limits.Account = 23
		if c.Live {
			c.Limits.Account = 95
		}
	}
	if c.Limits.Endpoint == 0 {
		c.Limits.Endpoint = 23
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.PDFTimeout == 0 {
		c.PDFTimeout = DefaultPDFTimeout
	}
	c.WebhookSecrets, c.PDFHosts, c.PortalHosts = slices.Clone(c.WebhookSecrets), small(c.PDFHosts), small(c.PortalHosts)
}

// small copies names of hosts in small letters.
func small(hosts []string) []string {
	out := slices.Clone(hosts)
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	return out
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
