package apimodel_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
)

// TestOnlyTheseFieldsCanBeWritten (T8): what a browser may write, by type. A field that is added to openapi.yaml has to be
// added here as well, by somebody who has thought about it. No account, role, amount, status or return address is among
// them.
func TestOnlyTheseFieldsCanBeWritten(t *testing.T) {
	t.Parallel()
	golden := map[string]map[string]string{
		"BillingEmailChange":   {"email": "string"},
		"PortalSessionRequest": {"confirm": "string"},
		"ReportRequest":        {"month": "string", "format,omitempty": "*apimodel.ReportFormat"},
		"RevealRequest":        {"purpose": "string"},
	}
	for _, writable := range []any{
		apimodel.BillingEmailChange{}, apimodel.PortalSessionRequest{}, apimodel.ReportRequest{}, apimodel.RevealRequest{},
	} {
		typ := reflect.TypeOf(writable)
		fields := map[string]string{}
		for i := range typ.NumField() {
			f := typ.Field(i)
			require.True(t, f.IsExported() && !f.Anonymous, "%s.%s", typ.Name(), f.Name)
			fields[f.Tag.Get("json")] = f.Type.String()
		}
		require.Equal(t, golden[typ.Name()], fields, typ.Name())
		delete(golden, typ.Name())
	}
	require.Empty(t, golden)
}
