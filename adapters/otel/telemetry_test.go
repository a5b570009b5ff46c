package otelbilling_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	otelbilling "github.com/billhatch/billhatch/adapters/otel"
	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// ears hear what is told.
type ears struct {
	telemetry *otelbilling.Telemetry
	spans     *tracetest.SpanRecorder
	metrics   *metric.ManualReader
}

func listen(t *testing.T) *ears {
	t.Helper()
	e := &ears{spans: tracetest.NewSpanRecorder(), metrics: metric.NewManualReader()}
	var err error
	e.telemetry, err = otelbilling.New(otelbilling.Config{
		Traces:  sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(e.spans)),
		Metrics: metric.NewMeterProvider(metric.WithReader(e.metrics)), Clock: time.Now,
	})
	require.NoError(t, err)
	return e
}

// heard gives every point of a metric as text, without its value unless that is a count.
func (e *ears) heard(t *testing.T) []string {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, e.metrics.Collect(t.Context(), &all))
	var out []string
	line := func(name string, set attribute.Set, n any) {
		out = append(out, fmt.Sprintf("%s{%s} %v", name, text(set), n))
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, p.Count)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, p.Value)
				}
			default:
				require.Fail(t, "an unknown kind of data", m.Name)
			}
		}
	}
	return out
}

func text(attributes attribute.Set) string {
	var out []string
	for _, a := range attributes.ToSlice() {
		out = append(out, string(a.Key)+"="+a.Value.String())
	}
	return strings.Join(out, " ")
}

// TestRequestsAreToldByTheirTemplate: of every request, and never what varies in it.
func TestRequestsAreToldByTheirTemplate(t *testing.T) {
	t.Parallel()
	world, err := memory.Demo(1, time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	engine, err := rbac.New(rbac.ClientPolicy())
	require.NoError(t, err)
	who := rbac.Principal{ID: "usr_erik", Roles: []rbac.Role{rbac.PartnerAdmin}, Partner: memory.DemoPartner}
	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now,
		Authority: func(context.Context, string) (rbac.Principal, error) { return who, nil },
	})
	require.NoError(t, err)
	area, err := portal.New(service, portal.Config{
		Identify: func(*http.Request) (rbac.Principal, error) { return who, nil }, Clock: world.Now,
	})
	require.NoError(t, err)
	e := listen(t)
	wrapped := e.telemetry.Portal(area.Pattern(), area)
	stripped := e.telemetry.Portal(area.Pattern(), http.StripPrefix("/billing", area))
	for _, c := range []struct {
		method, path, span string
		status             int
	}{
		{"GET", "/billing/", "GET /billing/", 303},
		{"GET", "/billing/clients", "GET /billing/clients", 200},
		{"GET", "/billing/clients/client_aster/usage", "GET /billing/clients/{account}/usage", 200},
		{"GET", "/billing/clients/client_aster/invoices?filter=open", "GET /billing/clients/{account}/invoices", 200},
		{"GET", "/billing/clients/client_heron/invoices/in_1", "GET /billing/clients/{account}/invoices/{invoice}", 404},
		{"GET", "/billing/api/accounts/client_aster/usage", "GET /billing/api/accounts/{account}/usage", 200},
		{"GET", "/billing/somebody@example.com", "GET /billing/_OTHER", 404},
		{"GET", "/billing//usage", "GET /billing/usage", 404},
		{"DELETE", "/billing/clients", "DELETE /billing/clients", 405},
		{"ADA-EXAMPLE", "/billing/clients", "_OTHER /billing/clients", 405},
	} {
		for _, handler := range []http.Handler{wrapped, stripped} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, "http://host.example"+c.path, nil))
			require.Equal(t, c.status, w.Code, c.path)
			span := e.spans.Ended()[len(e.spans.Ended())-1]
			require.Equal(t, c.span, span.Name(), c.path)
			require.Contains(t, fmt.Sprint(span.Attributes()), fmt.Sprint(c.status))
		}
	}
	told := strings.Join(e.heard(t), "\n")
	for _, span := range e.spans.Ended() {
		told += "\n" + span.Name() + fmt.Sprint(span.Attributes())
	}
	for _, secret := range []string{"aster", "heron", "in_1", "example.com", "EXAMPLE", "usr_erik", "filter"} {
		require.NotContains(t, told, secret)
	}
}

