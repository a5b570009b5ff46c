package portal_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// loadOrderEnv names the file with the order for the process that sends requests.
const loadOrderEnv = "BILLHATCH_LOAD_ORDER"

// loadOrder is what that process is to do.
type loadOrder struct {
	URL    string // of the server
	Result string // file for the results: by step and stream
	Steps  []loadStep
}

// loadStep sends several streams of requests at a time; steps follow each other without a gap.
type loadStep struct {
	For     time.Duration
	Streams []loadStream
}

// loadStream is requests of some people, in turn: at a rate, whatever becomes of those before, or from so many workers,
// each of which waits for its answer.
type loadStream struct {
	People  crowd
	Rate    float64 // a second; 0: Workers
	Workers int
}

// loadResult is what has become of a stream. Times are from the moment at which a request was to be sent.
type loadResult struct {
	Sent            int
	Unsent          int // the client had too many requests open already
	Served, Refused times
	Wrong           []string // what was neither; the first few
	Windows         []window // by the time at which requests were to be sent
}

// times are how long requests took, sorted.
type times []time.Duration

func (t times) count() int { return len(t) }

// quantile is a time that so many of all do not exceed.
func (t times) quantile(q float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	return t[min(int(q*float64(len(t))), len(t)-1)]
}

// window is a tenth of a second.
type window struct {
	P99     time.Duration // of those who were served
	Refused int
}

const (
	loadWindow   = 100 * time.Millisecond
	mostAtATime  = 8192 // requests that the client has open
	mostWrong    = 5    // that are kept
	connections  = 512  // to the server, as a proxy before it bounds them
	answerWithin = 30 * time.Second
)

// TestLoadClient is the process that sends requests for TestLoad.
func TestLoadClient(t *testing.T) { //nolint:paralleltest // it is a program of its own
	file := os.Getenv(loadOrderEnv)
	if file == "" {
		t.Skip("it is the other half of TestLoad")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the parent process names it
	require.NoError(t, err)
	var order loadOrder
	require.NoError(t, json.Unmarshal(text, &order))
	c := &loadClient{
		t: t, url: order.URL, slots: make(chan struct{}, mostAtATime),
		http: &http.Client{Timeout: answerWithin, Transport: &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}},
	}
	results := make([][]loadResult, len(order.Steps))
	records := make([][]*loadRecord, len(order.Steps))
	begin := time.Now()
	for i, step := range order.Steps {
		var group sync.WaitGroup
		for _, stream := range step.Streams {
			record := &loadRecord{begin: begin, windows: make([]loadWindowRecord, int(step.For/loadWindow)+1)}
			records[i] = append(records[i], record)
			group.Go(func() { c.run(record, &stream, begin, step.For) })
		}
		group.Wait() // they are sent, and not all of them answered
		begin = begin.Add(step.For)
	}
	c.open.Wait()
	for i := range records {
		for _, record := range records[i] {
			results[i] = append(results[i], record.result())
		}
	}
	text, err = json.Marshal(results)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(order.Result, text, 0o600))
}

// loadClient sends requests.
type loadClient struct {
	t     *testing.T
	url   string
	http  *http.Client
	slots chan struct{}
	open  sync.WaitGroup
}

// run sends the requests of a stream.
func (c *loadClient) run(record *loadRecord, s *loadStream, begin time.Time, d time.Duration) {
	if s.Rate == 0 {
		var group sync.WaitGroup
		for w := range s.Workers {
			group.Go(func() {
				for i := w; time.Since(begin) < d; i += s.Workers {
					c.send(record, &s.People[i%len(s.People)], loadPaths[i%len(loadPaths)], time.Now())
				}
			})
		}
		group.Wait()
		return
	}
	gap := time.Duration(float64(time.Second) / s.Rate)
	for i := 0; ; i++ {
		due := begin.Add(time.Duration(i) * gap)
		if due.Sub(begin) >= d {
			return
		}
		time.Sleep(time.Until(due))
		select {
		case c.slots <- struct{}{}:
		default:
			record.skip()
			continue
		}
		c.open.Go(func() {
			c.send(record, &s.People[i%len(s.People)], loadPaths[i%len(loadPaths)], due)
			<-c.slots
		})
	}
}

// send asks once and notes how long it took since the request was due.
func (c *loadClient) send(record *loadRecord, person *loadPerson, path string, due time.Time) {
	got, err := ask(c.t.Context(), c.http, c.url, path, person)
	if err != nil {
		record.note(due, got, err.Error())
		return
	}
	record.note(due, got, "")
}

// loadRecord is a result in the making.
type loadRecord struct {
	mu      sync.Mutex
	begin   time.Time
	out     loadResult
	windows []loadWindowRecord
}

type loadWindowRecord struct {
	served  times
	refused int
}

// note adds what has become of a request that was due.
func (r *loadRecord) note(due time.Time, got result, wrong string) {
	took := time.Since(due)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Sent++
	w := &r.windows[min(max(int(due.Sub(r.begin)/loadWindow), 0), len(r.windows)-1)]
	switch {
	case wrong != "":
		if len(r.out.Wrong) < mostWrong {
			r.out.Wrong = append(r.out.Wrong, wrong)
		}
	case got == served:
		r.out.Served = append(r.out.Served, took)
		w.served = append(w.served, took)
	default:
		r.out.Refused = append(r.out.Refused, took)
		w.refused++
	}
}

func (r *loadRecord) skip() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Unsent++
}

func (r *loadRecord) result() loadResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.out.Served)
	slices.Sort(r.out.Refused)
	for i := range r.windows {
		slices.Sort(r.windows[i].served)
		r.out.Windows = append(r.out.Windows, window{r.windows[i].served.quantile(0.99), r.windows[i].refused})
	}
	return r.out
}
