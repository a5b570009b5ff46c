package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// room is an exhibit that is open.
type room struct {
	exhibit *exhibit
	base    string
	ctx     context.Context //nolint:containedctx // what goes on in the room ends with it
	stop    context.CancelFunc

	once    sync.Once
	err     error
	world   *memory.World
	service *billing.Service
	portal  *portal.Portal
	who     rbac.Principal
}

func newRoom(ctx context.Context, e *exhibit) *room {
	rm := &room{exhibit: e, base: "/gallery/" + e.name}
	rm.ctx, rm.stop = context.WithCancel(ctx)
	return rm
}

// close ends what goes on in the room. It can still be looked at by whoever is in it.
func (rm *room) close(ctx context.Context) error {
	rm.stop()
	rm.once.Do(func() { rm.err = errors.New("closed before it was opened") })
	if rm.portal == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return rm.portal.Close(ctx)
}

// scene is what a recipe may change before a room opens.
type scene struct {
	world   *memory.World
	service *billing.Config
	portal  *portal.Config
	policy  *rbac.Policy
	after   []func(context.Context, *room) error // done when the room is open
}

// galleryNow is when everything in the gallery happens: its clocks stand still.
func galleryNow() time.Time { return time.Date(2026, time.November, 21, 15, 0, 0, 0, time.UTC) }

// open prepares the world and mounts a billing area over it.
func (rm *room) open() error {
	e := rm.exhibit
	var err error
	if rm.world, err = memory.Open(memory.Options{Seed: 1, Now: galleryNow()}); err != nil {
		return err
	}
	things := usual()
	if e.with != nil {
		e.with(&things)
	}
	things.furnish(rm.world)
	rm.who = principalOf(e.as)
	sc := rm.scene(e.as)
	if e.set != nil {
		e.set(sc)
	}
	if err := rm.world.Err(); err != nil {
		return err
	}
	engine, err := rbac.New(*sc.policy)
	if err != nil {
		return err
	}
	sc.service.Authorizer = engine
	if rm.service, err = billing.New(*sc.service); err != nil {
		return err
	}
	if rm.portal, err = portal.New(rm.service, *sc.portal); err != nil {
		return err
	}
	for _, act := range sc.after {
		if err := act(rm.ctx, rm); err != nil {
			return err
		}
	}
	return nil
}

// scene is what a room is like before the recipe.
func (rm *room) scene(as rbac.Role) *scene {
	product, who := products()[1], rm.who
	if slices.Contains(rbac.OrganizationPolicy().Roles, as) {
		product = products()[0]
	}
	return &scene{
		world: rm.world, policy: &product.policy,
		service: &billing.Config{
			Payments: rm.world.Payments(), Records: rm.world.Records(), Clock: rm.world.Now, SeesTenant: seesTenant,
			Authority:   func(context.Context, string) (rbac.Principal, error) { return who, nil },
			PortalHosts: []string{hostedHost},
			Support:     billing.Support{URL: "https://clearline.example/support", Email: "support@clearline.example"},
		},
		portal: &portal.Config{
			Identify: func(*http.Request) (rbac.Principal, error) { return who, nil },
			Clock:    time.Now, BasePath: rm.base, HostName: product.name, HostURL: "/gallery",
			Rate: portal.Rate{PerMinute: 60_000, Burst: 1_000}, // everybody who looks is the same person
		},
	}
}

// principalOf is the person with a role.
func principalOf(role rbac.Role) rbac.Principal {
	for _, who := range people() {
		if who.role == role {
			return who.principal()
		}
	}
	return rbac.Principal{}
}

// account is the home account of whoever looks at a room.
func (rm *room) account(ctx context.Context) (*billing.Account, error) {
	return rm.service.Session(rm.who).Account(ctx, rm.who.Account)
}

// question makes the request whose answer is the exhibit.
type question func(context.Context, *room) (*http.Request, error)

// get asks for a page of the room.
func get(path string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) {
		return rm.request(ctx, http.MethodGet, path, "", "")
	}
}

// form sends a form: names and values by turns.
func form(path string, pairs ...string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) { return rm.form(ctx, path, pairs...) }
}

// plainText sends plain text where a form is wanted.
func plainText(path, body string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) {
		return rm.request(ctx, http.MethodPost, path, "text/plain", body)
	}
}

// withHeader adds a header to what is asked.
func withHeader(ask question, name, value string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) {
		r, err := ask(ctx, rm)
		if err != nil {
			return nil, err
		}
		r.Header.Set(name, value)
		return r, nil
	}
}

func (rm *room) form(ctx context.Context, path string, pairs ...string) (*http.Request, error) {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return rm.request(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode())
}

func (rm *room) request(ctx context.Context, method, path, mediaType, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, rm.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r, nil
}

// send has the portal of the room answer a request as if the browser had sent it.
func (rm *room) send(browser, asked *http.Request) *answer {
	if tag := browser.Header.Get("Accept-Language"); tag != "" {
		asked.Header.Set("Accept-Language", tag)
	}
	got := newAnswer()
	rm.portal.ServeHTTP(got, asked)
	return got
}

// answer keeps what was answered.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{header: http.Header{}, status: http.StatusOK} }

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// send passes it on.
func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // whoever asked may be gone
}
