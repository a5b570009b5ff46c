package stripe

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

// TestAConfigurationIsRefusedWhenItCannotWork (F7, F21).
func TestAConfigurationIsRefusedWhenItCannotWork(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Config)
		field  string
	}{
		{"what is required", func(*Config) {}, ""},
		{"no key", func(c *Config) { c.Key = nil }, "Key"},
		{"no clock", func(c *Config) { c.Clock = nil }, "Clock"},
		{"an account", func(c *Config) { c.Account = "acct_1MowQVLkdIwHu7ix" }, ""},
		{"an account that is a customer", func(c *Config) { c.Account = "cus_1" }, "Account"},
		{"an account with a line feed", func(c *Config) { c.Account = "acct_1\n" }, "Account"},
		{"a portal configuration", func(c *Config) { c.PortalConfiguration = "bpc_1" }, ""},
		{"a portal configuration with a path", func(c *Config) { c.PortalConfiguration = "bpc_1/../x" }, "PortalConfiguration"},
		{"limits of one", func(c *Config) { c.Limits = Limits{1, 1} }, ""},
		{"limits below zero", func(c *Config) { c.Limits.Endpoint = -1 }, "Limits"},
		{"a limit of the account below zero", func(c *Config) { c.Limits.Account = -1 }, "Limits"},
		{"twenty attempts", func(c *Config) { c.Attempts = 20 }, ""},
		{"twenty-one attempts", func(c *Config) { c.Attempts = 21 }, "Attempts"},
		{"attempts below zero", func(c *Config) { c.Attempts = -1 }, "Attempts"},
		{"a time below zero", func(c *Config) { c.ReadTimeout = -1 }, "ReadTimeout"},
		{"a time for writing below zero", func(c *Config) { c.WriteTimeout = -1 }, "ReadTimeout"},
		{"a document below zero", func(c *Config) { c.MaxPDF = -1 }, "MaxPDF"},
		{"two secrets", func(c *Config) { c.WebhookSecrets = []string{"whsec_0123456789abcdef", "whsec_fedcba9876543210"} }, ""},
		{"an empty secret", func(c *Config) { c.WebhookSecrets = []string{""} }, "WebhookSecrets"},
		{"an empty secret beside a good one", func(c *Config) { c.WebhookSecrets = []string{"whsec_0123456789abcdef", ""} }, "WebhookSecrets"},
		{"a secret that is only its prefix", func(c *Config) { c.WebhookSecrets = []string{"whsec_"} }, "WebhookSecrets"},
		{"a secret of 15 bytes", func(c *Config) { c.WebhookSecrets = []string{"whsec_0123456789abcde"} }, "WebhookSecrets"},
		{"a secret with a line feed", func(c *Config) { c.WebhookSecrets = []string{"whsec_0123456789abcdef\n"} }, "WebhookSecrets"},
		{"a host of documents", func(c *Config) { c.PDFHosts = []string{"bucket.s3.amazonaws.com"} }, ""},
		{"an empty host", func(c *Config) { c.PDFHosts = []string{""} }, "PDFHosts"},
		{"a URL instead of a host", func(c *Config) { c.PDFHosts = []string{"https://example.com"} }, "PDFHosts"},
		{"a host with a port", func(c *Config) { c.PDFHosts = []string{"example.com:8443"} }, "PDFHosts"},
		{"a pattern of hosts", func(c *Config) { c.PDFHosts = []string{"*.example.com"} }, "PDFHosts"},
		{"an address of a host", func(c *Config) { c.PDFHosts = []string{"169.254.169.254"} }, "PDFHosts"},
		{"a host of the portal", func(c *Config) { c.PortalHosts = []string{"billing.example.com"} }, ""},
		{"a URL instead of a host of the portal", func(c *Config) { c.PortalHosts = []string{"https://example.com"} }, "PortalHosts"},
		{"another server", func(c *Config) { c.BaseURL = "https://stripe.example.com/" }, ""},
		{"the own machine", func(c *Config) { c.BaseURL = "http://127.0.0.1:12111" }, ""},
		{"the own machine by name", func(c *Config) { c.BaseURL = "http://localhost:12111" }, ""},
		{"the own machine in six", func(c *Config) { c.BaseURL = "http://[::1]:12111" }, ""},
		{"another server without TLS", func(c *Config) { c.BaseURL = "http://stripe.example.com" }, "BaseURL"},
		{"a name that begins like the own machine", func(c *Config) { c.BaseURL = "http://localhost.example.com" }, "BaseURL"},
		{"a path", func(c *Config) { c.BaseURL = "https://stripe.example.com/v1" }, "BaseURL"},
		{"a password", func(c *Config) { c.BaseURL = "https://a:b@stripe.example.com" }, "BaseURL"},
		{"a query", func(c *Config) { c.BaseURL = "https://stripe.example.com?x=1" }, "BaseURL"},
		{"a fragment", func(c *Config) { c.BaseURL = "https://stripe.example.com#x" }, "BaseURL"},
		{"no URL", func(c *Config) { c.BaseURL = "stripe" }, "BaseURL"},
		{"a file", func(c *Config) { c.BaseURL = "file:///etc/passwd" }, "BaseURL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Key: func(context.Context) (string, error) { return "sk_test_1", nil }, Clock: time.Now}
			tc.change(&cfg)
			p, err := New(cfg)
			if tc.field == "" {
				require.NoError(t, err)
				require.Equal(t, "stripe", p.Name())
				p.Close()
				return
			}
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, provider.ErrInvalid, e.Kind)
			require.Equal(t, "New", e.Op)
			require.Equal(t, tc.field, e.Field)
		})
	}
}

