package provider_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

// TestTheKindIsThatOfTheOutermostError, whatever its cause is.
func TestTheKindIsThatOfTheOutermostError(t *testing.T) {
	t.Parallel()
	missing := provider.NotFound("Customer")
	setup := &provider.Error{Op: "Invoices", Kind: provider.ErrNotConfigured, Err: missing}
	require.Equal(t, provider.ErrNotConfigured, provider.Kind(setup))
	require.Equal(t, provider.ErrNotConfigured, provider.Kind(fmt.Errorf("host: %w", setup)))
	require.ErrorIs(t, setup, provider.ErrNotFound, "the cause can still be found")
	require.Equal(t, provider.ErrTimeout, provider.Kind(fmt.Errorf("bare: %w", provider.ErrTimeout)))
	require.NoError(t, provider.Kind(errors.New("something else")))
	require.NoError(t, provider.Kind(nil))
	require.Len(t, provider.Kinds(), 18)
}

// TestErrorsPrintNoCause: nobody vouches for its text.
func TestErrorsPrintNoCause(t *testing.T) {
	t.Parallel()
	err := &provider.Error{
		Op: "Invoices", Kind: provider.ErrRateLimited, Field: "limit", Message: "slow down", RequestID: "req_1",
		RetryAfter: time.Second, Err: errors.New("secret@example.com https://x.example/session/1"),
	}
	require.Equal(t, "provider: Invoices: rate limited: limit: slow down (request req_1)", err.Error())
	require.NotContains(t, fmt.Sprintf("%v %+v %s %q", err, err, err, err), "secret")
	require.Equal(t, time.Second, provider.RetryAfter(fmt.Errorf("x: %w", err)))
	require.Zero(t, provider.RetryAfter(&provider.Error{Kind: provider.ErrTimeout, RetryAfter: time.Second}))
}
