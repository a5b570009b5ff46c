package stripefake

import (
	"cmp"
	"slices"
	"time"
)

// An object is something with an id that is listed newest first. What is stored is a pointer to one of the exported
// types; snapshot copies it, which is enough because its slices and maps are replaced and never changed.
type object interface {
	ident() string
	made() time.Time
	owner() string // the customer that it belongs to
	kind() string  // as messages name it
	render(r *Realm) obj
	snapshot() object
}

type entry[T object] struct {
	value T
	seq   uint64
}

// table holds the objects of one kind in the order of their creation.
type table[T object] struct {
	byID    map[string]entry[T]
	all     []entry[T] // oldest first
	owned   map[string][]entry[T]
	created uint64
}

func newTable[T object]() *table[T] {
	return &table[T]{byID: map[string]entry[T]{}, owned: map[string][]entry[T]{}}
}

func (t *table[T]) add(value T) {
	t.created++
	e := entry[T]{value, t.created}
	t.byID[value.ident()] = e
	t.all = insertByAge(t.all, e)
	if owner := value.owner(); owner != "" {
		t.owned[owner] = insertByAge(t.owned[owner], e)
	}
}

func (t *table[T]) get(id string) (T, bool) {
	e, ok := t.byID[id]
	return e.value, ok
}

func (t *table[T]) remove(id string) {
	e, ok := t.byID[id]
	if !ok {
		return
	}
	same := func(other entry[T]) bool { return other.seq == e.seq }
	delete(t.byID, id)
	t.all = slices.DeleteFunc(t.all, same)
	if owner := e.value.owner(); owner != "" {
		t.owned[owner] = slices.DeleteFunc(t.owned[owner], same)
	}
}

// of gives the objects of an owner, or all for an empty one, oldest first.
func (t *table[T]) of(owner string) []entry[T] {
	if owner == "" {
		return t.all
	}
	return t.owned[owner]
}

func (t *table[T]) values() []T {
	out := make([]T, len(t.all))
	for i, e := range t.all {
		out[i] = e.value
	}
	return out
}

func insertByAge[T object](list []entry[T], e entry[T]) []entry[T] {
	i, _ := slices.BinarySearchFunc(list, e, compareAge)
	return slices.Insert(list, i, e)
}

func compareAge[T object](a, b entry[T]) int {
	if order := a.value.made().Truncate(time.Second).Compare(b.value.made().Truncate(time.Second)); order != 0 {
		return order
	}
	return cmp.Compare(a.seq, b.seq)
}

// A query chooses what a list shows.
type query[T object] struct {
	from  *table[T]
	owner string
	keep  func(T) bool
	url   string
}

// page answers a list: newest first, with Stripe's cursor rules.
func (q query[T]) page(c *call) (any, *apiError) {
	limit, e := c.limit()
	if e != nil {
		return nil, e
	}
	after, before := c.form.text("starting_after"), c.form.text("ending_before")
	list := q.from.of(q.owner)
	low, high := 0, len(list)
	if after != "" {
		if high, e = q.position(c, list, after, "starting_after"); e != nil {
			return nil, e
		}
	}
	if before != "" {
		if low, e = q.position(c, list, before, "ending_before"); e != nil {
			return nil, e
		}
		for low < len(list) && list[low].value.ident() == before {
			low++
		}
	}
	found, more := q.collect(list[low:high], limit, before != "")
	data := make([]any, len(found))
	for i, value := range found {
		data[i] = c.realm.show(value)
	}
	return listOf(data, more, q.url), nil
}

// position is where a cursor stands among the objects, also one that the filter does not let through.
func (q query[T]) position(c *call, list []entry[T], id, param string) (int, *apiError) {
	e, ok := q.from.byID[id]
	if !ok {
		var none T
		return 0, invalid("resource_missing", param, "No such %s: '%s'", none.kind(), id)
	}
	i, _ := slices.BinarySearchFunc(list, e, compareAge)
	return i, nil
}

// collect takes up to limit of the objects, from the newest or, when going back, from the oldest; the result is newest
// first in both cases. More tells whether there would have been another one.
func (q query[T]) collect(list []entry[T], limit int, back bool) (found []T, more bool) {
	for n := range list {
		i := len(list) - 1 - n
		if back {
			i = n
		}
		if q.keep != nil && !q.keep(list[i].value) {
			continue
		}
		if len(found) == limit {
			return inOrder(found, back), true
		}
		found = append(found, list[i].value)
	}
	return inOrder(found, back), false
}

func inOrder[T any](list []T, back bool) []T {
	if back {
		slices.Reverse(list)
	}
	return list
}

// limit reads the size of a page and refuses two cursors.
func (c *call) limit() (int, *apiError) {
	const usual, most = 10, 100
	if c.form.has("starting_after") && c.form.has("ending_before") {
		return 0, invalid("", "", "You cannot parameterize both starting_after and ending_before.")
	}
	if !c.form.has("limit") {
		return usual, nil
	}
	n := c.form.number("limit")
	if n < 1 || n > most {
		return 0, invalid("parameter_invalid_integer", "limit", "Invalid limit: must be between 1 and %d", most)
	}
	return int(n), nil
}