// TestTheDefaultsLeaveSomeOfTheLimitsToOthers.
func TestTheDefaultsLeaveSomeOfTheLimitsToOthers(t *testing.T) {
	t.Parallel()
	key := func(context.Context) (string, error) { return "", errors.New("none") }
	for live, account := range map[bool]int{false: 23, true: 95} {
		p, err := New(Config{Key: key, Clock: time.Now, Live: live})
		require.NoError(t, err)
		require.Equal(t, Limits{Account: account, Endpoint: 23}, p.cfg.Limits)
		require.Equal(t, []time.Duration{DefaultReadTimeout, DefaultWriteTimeout}, []time.Duration{p.cfg.ReadTimeout, p.cfg.WriteTimeout})
		require.Equal(t, "https://api.stripe.com", p.backend.base)
		require.Equal(t, DefaultAttempts, p.cfg.Attempts)
		require.EqualValues(t, DefaultMaxPDF, p.cfg.MaxPDF)
		p.Close()
	}
	_, err := New(Config{Key: key, Clock: time.Now})
	require.NoError(t, err)
}

// TestTheConfigurationIsCopied: what the host changes afterwards changes nothing.
func TestTheConfigurationIsCopied(t *testing.T) {
	t.Parallel()
	cfg := Config{
		Key: func(context.Context) (string, error) { return "sk_test_1", nil }, Clock: time.Now,
		WebhookSecrets: []string{"whsec_0123456789abcdef"}, PDFHosts: []string{"Files.Example.com"}, PortalHosts: []string{"a.example.com"},
	}
	p, err := New(cfg)
	require.NoError(t, err)
	defer p.Close()
	cfg.WebhookSecrets[0], cfg.PDFHosts[0], cfg.PortalHosts[0] = "", "", ""
	require.Equal(t, []string{"whsec_0123456789abcdef"}, p.cfg.WebhookSecrets)
	require.Equal(t, []string{"files.example.com"}, p.cfg.PDFHosts, "names of hosts are small")
	require.Equal(t, []string{"a.example.com"}, p.cfg.PortalHosts)
}
