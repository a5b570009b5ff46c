package portal_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// loadEnv is how long TestLoad overloads the portal, such as "60s"; empty: it does not run.
const loadEnv = "BILLHATCH_LOAD"

// Bounds of what TestLoad takes for good. The goals stand in internal/docs/performance.md; a figure has to miss one by far
// to fail, because the machine has something else to do as well.
const (
	leastGoodput   = 0.8                    // of the capacity; the goal is 0.9
	mostRefusal    = 20 * time.Millisecond  // for 99 of 100 refusals; the goal is 5 ms
	mostGrowth     = int64(64 << 20)        // of memory, in bytes
	mostRecovery   = 4 * time.Second        // until 99 of 100 are served as before; the goal is 2 s
	mostNoise      = 3.0                    // by which somebody else slows 99 of 100 down; the goal is 2
	loadPlaces     = 64                     // requests at work
	loadDelay      = 100 * time.Millisecond // of the provider on average: with the places it makes the capacity
	loadPeople     = 50
	beforeOverload = 8 * time.Second
)

// TestLoad measures the portal over a provider that takes 50 to 150 ms, with requests that come from another process at times
// that do not wait for answers:
//
//	BILLHATCH_LOAD=60s go test ./billing/portal -run 'TestLoad$' -v -timeout 10m
//
// The capacity is measured first; then ten times as much is asked for.
func TestLoad(t *testing.T) { //nolint:paralleltest // it measures
	overload, err := time.ParseDuration(os.Getenv(loadEnv))
	if err != nil {
		t.Skipf("set %s to a duration such as 60s to measure", loadEnv)
	}
	slow := &slowRecords{delay: loadDelay}
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.MaxInFlight = loadPlaces
		slow.Records, h.billing.Records = h.billing.Records, slow
	})
	inside := &stopwatch{handler: h.portal}
	server := httptest.NewServer(inside)
	defer server.Close()
	people := h.crowded(loadPeople)

	capacity := runLoad(t, server.URL, loadStep{For: beforeOverload, Streams: []loadStream{{People: people, Workers: loadPlaces}}})[0][0].perSecond(beforeOverload)
	t.Logf("capacity %.0f/s: %d places, %v on average for each look-up of an account", capacity, loadPlaces, loadDelay)
	at := func(times float64, d time.Duration) loadStep {
		return loadStep{For: d, Streams: []loadStream{{People: people, Rate: times * capacity}}}
	}
	before := footprint()
	stop := watchMemory()
	steps := runLoad(t, server.URL, at(0.8, beforeOverload), at(10, overload), at(0.8, beforeOverload))
	grown := stop() - before
	calm, loaded, after := steps[0][0], steps[1][0], steps[2][0]
	usual := calm.Served.quantile(0.99)
	goodput := loaded.perSecond(overload) / capacity
	recovery := after.recovery(2 * usual)
	t.Logf("0.8 of it: served %d, refused %d; p50 %v, p99 %v", calm.Served.count(), calm.Refused.count(), calm.Served.quantile(0.5), usual)
	t.Logf("ten times it for %v: sent %d (%.0f/s) and could not send %d, served %d, refused %d", overload, loaded.Sent,
		float64(loaded.Sent)/overload.Seconds(), loaded.Unsent, loaded.Served.count(), loaded.Refused.count())
	t.Logf("goodput %.2f of the capacity; served p50 %v, p99 %v", goodput, loaded.Served.quantile(0.5), loaded.Served.quantile(0.99))
	refusals := inside.sorted()
	t.Logf("refusals for the client p50 %v, p90 %v, p99 %v; for the server p50 %v, p99 %v, p99.9 %v", loaded.Refused.quantile(0.5),
		loaded.Refused.quantile(0.9), loaded.Refused.quantile(0.99), refusals.quantile(0.5), refusals.quantile(0.99), refusals.quantile(0.999))
	t.Logf("memory grew by %.1f MiB; recovered after %v; at most %d at work", float64(grown)/(1<<20), recovery, slow.most.Load())

	for _, s := range []*loadResult{&calm, &loaded, &after} {
		require.Empty(t, s.Wrong)
	}
	require.LessOrEqual(t, slow.most.Load(), int32(loadPlaces))
	require.Greater(t, goodput, leastGoodput)
	require.Less(t, refusals.quantile(0.99), mostRefusal)
	require.Less(t, grown, mostGrowth)
	require.Less(t, recovery, mostRecovery)
	noise(t, server.URL, people, capacity)
}

