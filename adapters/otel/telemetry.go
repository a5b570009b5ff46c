package otelbilling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/billing/webhook"
)

// scope names this package as the origin of what it tells.
const scope = "github.com/billhatch/billhatch/adapters/otel"

// ErrConfig is the kind of an error about the configuration.
var ErrConfig = errors.New("otelbilling: invalid configuration")

// Config is where things are told.
type Config struct {
	Traces  trace.TracerProvider // nil: nowhere
	Metrics metric.MeterProvider // nil: nowhere
	Clock   func() time.Time     // required: time.Now in a program
}

// Telemetry has the hooks.
type Telemetry struct {
	clock    func() time.Time
	tracer   trace.Tracer
	requests metric.Float64Histogram
	calls    metric.Float64Histogram
	steps    metric.Int64Counter
	events   metric.Int64Counter
	stuck    metric.Int64Gauge
}

// New makes the hooks.
func New(cfg Config) (*Telemetry, error) {
	if cfg.Clock == nil {
		return nil, fmt.Errorf("%w: Clock: required; time.Now in a program", ErrConfig)
	}
	if cfg.Traces == nil {
		cfg.Traces = tracenoop.NewTracerProvider()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metricnoop.NewMeterProvider()
	}
	meter := cfg.Metrics.Meter(scope)
	t := &Telemetry{clock: cfg.Clock, tracer: cfg.Traces.Tracer(scope)}
	var errs [5]error
	t.requests, errs[0] = meter.Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Requests to the billing area and its webhook."))
	t.calls, errs[1] = meter.Float64Histogram("billhatch.provider.call.duration",
		metric.WithUnit("s"), metric.WithDescription("Requests to the payment provider."))
	t.steps, errs[2] = meter.Int64Counter("billhatch.closing.steps",
		metric.WithUnit("{step}"), metric.WithDescription("Steps of closings."))
	t.events, errs[3] = meter.Int64Counter("billhatch.webhook.events",
		metric.WithUnit("{event}"), metric.WithDescription("Events that were worked off."))
	t.stuck, errs[4] = meter.Int64Gauge("billhatch.webhook.stuck",
		metric.WithUnit("{event}"), metric.WithDescription("Events that fail again and again."))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return t, nil
}

// Closing is for closing.Config.Observe.
func (t *Telemetry) Closing(e closing.Event) {
	told := attribute.String("billhatch.closing.state", string(e.State))
	if e.Err != nil {
		told = attribute.String("error.type", kindOf(e.Err))
	}
	t.steps.Add(context.Background(), 1, metric.WithAttributes(told))
}

// kindOf names the kind of an error of closing, which is one of a closed set.
func kindOf(err error) string {
	var e *closing.Error
	if errors.As(err, &e) && e.Kind != nil {
		return e.Kind.Error()
	}
	return "_OTHER"
}

// Drained is for webhook.WorkerConfig.Observe.
func (t *Telemetry) Drained(d webhook.Drained) {
	ctx := context.Background()
	for _, count := range []struct {
		outcome string
		events  int
	}{{"applied", d.Applied}, {"ignored", d.Ignored}, {"failed", d.Failed}} {
		if count.events > 0 {
			t.events.Add(ctx, int64(count.events), metric.WithAttributes(attribute.String("billhatch.webhook.outcome", count.outcome)))
		}
	}
	t.stuck.Record(ctx, int64(d.Stuck))
}

// Call is for the Observe of a payment provider: a request that it has sent, with its route as a template, the status of
// the answer (0: there was none), the number of the attempt from 1 on, and how long it took.
func (t *Telemetry) Call(method, route string, status, attempt int, took time.Duration) {
	told := []attribute.KeyValue{
		attribute.String("http.request.method", methodOf(method)), attribute.String("url.template", route),
		attribute.Bool("billhatch.repeated", attempt > 1),
	}
	if status > 0 {
		told = append(told, attribute.Int("http.response.status_code", status))
	} else {
		told = append(told, attribute.String("error.type", "no_answer"))
	}
	t.calls.Record(context.Background(), took.Seconds(), metric.WithAttributes(told...))
}
