package stripefake

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A clause is one field:"value" or metadata["key"]:"value" of a search.
type clause struct{ field, key, value string }

var clausePattern = regexp.MustCompile(`^([a-z_]+)(?:\[["']([^"']+)["']\])?:["']([^"']*)["']$`)

// parseSearch reads clauses that are joined by AND, which is all that is needed here.
func parseSearch(text string) ([]clause, *apiError) {
	var out []clause
	for _, part := range strings.Split(text, " AND ") {
		m := clausePattern.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, invalid("", "query", "We were unable to parse your search query. (%s)", part)
		}
		out = append(out, clause{m[1], m[2], m[3]})
	}
	return out, nil
}

// fits compares without regard to the case of letters, as Stripe does (https://docs.stripe.com/search#query-operators).
func (cl clause) fits(body obj) bool {
	value := body[cl.field]
	if cl.field == "metadata" {
		metadata, _ := body["metadata"].(obj)
		value = metadata[cl.key]
	}
	return value != nil && strings.EqualFold(fmt.Sprint(value), cl.value)
}

// search answers from what the index has seen: the state as it was told by events older than the lag.
func search[T object](t func(*Realm) *table[T], url string) handler {
	return func(c *call) (any, *apiError) {
		clauses, e := parseSearch(c.form.text("query"))
		if e != nil {
			return nil, e
		}
		limit, e := c.limit()
		if e != nil {
			return nil, e
		}
		skip, _ := strconv.Atoi(c.form.text("page"))
		seen := indexed[T](c)
		data, more := []any{}, false
		for i := range t(c.realm).all {
			e := t(c.realm).all[len(t(c.realm).all)-1-i]
			old, ok := seen[e.value.ident()]
			if !ok || !all(clauses, old.render(c.realm)) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if len(data) == limit {
				more = true
				break
			}
			data = append(data, old.render(c.realm))
		}
		next := any(nil)
		if more {
			start, _ := strconv.Atoi(c.form.text("page"))
			next = strconv.Itoa(start + limit)
		}
		return obj{"object": "search_result", "data": data, "has_more": more, "next_page": next, "url": url}, nil
	}
}

func all(clauses []clause, body obj) bool {
	for _, cl := range clauses {
		if !cl.fits(body) {
			return false
		}
	}
	return true
}

// indexed are the objects of a kind as the index knows them.
func indexed[T object](c *call) map[string]object {
	horizon := c.now.Add(-c.server.options.SearchLag)
	seen := map[string]object{}
	for _, e := range c.realm.events.all {
		if e.value.Created.After(horizon) {
			break
		}
		if _, ok := e.value.of.(T); !ok {
			continue
		}
		seen[e.value.Object] = e.value.of
		if strings.HasSuffix(e.value.Type, ".deleted") {
			delete(seen, e.value.Object)
		}
	}
	return seen
}

// SearchLag changes how long search does not see a change.
func (s *Server) SearchLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.SearchLag = d
}
