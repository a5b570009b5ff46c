package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
)

// demo is the host: its people and their sessions, and the stage that they are on.
type demo struct {
	origin   string           // such as "http://127.0.0.1:8080"
	clock    func() time.Time // real time
	sealKey  []byte
	people   []*person
	products []*product
	sessions sessions
	pages    pages
	gallery  *gallery
	stage    atomic.Pointer[stage]
	resets   sync.Mutex
}

// stage is what a reset makes anew: the world, what happens in it as time passes, and the billing areas over it.
type stage struct {
	world        *memory.World
	closer       *closer
	availability usage.Availability

	mu     sync.RWMutex
	faults []string         // names of those that are active
	areas  map[string]*area // by product
}

func newDemo(ctx context.Context, origin string, clock func() time.Time) (*demo, error) {
	d := &demo{
		origin: origin, clock: clock, people: people(), products: products(),
		sessions: sessions{byID: map[string]*session{}},
		// Page cursors and confirmations outlive a reset.
		sealKey: []byte(rand.Text() + rand.Text()),
	}
	var err error
	if d.pages, err = newPages(); err != nil {
		return nil, err
	}
	d.gallery = newGallery(ctx)
	return d, d.reset(ctx)
}

// reset begins anew with a year that ends now.
func (d *demo) reset(ctx context.Context) error {
	d.resets.Lock()
	defer d.resets.Unlock()
	world, err := memory.Open(memory.Options{Seed: demoSeed, Now: d.clock()})
	if err != nil {
		return err
	}
	if err := world.AddDemo(ctx); err != nil {
		return err
	}
	d.linkSettings(ctx, world)
	s := &stage{world: world, areas: map[string]*area{}}
	if s.availability, err = reportsFrom(world); err != nil {
		return err
	}
	if s.closer, err = newCloser(ctx, world, d.clock, d.products); err != nil {
		return err
	}
	if err := d.mount(ctx, s); err != nil {
		return err
	}
	if old := d.stage.Swap(s); old != nil {
		return old.close(ctx)
	}
	return nil
}

// demoSeed chooses what the year is made of.
const demoSeed = 1

// mount makes the billing areas of a stage, and ends those that were there.
func (d *demo) mount(ctx context.Context, s *stage) error {
	fresh := map[string]*area{}
	for _, p := range d.products {
		a, err := d.newArea(s, p)
		if err != nil {
			return err
		}
		fresh[p.id] = a
	}
	s.mu.Lock()
	old := s.areas
	s.areas = fresh
	s.mu.Unlock()
	return closeAreas(ctx, old)
}

// area is the billing area of a product.
func (s *stage) area(product string) *area {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.areas[product]
}

func (s *stage) close(ctx context.Context) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return closeAreas(ctx, s.areas)
}

// closeAreas ends the reports that are being written and removes their files.
func closeAreas(ctx context.Context, areas map[string]*area) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var errs []error
	for _, a := range areas {
		errs = append(errs, a.portal.Close(ctx))
	}
	return errors.Join(errs...)
}

// close ends everything that the demonstration has begun.
func (d *demo) close(ctx context.Context) error {
	return errors.Join(d.stage.Load().close(ctx), d.gallery.close(ctx))
}

// product finds a product.
func (d *demo) product(id string) *product {
	at := slices.IndexFunc(d.products, func(p *product) bool { return p.id == id })
	return d.products[max(0, at)]
}

// person finds somebody by the name of the role, such as "client_admin".
func (d *demo) person(role string) *person {
	for _, who := range d.people {
		if string(who.role) == role {
			return who
		}
	}
	return nil
}

// print tells where the demonstration is.
func (d *demo) print(w io.Writer) {
	text := "Billhatch demonstration: " + d.origin + "/\n\n"
	for _, who := range d.people {
		text += fmt.Sprintf("  %-16s %-16s %s/?as=%s\n", d.product(who.product).name, who.title, d.origin, who.role)
	}
	text += fmt.Sprintf("\n  %-33s %s/gallery\n  %-33s %s/panel\n\nCtrl-C ends it. Nothing is kept.\n",
		"every state of every page", d.origin, "clock and faults", d.origin)
	_, _ = io.WriteString(w, text)
}
