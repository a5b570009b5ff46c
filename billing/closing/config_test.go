package closing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providermock"
)

func TestAnIncompleteConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*closing.Config){
		"without payments":       func(c *closing.Config) { c.Payments = nil },
		"without records":        func(c *closing.Config) { c.Records = nil },
		"without a clock":        func(c *closing.Config) { c.Clock = nil },
		"without an owner":       func(c *closing.Config) { c.Owner = "" },
		"with too long an owner": func(c *closing.Config) { c.Owner = strings.Repeat("x", 129) },
		"with a lease below 0":   func(c *closing.Config) { c.Lease = -time.Second },
		"with payments that cannot issue": func(c *closing.Config) {
			c.Payments = struct{ provider.Payments }{providermock.NewMockPayments(nil)}
		},
		"with records that keep no ledger": func(c *closing.Config) {
			c.Records = struct{ provider.Records }{providermock.NewMockRecords(nil)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := open(t).config
			spoil(&config)
			_, err := closing.New(config)
			require.ErrorIs(t, err, closing.ErrConfig)
			if config.Payments == nil || config.Records == nil {
				require.ErrorContains(t, err, "required")
			}
		})
	}
}
