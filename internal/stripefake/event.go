package stripefake

import (
	"reflect"
	"slices"
	"time"
)

// eventLife is how long events can be read.
const eventLife = 30 * 24 * time.Hour

// Event says that an object has changed.
type Event struct {
	ID, Type string
	Object   string // id of what has changed
	Request  string // id of the request that changed it; empty: nobody asked
	Key      string // its idempotency key
	Created  time.Time
	of       object // as it was then
	before   object // as it was before; nil: does not matter
	open     int    // deliveries that nobody has accepted
}

func (x *Event) ident() string    { return x.ID }
func (x *Event) made() time.Time  { return x.Created }
func (x *Event) owner() string    { return "" }
func (x *Event) kind() string     { return "event" }
func (x *Event) snapshot() object { copied := *x; return &copied }

func (x *Event) render(r *Realm) obj { return x.renderAs(r, Version) }

// renderAs shows the event in the shape of an API version.
func (x *Event) renderAs(r *Realm, version string) obj {
	shape := func(body obj) obj { return inVersion(body, version) }
	data := obj{"object": shape(x.of.render(r))}
	if x.before != nil {
		data["previous_attributes"] = difference(shape(x.before.render(r)), shape(x.of.render(r)))
	}
	return obj{
		"id": x.ID, "object": "event", "api_version": version, "created": x.Created.Unix(), "data": data, "livemode": r.live,
		"pending_webhooks": x.open, "type": x.Type,
		"request": obj{"id": textOrNull(x.Request), "idempotency_key": textOrNull(x.Key)},
	}
}

// difference are the old values of what has changed.
func difference(before, now obj) obj {
	out := obj{}
	for key, value := range before {
		if !reflect.DeepEqual(value, now[key]) {
			out[key] = value
		}
	}
	return out
}

// emit makes an event of a change, and has it delivered to whoever wants to hear of it.
func (c *call) emit(kind string, of, before object) {
	x := &Event{
		ID: c.server.newID("evt"), Type: kind, Object: of.ident(), Request: c.id, Key: c.key, Created: c.now, of: of.snapshot(),
	}
	if before != nil {
		x.before = before.snapshot()
	}
	c.realm.events.add(x)
	listeners := []*Realm{c.realm}
	if c.realm.account != c.server.platform {
		listeners = append(listeners, c.server.realm(c.server.platform, c.realm.live))
	}
	for _, r := range listeners {
		for _, e := range r.endpoints.values() {
			if e.Connect == (r != c.realm) && !e.Disabled && wants(e.Events, kind) {
				x.open++
				c.server.pending = append(c.server.pending, &attempt{endpoint: e, event: x, realm: c.realm})
			}
		}
	}
}

func wants(events []string, kind string) bool {
	return slices.Contains(events, "*") || slices.Contains(events, kind)
}

func listEvents(c *call) (any, *apiError) {
	types := c.form.list("types")
	if c.form.has("type") && len(types) > 0 {
		return nil, invalid("", "", "You may only specify one of these parameters: type, types.")
	}
	return query[*Event]{from: c.realm.events, url: "/v1/events", keep: func(x *Event) bool {
		return x.Created.Add(eventLife).After(c.now) && c.fits("type", x.Type) && c.form.within("created", x.Created) &&
			(len(types) == 0 || slices.Contains(types, x.Type)) &&
			(!c.form.has("delivery_success") || c.form.truth("delivery_success") == (x.open == 0))
	}}.page(c)
}

func getEvent(c *call) (any, *apiError) {
	x, ok := c.realm.events.get(c.ids[0])
	if !ok || !x.Created.Add(eventLife).After(c.now) {
		return nil, c.missing("event", c.ids[0], "id")
	}
	return c.realm.show(x), nil
}

// Events are all events of a realm, oldest first, also those that are too old to be listed.
func (r *Realm) Events() []Event {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	var out []Event
	for _, x := range r.events.values() {
		out = append(out, *x)
	}
	return out
}
