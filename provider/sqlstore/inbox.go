package sqlstore

import (
	"bytes"
	"context"
	"strconv"

	"github.com/billhatch/billhatch/provider"
)

// Receive stores an event once, with its body.
func (s *Store) Receive(ctx context.Context, e provider.Event, body []byte) (bool, error) {
	return write(ctx, s, "Receive", func(here session) (bool, error) {
		err := check(field{"id", e.ID, id}, field{"type", e.Type, freeText}, field{"kind", string(e.Kind), freeText},
			field{"object", e.Object, freeText}, field{"customer", e.Customer, freeText}, field{"account", e.Account, freeText})
		if err != nil {
			return false, err
		}
		if body == nil {
			body = []byte{} // null is no body at all
		}
		now, err := here.now(ctx)
		if err != nil {
			return false, err
		}
		n, err := here.exec(ctx, `INSERT INTO billhatch_inbox
			(event_id, type, kind, object, customer, account, at, live, body, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (event_id) DO NOTHING`,
			e.ID, e.Type, string(e.Kind), e.Object, e.Customer, e.Account, s.at(e.At), e.Live, body, s.at(now))
		if err != nil || n > 0 {
			return err == nil, err
		}
		var old []byte
		if err := here.row(ctx, "SELECT body FROM billhatch_inbox WHERE event_id = ?", e.ID).Scan(&old); err != nil {
			return false, err
		}
		if !bytes.Equal(old, body) {
			return false, conflict("the event has another body")
		}
		return false, nil
	})
}

// Pending gives a page of the events that are not done, in the order in which they came. An event whose Receive is still
// going on while pages are read may be missing on all of them; it is on those that are read from the beginning later.
func (s *Store) Pending(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error) {
	return ask(ctx, s, "Pending", func(here session) (provider.PendingPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.PendingPage{}, err
		}
		list := []string{"inbox"}
		place, err := s.keys.unseal(q.Cursor, 1, list)
		if err != nil {
			return provider.PendingPage{}, err
		}
		var after int64
		if place != nil {
			if after, err = strconv.ParseInt(place[0], 10, 64); err != nil {
				return provider.PendingPage{}, &provider.Error{Kind: provider.ErrInvalidCursor}
			}
		}
		var page provider.PendingPage
		var last int64 // of those on the page
		more := false
		err = here.each(ctx, func(scan func(...any) error) error {
			var e provider.Event
			var at instant
			var sequence int64
			if err := scan(&e.ID, &sequence, &e.Type, &e.Kind, &e.Object, &e.Customer, &e.Account, &at, &e.Live); err != nil {
				return err
			}
			if more = len(page.Events) == q.Limit; more {
				return nil
			}
			e.At, last = at.Time, sequence
			page.Events = append(page.Events, e)
			return nil
		}, `SELECT event_id, sequence, type, kind, object, customer, account, at, live FROM billhatch_inbox
			WHERE done_at IS NULL AND sequence > ? ORDER BY sequence LIMIT ?`, after, q.Limit+1)
		if err == nil && more {
			page.Next = s.keys.seal([]string{strconv.FormatInt(last, 10)}, list)
		}
		return page, err
	})
}

// Done marks an event.
func (s *Store) Done(ctx context.Context, event string) error {
	_, err := write(ctx, s, "Done", func(here session) (none, error) {
		if !possible(event) {
			return none{}, notFound()
		}
		now, err := here.now(ctx)
		if err != nil {
			return none{}, err
		}
		n, err := here.exec(ctx, "UPDATE billhatch_inbox SET done_at = coalesce(done_at, ?) WHERE event_id = ?", s.at(now), event)
		if err == nil && n == 0 {
			err = notFound()
		}
		return none{}, err
	})
	return err
}
