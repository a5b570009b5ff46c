package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
)

// exhibit is one state of one page: a billing area of its own, over a world that a recipe has prepared. Nothing in it is
// drawn for the gallery.
type exhibit struct {
	name, title string
	as          rbac.Role              // who looks at it
	path        string                 // of the page, below the base path
	with        func(*furniture)       // what is in the world; nil: the usual
	set         func(*scene)           // what else is out of the ordinary; nil: nothing
	ask         question               // what is sent when the page is opened; nil: what the browser sends
	until       func(page []byte) bool // the page is asked for again until it is so; nil: the first answer will do
	status      int                    // what is promised; 0: 200
	text        string                 // a part of the page that shows the state
}

// url is where the exhibit is.
func (e *exhibit) url() string { return "/gallery/" + e.name + e.path }

// wing is a group of exhibits.
type wing struct {
	ID, Name string
	exhibits []exhibit
}

// gallery shows all exhibits. Their rooms are made when somebody comes.
type gallery struct {
	wings  []wing
	byName map[string]*exhibit
	ctx    context.Context //nolint:containedctx // what goes on in the rooms ends with the gallery
	stop   context.CancelFunc

	mu    sync.Mutex
	rooms []*room // open ones, the one that was entered last at the end
}

// mostRooms are open at a time: a billing area with its world takes some megabytes. The one that nobody has entered for
// the longest time is closed, and made anew when somebody comes.
const mostRooms = 16

func newGallery(ctx context.Context) *gallery {
	g := &gallery{byName: map[string]*exhibit{}}
	g.ctx, g.stop = context.WithCancel(context.WithoutCancel(ctx))
	g.wings = []wing{
		{"usage", "Usage", usageExhibits()},
		{"invoices", "Invoices", invoiceExhibits()},
		{"recipients", "Recipients and payment methods", recipientExhibits()},
		{"settings", "Settings and payment portal", settingsExhibits()},
		{"reports", "Reports", reportExhibits()},
		{"audit", "Audit trail", auditExhibits()},
		{"clients", "Partners", clientExhibits()},
		{"problems", "Problems", problemExhibits()},
		{"looks", "Languages and looks", lookExhibits()},
	}
	for w := range g.wings {
		for i := range g.wings[w].exhibits {
			e := &g.wings[w].exhibits[i]
			g.byName[e.name] = e
		}
	}
	return g
}

// room opens the room of an exhibit, or finds it open.
func (g *gallery) room(ctx context.Context, e *exhibit) (*room, error) {
	g.mu.Lock()
	var rm, left *room
	if at := slices.IndexFunc(g.rooms, func(rm *room) bool { return rm.exhibit == e }); at >= 0 {
		rm = g.rooms[at]
		g.rooms = slices.Delete(g.rooms, at, at+1)
	} else {
		rm = newRoom(g.ctx, e) //nolint:contextcheck // it outlives the request that opens it
	}
	g.rooms = append(g.rooms, rm)
	if len(g.rooms) > mostRooms {
		left = g.rooms[0]
		g.rooms = slices.Delete(g.rooms, 0, 1)
	}
	g.mu.Unlock()
	if left != nil {
		_ = left.close(ctx) // at worst a file of a report stays behind until it is closed
	}
	rm.once.Do(func() { rm.err = rm.open() })
	return rm, rm.err
}

// ServeHTTP answers for one exhibit. Opening its page may send something else than the browser did, such as the form
// whose answer is the state; everything beyond is as the browser asks for it.
func (g *gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e, ok := g.byName[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	rm, err := g.room(r.Context(), e)
	if err != nil {
		http.Error(w, "This exhibit could not be prepared.", http.StatusInternalServerError)
		return
	}
	w = &hostedWriter{w}
	if e.ask == nil || r.Method != http.MethodGet || r.URL.RequestURI() != e.url() || r.Header.Get(portal.FragmentHeader) != "" {
		rm.portal.ServeHTTP(w, r)
		return
	}
	got, err := rm.settle(r)
	if err != nil {
		http.Error(w, "This exhibit could not be asked for.", http.StatusInternalServerError)
		return
	}
	got.send(w)
}

// settle asks until the answer is as the exhibit wants it.
func (rm *room) settle(r *http.Request) (*answer, error) {
	const most, pause = 500, 10 * time.Millisecond
	asked, err := rm.exhibit.ask(r.Context(), rm)
	if err != nil {
		return nil, err
	}
	for range most {
		got := rm.send(r, asked)
		if rm.exhibit.until == nil || rm.exhibit.until(got.body.Bytes()) {
			return got, nil
		}
		time.Sleep(pause)
	}
	return nil, errors.New("it never became so")
}

// close ends what goes on in the rooms.
func (g *gallery) close(ctx context.Context) error {
	g.stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	var errs []error
	for _, rm := range g.rooms {
		errs = append(errs, rm.close(ctx))
	}
	g.rooms = nil
	return errors.Join(errs...)
}

// card is an exhibit as the list has it.
type card struct {
	Name   string `json:"name"`
	Group  string `json:"group"`
	Title  string `json:"title"`
	URL    string `json:"url"`
	Status int    `json:"status"`
	Text   string `json:"text"`
}

func (w *wing) cards() []card {
	cards := make([]card, len(w.exhibits))
	for i := range w.exhibits {
		e := &w.exhibits[i]
		cards[i] = card{e.name, w.Name, e.title, e.url(), max(e.status, http.StatusOK), e.text}
	}
	return cards
}

// index lists all exhibits for programs.
func (g *gallery) index(w http.ResponseWriter, _ *http.Request) {
	var cards []card
	for i := range g.wings {
		cards = append(cards, g.wings[i].cards()...)
	}
	body, err := json.MarshalIndent(cards, "", "  ")
	if err != nil {
		http.Error(w, "The list could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// galleryPage lists them for people.
func (d *demo) galleryPage(*http.Request, session) page {
	type group struct {
		ID, Name string
		Exhibits []card
	}
	var groups []group
	for i := range d.gallery.wings {
		wing := &d.gallery.wings[i]
		groups = append(groups, group{wing.ID, wing.Name, wing.cards()})
	}
	return page{Name: "gallery", Title: "Gallery", Body: groups}
}
