package otelbilling

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/billhatch/billhatch/billing/portal"
)

// Portal wraps a portal that is mounted at a path, such as portal.Portal.Pattern. It stands outside of whatever strips
// the path.
func (t *Telemetry) Portal(base string, area http.Handler) http.Handler {
	base = strings.TrimSuffix(base, "/")
	templates := http.NewServeMux()
	known := map[string]bool{}
	for _, route := range portal.Routes() {
		pattern := base + route.Path
		if route.Path == "" || route.Path == "/" {
			pattern = base + "/{$}"
		}
		if !known[pattern] {
			known[pattern] = true
			templates.Handle(pattern, http.NotFoundHandler())
		}
	}
	return t.handler(area, func(r *http.Request) string {
		_, pattern := templates.Handler(r)
		if !known[pattern] {
			return base + "/_OTHER"
		}
		return strings.TrimSuffix(pattern, "{$}")
	})
}

// Webhook wraps the handler of webhooks.
func (t *Telemetry) Webhook(hooks http.Handler) http.Handler {
	return t.handler(hooks, func(*http.Request) string { return "webhook" })
}

func (t *Telemetry) handler(next http.Handler, routeOf func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, route := methodOf(r.Method), routeOf(r)
		told := []attribute.KeyValue{attribute.String("http.request.method", method), attribute.String("http.route", route)}
		ctx, span := t.tracer.Start(r.Context(), method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(told...))
		watched, began := &watcher{ResponseWriter: w}, t.clock()
		defer func() { // also when the handler panics, which goes on
			status := attribute.Int("http.response.status_code", watched.code())
			span.SetAttributes(status)
			if watched.code() >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
			t.requests.Record(ctx, t.clock().Sub(began).Seconds(), metric.WithAttributes(append(told, status)...))
		}()
		next.ServeHTTP(watched, r.WithContext(ctx))
		watched.done = true
	})
}

// methodOf is a method that there is, or "_OTHER": a browser may send anything.
func methodOf(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		return method
	}
	return "_OTHER"
}

// watcher notes the status of an answer.
type watcher struct {
	http.ResponseWriter
	status int
	done   bool
}

// WriteHeader notes the first final status.
func (w *watcher) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write begins an answer, if that has not happened.
func (w *watcher) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController what is below.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// code is the status of the answer: without one, that of an empty body or of a handler that has panicked.
func (w *watcher) code() int {
	switch {
	case w.status != 0:
		return w.status
	case w.done:
		return http.StatusOK
	default:
		return http.StatusInternalServerError
	}
}
