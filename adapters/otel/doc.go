// Package otelbilling tells OpenTelemetry what goes on in the billing area: traces and metrics by way of the hooks that the
// packages have.
//
//	telemetry, err := otelbilling.New(otelbilling.Config{Traces: traces, Metrics: metrics, Clock: time.Now})
//	…
//	mux.Handle(area.Pattern(), telemetry.Portal(area.Pattern(), area))
//	mux.Handle("/hooks/billing", telemetry.Webhook(hooks))
//	closing.Config{Observe: telemetry.Closing}
//	webhook.WorkerConfig{Observe: telemetry.Drained}
//	stripe.Config{Observe: func(c stripe.Call) {
//		telemetry.Call(c.Method, c.Route, c.Status, c.Attempt, c.Duration)
//	}}
//
// # What is told
//
//	http.server.request.duration      seconds, by http.request.method, http.route, http.response.status_code
//	billhatch.provider.call.duration  seconds, by http.request.method, url.template, http.response.status_code,
//	                                  billhatch.repeated
//	billhatch.closing.steps           by billhatch.closing.state, or error.type for one that goes no further for now
//	billhatch.webhook.events          by billhatch.webhook.outcome: applied, ignored, failed
//	billhatch.webhook.stuck           events that have failed so often that somebody should look, in the last pass
//
// Requests have a span with the same attributes, below the span of the host's own middleware when there is one.
//
// Routes are templates such as /billing/clients/{account}/usage, and errors are kinds. No attribute and no name holds an id,
// a name, an address, an amount or a link.
//
// # Units
//
// Durations are in seconds.
//
// # Errors
//
// [New] fails with [ErrConfig], also when the meter refuses an instrument. Nothing else fails.
//
// # Concurrency
//
// Everything is safe for concurrent use. Nothing blocks, and nothing has a goroutine of its own.
package otelbilling
