package contract_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
)

// names gives the texts of values of one kind.
func names[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// spoken gives the names of values that have one each, from the first to the last.
func spoken[T interface {
	~uint8
	String() string
}](first, last T) []string {
	var out []string
	for v := first; v <= last; v++ {
		out = append(out, v.String())
	}
	return out
}

// TestClosedSetsAreThoseOfTheCode: what the document lists is what the packages can say, no less and no more.
func TestClosedSetsAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	var problems, operations []string
	for _, p := range portal.Problems() {
		problems = append(problems, p.Type())
	}
	for _, r := range portal.Routes() {
		if r.API && strings.Contains(r.Path, "{account}") {
			operations = append(operations, strings.TrimPrefix(r.Name, "api_"))
		}
	}
	c := load(t)
	for schema, want := range map[string][]string{
		"State":          names(billing.States()...),
		"Step":           append(names(billing.StepRefresh, billing.StepWait, billing.StepAskSupport, billing.StepOpenPortal), "none"),
		"Topic":          names(billing.TopicSetup, billing.TopicConfiguration, billing.TopicInvoice, billing.TopicPayment, billing.TopicProblem),
		"ProblemType":    problems,
		"Operation":      operations,
		"RecipientsView": append(names(billing.RecipientsList, billing.RecipientsLink, billing.RecipientsNote), "none"),
		"UsageState":     spoken(usage.StateUnavailable, usage.StateOver),
		"UsageHealth":    spoken(usage.HealthUnavailable, usage.HealthOver),
		"Freshness":      spoken(usage.FreshnessUnknown, usage.Stale),
		"Missing": {
			billing.MissingPlan, billing.MissingMetadata, billing.MissingReadings, billing.MissingUsage, billing.MissingDaily,
			billing.MissingSeats, billing.MissingNotices, billing.MissingLastInvoice,
		},
		"InvoiceStatus": slices.DeleteFunc(spoken(invoice.Unknown, invoice.Uncollectible), func(s string) bool { return s == invoice.Draft.String() }),
		"InvoiceFilter": {"all", "paid", "open"},
		"LineKind": append(names(invoice.Seats, invoice.Metered, invoice.Fee, invoice.Discount, invoice.Adjustment, invoice.Aggregate),
			"other"),
		"Way":          names(billing.Direct, billing.MagicLink),
		"ReportFormat": names(billing.Workbook, billing.CSV, billing.JSONLines),
		"ReportState":  {"none", "running", "ready", "failed"},
		"Outcome":      names(provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused),
	} {
		var listed []string
		for _, v := range c.doc.Components.Schemas[schema].Value.Enum {
			name, ok := v.(string)
			require.True(t, ok, schema)
			listed = append(listed, name)
		}
		require.ElementsMatch(t, want, listed, schema)
	}
	for schema, ref := range c.doc.Components.Schemas {
		if len(ref.Value.Enum) > 0 {
			require.Contains(t, []string{
				"State", "Step", "Topic", "ProblemType", "Operation", "RecipientsView", "UsageState", "UsageHealth", "Freshness", "Missing",
				"InvoiceStatus", "InvoiceFilter", "LineKind", "Way", "ReportFormat", "ReportState", "Outcome",
			}, schema, "a closed set that nothing here knows")
		}
	}
}

// TestEveryRouteIsDocumented: by path, method, name and operation, and nothing that is no route.
func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	c := load(t)
	documented := map[string]string{}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			operation, _ := op.Extensions["x-operation"].(string)
			documented[method+" "+path] = op.OperationID + " " + operation
		}
	}
	routes := map[string]string{}
	for _, r := range portal.Routes() {
		if r.API {
			routes[r.Method+" "+r.Path] = strings.TrimPrefix(r.Name, "api_") + " " + r.Operation
		}
	}
	require.Equal(t, routes, documented)
}

// TestEveryObjectIsClosed: no answer has a member that the document does not name, and nothing can be written that it does
// not name (T8).
func TestEveryObjectIsClosed(t *testing.T) {
	t.Parallel()
	c := load(t)
	for name, ref := range c.doc.Components.Schemas {
		s := ref.Value
		if !s.Type.Is("object") {
			continue
		}
		require.False(t, s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has, name)
		written := strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Change") || name == "Problem"
		if !written {
			require.Len(t, s.Required, len(s.Properties), "%s: every member of an answer is always there", name)
		}
	}
	bodies := []string{}
	for _, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				require.Equal(t, http.MethodGet, method)
				continue
			}
			require.Len(t, op.RequestBody.Value.Content, 1)
			schema := op.RequestBody.Value.Content["application/json"].Schema
			for member := range schema.Value.Properties {
				bodies = append(bodies, op.OperationID+"."+member)
			}
		}
	}
	require.ElementsMatch(t, []string{
		"change_email.email", "open_portal.confirm", "reveal_recipient.purpose", "start_report.month", "start_report.format",
	}, bodies)
}
