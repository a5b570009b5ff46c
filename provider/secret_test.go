package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

// everyForm prints, encodes and logs a value in every way there is.
func everyForm(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10s"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	fmt.Fprintf(&out, "%v %+v\n", []any{v}, struct{ V any }{v})
	data, err := json.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	out.Write(data)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	return out.String()
}

// TestC7AnAddressNeverPrints (C7), and Reveal gives it.
func TestC7AnAddressNeverPrints(t *testing.T) {
	t.Parallel()
	email, err := provider.NewEmail("ada.lovelace@Example.com")
	require.NoError(t, err)
	text := everyForm(t, email)
	require.NotContains(t, text, "lovelace")
	require.NotContains(t, text, "example.com")
	require.Equal(t, "ada.lovelace@example.com", email.Reveal())
	require.Equal(t, "a***@e***.com", email.String())
	require.Empty(t, provider.Email{}.String())
	require.True(t, provider.Email{}.IsZero())

	same, err := provider.NewEmail("ADA.Lovelace@example.COM")
	require.NoError(t, err)
	require.True(t, email.Equal(same))
	other, err := provider.NewEmail("ada@example.com")
	require.NoError(t, err)
	require.False(t, email.Equal(other))
	require.False(t, email.Equal(provider.Email{}))
	require.True(t, provider.Email{}.Equal(provider.Email{}))
	for _, wrong := range []string{"", "x", "Ada <ada@example.com>", "a@b.example, c@d.example", "a@b.example\n"} {
		_, err := provider.NewEmail(wrong)
		require.Equal(t, provider.ErrInvalid, provider.Kind(err), wrong)
		require.NotContains(t, err.Error(), "@")
	}
}

// TestC10ALinkThatIsACredentialNeverPrints (C10) but for its host.
func TestC10ALinkThatIsACredentialNeverPrints(t *testing.T) {
	t.Parallel()
	link, err := provider.NewSecretURL("https://billing.stripe.com/p/session/test_SECRET?prefilled_email=ada%40example.com#frag")
	require.NoError(t, err)
	text := everyForm(t, link)
	for _, secret := range []string{"SECRET", "ada", "session", "frag"} {
		require.NotContains(t, text, secret)
	}
	require.Equal(t, "https://billing.stripe.com/***", link.String())
	require.Equal(t, "billing.stripe.com", link.Host())
	require.Contains(t, link.Reveal(), "test_SECRET")
	require.True(t, provider.SecretURL{}.IsZero())
	require.Empty(t, provider.SecretURL{}.String())
	for _, wrong := range []string{
		"", "/session", "http://billing.stripe.com/x", "https:///x", "https:x", "//evil.example", "https://u:p@billing.stripe.com/x",
		"javascript:alert(1)", "https://bad host/", "https://:443/",
	} {
		_, err := provider.NewSecretURL(wrong)
		require.Equal(t, provider.ErrInvalid, provider.Kind(err), wrong)
	}
}

// TestAbilitiesAreFoundThroughWrappers, and a wrapper of itself ends.
func TestAbilitiesAreFoundThroughWrappers(t *testing.T) {
	t.Parallel()
	require.Equal(t, []provider.Capability{provider.CanOpenPortal}, provider.Missing(readOnly{}, provider.CanOpenPortal))
	require.Empty(t, provider.Capabilities(readOnly{}))
	require.Empty(t, provider.Capabilities(nil))
	_, ok := provider.As[provider.InvoiceReader](logged{logged{readOnly{}}})
	require.True(t, ok)
	loop := &self{}
	loop.Payments = readOnly{}
	_, ok = provider.As[provider.PortalOpener](loop)
	require.False(t, ok)
	require.Equal(t, []provider.Capability{"flying"}, provider.Missing(readOnly{}, "flying"))
}

// self is a wrapper that unwraps to itself.
type self struct{ provider.Payments }

func (s *self) Unwrap() provider.Payments { return s }
