package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	otelbilling "github.com/billhatch/billhatch/adapters/otel"
	"github.com/billhatch/billhatch/provider/stripe"
)

// telemetry is what is told of requests and steps, and to whom.
type telemetry struct {
	*otelbilling.Telemetry
	traces  *trace.TracerProvider // nil: nobody is told
	metrics *metric.MeterProvider
}

// newTelemetry tells nobody, the standard error, or a collector as the environment of OpenTelemetry says.
func newTelemetry(ctx context.Context, s *settings) (*telemetry, error) {
	t := &telemetry{}
	cfg := otelbilling.Config{Clock: s.clock}
	if s.otel != "" {
		spans, points, err := exporters(ctx, s)
		if err != nil {
			return nil, err
		}
		t.traces = trace.NewTracerProvider(trace.WithBatcher(spans))
		t.metrics = metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(points)))
		cfg.Traces, cfg.Metrics = t.traces, t.metrics
	}
	var err error
	t.Telemetry, err = otelbilling.New(cfg)
	return t, err
}

func exporters(ctx context.Context, s *settings) (trace.SpanExporter, metric.Exporter, error) {
	switch s.otel {
	case "stderr":
		spans, err := stdouttrace.New(stdouttrace.WithWriter(s.stderr))
		if err != nil {
			return nil, nil, err
		}
		points, err := stdoutmetric.New(stdoutmetric.WithWriter(s.stderr))
		return spans, points, err
	case "otlp":
		spans, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, nil, err
		}
		points, err := otlpmetrichttp.New(ctx)
		return spans, points, err
	default:
		return nil, nil, fmt.Errorf("-otel %q: there are stderr and otlp", s.otel)
	}
}

// call is for the payments at Stripe.
func (t *telemetry) call(c stripe.Call) { t.Call(c.Method, c.Route, c.Status, c.Attempt, c.Duration) }

// flushTime bounds telling the last of it.
const flushTime = 5 * time.Second

// close tells the last of it.
func (t *telemetry) close(ctx context.Context) error {
	if t.traces == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	return errors.Join(t.traces.Shutdown(ctx), t.metrics.Shutdown(ctx))
}
