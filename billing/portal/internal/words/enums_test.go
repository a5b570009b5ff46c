package words_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
)

// TestEveryValueOfAnEnumerationHasWords (C4, C5, C6, C9, C11, C17): a value that a panel can have is never shown as its name.
func TestEveryValueOfAnEnumerationHasWords(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	check := func(format string, values ...any) {
		for _, value := range values {
			require.Contains(t, c.Keys(), fmt.Sprintf(format, value))
		}
	}
	for _, state := range billing.States() {
		if state != billing.Ready {
			check("state.%s.title", state)
			check("state.%s.text", state)
		}
	}
	check("step.%s", billing.StepRefresh, billing.StepWait, billing.StepAskSupport, billing.StepOpenPortal)
	check("support.%s", billing.TopicSetup, billing.TopicConfiguration, billing.TopicInvoice, billing.TopicPayment, billing.TopicProblem)
	for _, reason := range []billing.PDFReason{
		billing.PDFMissing, billing.PDFTooLarge, billing.PDFTimeout, billing.PDFDamaged, billing.PDFDegraded,
	} {
		check("pdf.%s.title", reason)
		check("pdf.%s.text", reason)
	}
	check("usage.missing.%s", billing.MissingPlan, billing.MissingMetadata, billing.MissingReadings, billing.MissingUsage,
		billing.MissingSeats, billing.MissingNotices, billing.MissingLastInvoice, billing.MissingDaily)
	check("portal.way.%s", billing.Direct, billing.MagicLink)
	check("portal.confirm.%s", billing.Direct, billing.MagicLink)
	check("reports.format.%s", billing.Workbook, billing.CSV, billing.JSONLines)
	for state := usage.StateUnavailable; state <= usage.StateOver; state++ {
		check("usage.state.%s", state)
	}
	for health := usage.HealthUnavailable; health <= usage.HealthOver; health++ {
		check("usage.health.%s", health)
	}
	check("usage.freshness.%s", usage.FreshnessUnknown, usage.Fresh, usage.Stale)
	for status := invoice.Unknown; status <= invoice.Uncollectible; status++ {
		check("invoice.status.%s", status)
	}
	check("invoice.line.%s", invoice.Seats, invoice.Metered, invoice.Fee, invoice.Discount, invoice.Adjustment, invoice.Aggregate)
	for _, action := range rbac.Actions() {
		check("audit.action.%s", action)
	}
	check("audit.outcome.%s", provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused)
}