// stopwatch notes how long refusals take, from when the handler has the request until it has answered: what the process of
// the client adds, on the same processors, is not in it.
type stopwatch struct {
	handler http.Handler

	mu       sync.Mutex
	refusals times
}

func (s *stopwatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun, noted := time.Now(), &statusNote{ResponseWriter: w}
	s.handler.ServeHTTP(noted, r)
	if took := time.Since(begun); noted.status == http.StatusServiceUnavailable {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refusals = append(s.refusals, took)
	}
}

func (s *stopwatch) sorted() times {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.refusals))
}

// statusNote remembers the status of an answer.
type statusNote struct {
	http.ResponseWriter

	status int
}

func (n *statusNote) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// noise has one person send ten times what one may, while the others ask for half of what there is (T28).
func noise(t *testing.T, url string, people crowd, capacity float64) {
	t.Helper()
	const share = 8 // of the places: what one person may have
	quiet := loadStream{People: people[1:], Rate: capacity / 2}
	loud := loadStream{People: people[:1], Rate: 10 * capacity * share / loadPlaces}
	steps := runLoad(t, url, loadStep{For: beforeOverload, Streams: []loadStream{quiet}}, loadStep{For: beforeOverload, Streams: []loadStream{quiet, loud}})
	alone, beside := steps[0][0].Served.quantile(0.99), steps[1][0].Served.quantile(0.99)
	t.Logf("one person at ten times a share: served %d, refused %d; the others: p99 %v, alone %v; refused %d, alone %d",
		steps[1][1].Served.count(), steps[1][1].Refused.count(), beside, alone, steps[1][0].Refused.count(), steps[0][0].Refused.count())
	require.Empty(t, slices.Concat(steps[0][0].Wrong, steps[1][0].Wrong, steps[1][1].Wrong))
	require.Less(t, float64(beside), mostNoise*float64(alone))
}

// runLoad has another process send requests, so that neither waits for the other's scheduler, and gives the results of
// the steps by stream.
func runLoad(t *testing.T, url string, steps ...loadStep) [][]loadResult {
	t.Helper()
	order, err := json.Marshal(loadOrder{URL: url, Result: filepath.Join(t.TempDir(), "result.json"), Steps: steps})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "order.json")
	require.NoError(t, os.WriteFile(file, order, 0o600))
	exe, err := os.Executable()
	require.NoError(t, err)
	client := exec.CommandContext(t.Context(), exe, "-test.run=^TestLoadClient$", "-test.timeout=30m")
	client.Env = append(os.Environ(), loadOrderEnv+"="+file)
	out, err := client.CombinedOutput()
	require.NoError(t, err, string(out))
	var o loadOrder
	require.NoError(t, json.Unmarshal(order, &o))
	text, err := os.ReadFile(o.Result)
	require.NoError(t, err)
	var results [][]loadResult
	require.NoError(t, json.Unmarshal(text, &results))
	return results
}

// footprint is what the program has from the system, less what it has given back.
func footprint() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// watchMemory notes the most memory until it is stopped.
func watchMemory() (stop func() int64) {
	ctx, cancel := context.WithCancel(context.Background())
	most := make(chan int64)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		peak := footprint()
		for {
			select {
			case <-tick.C:
				peak = max(peak, footprint())
			case <-ctx.Done():
				most <- peak
				return
			}
		}
	}()
	return func() int64 {
		cancel()
		return <-most
	}
}

// perSecond is how many were served.
func (r *loadResult) perSecond(d time.Duration) float64 {
	return float64(r.Served.count()) / d.Seconds()
}

// recovery is after which time 99 of 100 in every tenth of a second are served within a time, and nobody is refused.
func (r *loadResult) recovery(within time.Duration) time.Duration {
	last := -1
	for i, w := range r.Windows {
		if w.P99 > within || w.Refused > 0 {
			last = i
		}
	}
	return time.Duration(last+1) * loadWindow
}
