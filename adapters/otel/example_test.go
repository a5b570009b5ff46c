package otelbilling_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	otelbilling "github.com/billhatch/billhatch/adapters/otel"
)

// Requests are told by their route, never by what varies in it.
func Example() {
	spans := tracetest.NewSpanRecorder()
	telemetry, err := otelbilling.New(otelbilling.Config{
		Traces: trace.NewTracerProvider(trace.WithSpanProcessor(spans)), Clock: time.Now,
	})
	if err != nil {
		log.Fatal(err)
	}
	area := http.NotFoundHandler() // a host has its portal here
	telemetry.Portal("/billing/", area).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/billing/invoices/in_123", nil))
	fmt.Println(spans.Ended()[0].Name())
	// Output: GET /billing/invoices/{invoice}
}