// TestWhatAHandlerDoesIsTold: also when it writes nothing, or panics, which goes on.
func TestWhatAHandlerDoesIsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  string
		failed  bool
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "200", false},
		{"a body", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) }, "200", false},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, "400", false},
		{"a hint before the answer", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(204)
		}, "204", false},
		{"a failure", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503", true},
		{"a panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "500", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := listen(t)
			ask := func() {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://host.example/hooks", nil)
				e.telemetry.Webhook(c.handler).ServeHTTP(httptest.NewRecorder(), r)
			}
			if c.name == "a panic" {
				require.PanicsWithValue(t, http.ErrAbortHandler, ask)
			} else {
				ask()
			}
			require.Len(t, e.spans.Ended(), 1)
			span := e.spans.Ended()[0]
			require.Equal(t, "POST webhook", span.Name())
			require.Contains(t, fmt.Sprint(span.Attributes()), c.status)
			require.Equal(t, c.failed, span.Status().Code == codes.Error)
			require.Len(t, e.heard(t), 1)
		})
	}
}

// TestStepsAreCountedByStateAndKind: an error tells its kind, and one of no kind nothing.
func TestStepsAreCountedByStateAndKind(t *testing.T) {
	t.Parallel()
	e := listen(t)
	e.telemetry.Closing(closing.Event{Account: "acme", State: provider.Frozen})
	e.telemetry.Closing(closing.Event{Account: "acme", State: provider.Sent})
	e.telemetry.Closing(closing.Event{Account: "bolt", State: provider.Sent})
	e.telemetry.Closing(closing.Event{Account: "acme", Err: &closing.Error{Op: "Close", Kind: closing.ErrParked, Account: "acme", Message: "12.50 USD"}})
	e.telemetry.Closing(closing.Event{Account: "acme", Err: errors.New("ada@example.com")})
	require.ElementsMatch(t, []string{
		"billhatch.closing.steps{billhatch.closing.state=frozen} 1",
		"billhatch.closing.steps{billhatch.closing.state=sent} 2",
		"billhatch.closing.steps{error.type=parked} 1",
		"billhatch.closing.steps{error.type=_OTHER} 1",
	}, e.heard(t))
}

// TestCallsAndEventsAreCounted: by what became of them.
func TestCallsAndEventsAreCounted(t *testing.T) {
	t.Parallel()
	e := listen(t)
	e.telemetry.Call("POST", "/v1/invoices/{id}/finalize", 200, 1, time.Second)
	e.telemetry.Call("POST", "/v1/invoices/{id}/finalize", 0, 2, time.Second)
	e.telemetry.Drained(webhook.Drained{Events: 6, Applied: 3, Failed: 2, Stuck: 1})
	e.telemetry.Drained(webhook.Drained{Applied: 1, Ignored: 4})
	require.ElementsMatch(t, []string{
		"billhatch.provider.call.duration{billhatch.repeated=false http.request.method=POST http.response.status_code=200 url.template=/v1/invoices/{id}/finalize} 1",
		"billhatch.provider.call.duration{billhatch.repeated=true error.type=no_answer http.request.method=POST url.template=/v1/invoices/{id}/finalize} 1",
		"billhatch.webhook.events{billhatch.webhook.outcome=applied} 4",
		"billhatch.webhook.events{billhatch.webhook.outcome=failed} 2",
		"billhatch.webhook.events{billhatch.webhook.outcome=ignored} 4",
		"billhatch.webhook.stuck{} 0",
	}, e.heard(t))
}

// TestWithoutProvidersNobodyIsTold: and everything works.
func TestWithoutProvidersNobodyIsTold(t *testing.T) {
	t.Parallel()
	_, err := otelbilling.New(otelbilling.Config{})
	require.ErrorIs(t, err, otelbilling.ErrConfig)
	telemetry, err := otelbilling.New(otelbilling.Config{Clock: time.Now})
	require.NoError(t, err)
	telemetry.Closing(closing.Event{State: provider.Sent})
	telemetry.Drained(webhook.Drained{})
	telemetry.Call("GET", "/v1/customers/{id}", 200, 1, time.Second)
	w := httptest.NewRecorder()
	telemetry.Webhook(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	require.Equal(t, 404, w.Code)
}
