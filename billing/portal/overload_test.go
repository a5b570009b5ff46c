package portal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// crowd is people of two accounts, each with the canary of their own one and, after it, that of the other.
type crowd []loadPerson

// crowded has the host know so many people, every second one of them of another account.
func (h *house) crowded(n int) crowd {
	of := []string{rbactest.Home, rbactest.Other.AccountOf()}
	people := make(crowd, n)
	for i := range people {
		p := rbac.Principal{ID: fmt.Sprintf("crowd-%d", i), Account: of[i%2], Roles: []rbac.Role{rbac.ClientAdmin}}
		h.knows(p)
		people[i] = loadPerson{ID: p.ID, Own: canaryOf(of[i%2]), Foreign: canaryOf(of[1-i%2])}
	}
	return people
}

// TestT28MoreThanThereArePlacesForIsRefused (T28): as many as there are places are at work, a quarter of that may wait,
// and everybody else is refused at once with a problem that says when to come again, before the host is asked who it is.
func TestT28MoreThanThereArePlacesForIsRefused(t *testing.T) {
	t.Parallel()
	const places, waiting, more = 8, 2, 40
	var identified, atWork atomic.Int32
	arrived, release := make(chan struct{}, places), make(chan struct{})
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.MaxInFlight = places
		identify := h.config.Identify
		h.config.Identify = func(r *http.Request) (rbac.Principal, error) {
			identified.Add(1)
			return identify(r)
		}
	})
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Account" {
			atWork.Add(1)
			arrived <- struct{}{}
			<-release
		}
	})
	people := h.crowded(places + waiting + more)
	var group sync.WaitGroup
	served := make([]*answer, len(people))
	send := func(i int, path string) { served[i] = (&visitor{h: h, id: people[i].ID, language: "en"}).get(path) }
	for i := range places {
		group.Go(func() { send(i, "/usage") })
	}
	for range places {
		<-arrived
	}
	ctx, giveUp := context.WithCancel(t.Context()) // those who wait, until everybody else is refused
	for i := places; i < places+waiting; i++ {
		group.Go(func() {
			v := &visitor{h: h, id: people[i].ID, language: "en"}
			served[i] = v.do(v.request(http.MethodGet, "/usage", "").WithContext(ctx))
		})
	}
	for identified.Load() < places+waiting {
		runtime.Gosched()
	}
	for i := places + waiting; i < len(people); i++ {
		send(i, []string{"/usage", "/api/accounts/self/usage", "/nothing"}[i%3])
	}
	giveUp()
	close(release)
	group.Wait()
	require.EqualValues(t, places, atWork.Load())
	for i, a := range served {
		switch {
		case i < places:
			require.Equal(t, http.StatusOK, a.status)
			require.Contains(t, a.body, people[i].Own)
			require.NotContains(t, a.body, people[i].Foreign)
		case i >= places+waiting && i%3 == 2:
			require.Equal(t, http.StatusNotFound, a.status, "what does not exist does not need a place")
		default:
			require.Equal(t, http.StatusServiceUnavailable, a.status, i)
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	}
	require.Less(t, int(identified.Load()), places+waiting+more/2, "hardly anybody was asked for in vain")
	require.Equal(t, http.StatusOK, h.as(person(rbac.ClientAdmin)).get("/assets/billhatch.css").status)
}

// TestABurstIsAnsweredWithoutMixingAnybodyUp: over real connections, many more at once than there are places. Whoever is
// served gets what is their own, whoever is not a whole problem, and afterwards nothing is left of it. It runs alone:
// memory and goroutines are those of the whole program.
func TestABurstIsAnsweredWithoutMixingAnybodyUp(t *testing.T) { //nolint:paralleltest // see above
	const people, each, places = 40, 10, 4
	slow := &slowRecords{}
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.MaxInFlight = places
		slow.Records, h.billing.Records = h.billing.Records, slow
	})
	goroutines := goleak.IgnoreCurrent()
	server := httptest.NewServer(h.portal)
	var ok, refused atomic.Int32
	burst := func() {
		var group sync.WaitGroup
		for i, person := range h.crowded(people) {
			group.Go(func() {
				for range each {
					switch result, err := ask(t.Context(), server.Client(), server.URL, loadPaths[i%len(loadPaths)], &person); {
					case err != nil:
						t.Error(err)
					case result == served:
						ok.Add(1)
					default:
						refused.Add(1)
					}
				}
			})
		}
		group.Wait()
	}
	burst()
	before := heap()
	burst()
	require.Less(t, heap()-before, int64(16<<20), "bytes of memory")
	require.EqualValues(t, 2*people*each, ok.Load()+refused.Load())
	require.NotZero(t, ok.Load())
	require.LessOrEqual(t, slow.most.Load(), int32(places))
	require.Zero(t, slow.atWork.Load())
	result, err := ask(t.Context(), server.Client(), server.URL, "/billing/usage", &h.crowded(1)[0])
	require.NoError(t, err)
	require.Equal(t, served, result)
	server.Close()
	goleak.VerifyNone(t, goroutines)
}

// heap is how much memory is in use when the garbage is gone.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// slowRecords take their time for each account, as a provider does that is far away, and count who waits for them. It is
// never the same time, so that requests that came together do not stay together.
type slowRecords struct {
	provider.Records

	delay        time.Duration // on average: half of it to one and a half
	atWork, most atomic.Int32
}

// Unwrap keeps the abilities of the records.
func (s *slowRecords) Unwrap() provider.Records { return s.Records }

func (s *slowRecords) Account(ctx context.Context, id string) (provider.Account, error) {
	n := s.atWork.Add(1)
	defer s.atWork.Add(-1)
	for {
		most := s.most.Load()
		if n <= most || s.most.CompareAndSwap(most, n) {
			break
		}
	}
	if s.delay > 0 {
		time.Sleep(s.delay/2 + rand.N(s.delay)) //nolint:gosec // it is no secret
	}
	return s.Records.Account(ctx, id)
}

// result is what a request has come to.
type result int

const (
	served  result = iota
	refused        // a whole problem, with a time to come again
)

// loadPaths are what is asked for under load.
var loadPaths = []string{"/billing/usage", "/billing/invoices", "/billing/api/accounts/self/usage", "/billing/api/accounts/self/invoices"}

// loadPerson is somebody who sends requests.
type loadPerson struct {
	ID           string
	Own, Foreign string // canaries: every answer has the one, and none has the other
}

// ask sends a request and tells what it has come to. An answer that is neither one's own nor a problem is an error.
func ask(ctx context.Context, client *http.Client, url, path string, person *loadPerson) (result, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set(personHeader, person.ID)
	res, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if err := res.Body.Close(); err != nil {
		return 0, err
	}
	text := string(body)
	switch {
	case strings.Contains(text, person.Foreign):
		return 0, fmt.Errorf("%s: what belongs to somebody else", path)
	case res.StatusCode == http.StatusOK && strings.Contains(text, person.Own):
		return served, nil
	case res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusTooManyRequests:
		return 0, fmt.Errorf("%s: status %d", path, res.StatusCode)
	case res.Header.Get("Retry-After") == "" || res.Header.Get("Request-Id") == "":
		return 0, fmt.Errorf("%s: refused without a time to come again", path)
	case strings.HasPrefix(path, "/billing/api/") && !json.Valid(body), !strings.HasPrefix(path, "/billing/api/") && !strings.HasSuffix(strings.TrimSpace(text), "</html>"):
		return 0, fmt.Errorf("%s: half a problem", path)
	}
	return refused, nil
}
