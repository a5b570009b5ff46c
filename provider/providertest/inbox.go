package providertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// event is an event that came so many seconds after the first one.
func (r *rec) event(id string, after int) provider.Event {
	return provider.Event{
		ID: id, Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1",
		At: second(r.Now()).Add(time.Duration(after) * time.Second),
	}
}

func (r *rec) receive(e provider.Event, body string) (bool, error) {
	return ability[provider.Inbox](r.r).Receive(r.Context(), e, []byte(body))
}

// receives wants an event to be new or not.
func (r *rec) receives(e provider.Event, body string, want bool) {
	r.Helper()
	got, err := r.receive(e, body)
	r.ok(err, fmt.Sprintf("event %s", e.ID))
	same(r.check, "event "+e.ID+" is new", got, want)
}

func (r *rec) done(id string) {
	r.Helper()
	r.ok(ability[provider.Inbox](r.r).Done(r.Context(), id), "marking "+id)
}

// pending wants exactly these events on the first page of those that wait.
func (r *rec) pending(limit int, want ...string) []provider.Event {
	r.Helper()
	page, err := ability[provider.Inbox](r.r).Pending(r.Context(), provider.PendingQuery{Limit: limit})
	r.ok(err, "pending events")
	same(r.check, "pending events", eventIDs(page), append([]string{}, want...))
	return page.Events
}

func eventIDs(page provider.PendingPage) []string {
	ids := []string{}
	for i := range page.Events {
		ids = append(ids, page.Events[i].ID)
	}
	return ids
}

// pendingPages reads the inbox as a list of ids.
func (r *rec) pendingPages(ctx context.Context, limit int, cursor string) ([]string, string, error) {
	page, err := ability[provider.Inbox](r.r).Pending(ctx, provider.PendingQuery{Limit: limit, Cursor: cursor})
	return eventIDs(page), page.Next, err
}

func inboxCases() group[*rec] {
	return group[*rec]{name: "inbox", ability: provider.CanKeepInbox, cases: slices.Concat(receiveCases(), pendingCases(), pendingPageCases())}
}

func receiveCases() []testCase[*rec] {
	return []testCase[*rec]{
		{name: "an event is new once", run: func(r *rec) {
			r.receives(r.event("e1", 0), "body", true)
			r.receives(r.event("e1", 0), "body", false)
			r.receives(r.event("e2", 1), "body", true)
			r.pending(10, "e1", "e2")
		}},
		{name: "the same event with another body is a conflict, and the first one is kept", run: func(r *rec) {
			first := r.event("e1", 0)
			r.receives(first, "body", true)
			other := first
			other.Object = "in_2"
			got, err := r.receive(other, "another body")
			r.refused(err, "Receive", "another body", provider.ErrConflict)
			r.that(!got, "the event is said to be new beside the error")
			same(r.check, "object", r.pending(10, "e1")[0].Object, "in_1")
			r.receives(first, "body", false)
		}},
		{name: "a body that differs in one byte, or in length, is another body", run: func(r *rec) {
			r.receives(r.event("e1", 0), "body", true)
			for _, body := range []string{"bodY", "body\n", "bod", ""} {
				_, err := r.receive(r.event("e1", 0), body)
				r.refused(err, "Receive", fmt.Sprintf("the body %q", body), provider.ErrConflict)
			}
		}},
		{name: "a body that is used again by the caller is kept as it was", run: func(r *rec) {
			inbox, body := ability[provider.Inbox](r.r), []byte("body")
			_, err := inbox.Receive(r.Context(), r.event("e1", 0), body)
			r.ok(err, "event")
			copy(body, "xxxx")
			r.receives(r.event("e1", 0), "body", false)
		}},
		{name: "any bytes can be a body, up to 256 KiB", run: func(r *rec) {
			for i, body := range [][]byte{nil, {0, 0xff, 0xfe, '\n', 0}, bytes.Repeat([]byte{7}, 256<<10)} {
				r.receives(r.event(fmt.Sprint(i), i), string(body), true)
				r.receives(r.event(fmt.Sprint(i), i), string(body), false)
			}
		}},
		{name: "64 who receive the same event at once make it new once", run: func(r *rec) {
			fresh, failed := 0, 0
			for _, got := range together(racers, func(int) string {
				isNew, err := r.receive(r.event("e1", 0), "body")
				return fmt.Sprint(isNew, err)
			}) {
				switch got {
				case "true<nil>", "true <nil>":
					fresh++
				case "false<nil>", "false <nil>":
				default:
					failed++
				}
			}
			same(r.check, "number of those for whom it was new, and of failures", []int{fresh, failed}, []int{1, 0})
			r.pending(10, "e1")
		}},
		{name: "64 events that come at once are all there", run: func(r *rec) {
			for _, err := range together(racers, func(i int) error {
				_, err := r.receive(r.event(fmt.Sprintf("e%02d", i), 0), "body")
				return err
			}) {
				r.ok(err, "event")
			}
			got, _, err := r.pendingPages(r.Context(), provider.MaxPage, "")
			r.ok(err, "pending events")
			same(r.check, "number of events", len(got), racers)
		}},
		{name: "an event without an id is invalid", run: func(r *rec) {
			_, err := r.receive(r.event("", 0), "body")
			r.refused(err, "Receive", "event without an id", provider.ErrInvalid)
			r.pending(10)
		}},
		{name: "an event that nobody can place is kept all the same", run: func(r *rec) {
			want := provider.Event{ID: "e1", Type: "something.new", At: second(r.Now())}
			r.receives(want, "body", true)
			got := r.pending(10, "e1")[0]
			same(r.check, "type", got.Type, want.Type)
			same(r.check, "object and customer", got.Object+got.Customer, "")
		}},
		{name: "receiving stops with its context and keeps nothing", run: func(r *rec) {
			r.stopped("Receive", func(ctx context.Context) error {
				_, err := ability[provider.Inbox](r.r).Receive(ctx, r.event("e1", 0), []byte("body"))
				return err
			})
			r.pending(10)
		}},
	}
}

func pendingCases() []testCase[*rec] {
	fill := func(r *rec, n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("e%d", n-i)) // not in order of id
			r.receives(r.event(out[i], i), "body", true)
		}
		return out
	}
	return []testCase[*rec]{
		{name: "an empty inbox has nothing that waits", run: func(r *rec) { r.pending(10) }},
		{name: "events wait oldest first, with everything that they came with", run: func(r *rec) {
			want := r.event("e1", 0)
			want.Live, want.Account = true, "acct_1"
			r.receives(want, "body", true)
			got := r.pending(10, "e1")[0]
			r.that(got.At.Equal(want.At), "time: got %s, want %s", got.At, want.At)
			got.At = want.At
			same(r.check, "event", got, want)
		}},
		{name: "events wait in the order in which they came", run: func(r *rec) { r.pending(100, fill(r, 12)...) }},
		{name: "not more are given than were asked for, the oldest of them", run: func(r *rec) {
			all := fill(r, 9)
			r.pending(4, all[:4]...)
			r.pending(1, all[:1]...)
		}},
		{name: "an event that is done does not wait", run: func(r *rec) {
			all := fill(r, 3)
			r.done(all[1])
			r.pending(10, all[0], all[2])
		}},
		{name: "marking again does nothing", run: func(r *rec) {
			all := fill(r, 2)
			for range 3 {
				r.done(all[0])
			}
			r.pending(10, all[1])
		}},
		{name: "an event that is done and comes again is not new and does not wait", run: func(r *rec) {
			r.receives(r.event("e1", 0), "body", true)
			r.done("e1")
			r.receives(r.event("e1", 0), "body", false)
			r.pending(10)
		}},
		{name: "an event that is done and comes with another body is a conflict", run: func(r *rec) {
			r.receives(r.event("e1", 0), "body", true)
			r.done("e1")
			_, err := r.receive(r.event("e1", 0), "another body")
			r.refused(err, "Receive", "another body", provider.ErrConflict)
			r.pending(10)
		}},
		{name: "an unknown event cannot be marked", run: func(r *rec) {
			fill(r, 1)
			err := ability[provider.Inbox](r.r).Done(r.Context(), absent)
			r.refused(err, "Done", "unknown event", provider.ErrNotFound)
			r.pending(10, "e1")
		}},
		{name: "64 who mark and ask at once leave nothing that waits", run: func(r *rec) {
			all, inbox := fill(r, racers), ability[provider.Inbox](r.r)
			for _, err := range together(racers, func(i int) error {
				_, _, err := r.pendingPages(r.Context(), 10, "")
				return errors.Join(err, inbox.Done(r.Context(), all[i]))
			}) {
				r.ok(err, "marking")
			}
			r.pending(10)
		}},
		{name: "the list may be changed by the caller", run: func(r *rec) {
			fill(r, 1)
			r.pending(10, "e1")[0].ID = "changed"
			r.pending(10, "e1")
		}},
		{name: "asking what waits stops with its context", run: func(r *rec) {
			r.stopped("Pending", func(ctx context.Context) error {
				_, _, err := r.pendingPages(ctx, 10, "")
				return err
			})
		}},
		{name: "marking stops with its context and marks nothing", run: func(r *rec) {
			fill(r, 1)
			r.stopped("Done", func(ctx context.Context) error {
				return ability[provider.Inbox](r.r).Done(ctx, "e1")
			})
			r.pending(10, "e1")
		}},
	}
}

func pendingPageCases() []testCase[*rec] {
	cases := pagingCases(func(r *rec) *paged {
		n := 0
		return &paged{check: r.check, op: "Pending", page: r.pendingPages, sorted: func([]string) {}, add: func(more int) []string {
			var out []string
			for range more {
				n++
				out = append(out, fmt.Sprintf("e%04d", 9999-n)) // not in order of id
				r.receives(r.event(out[len(out)-1], n), "body", true)
			}
			return out
		}}
	})
	return append(cases, testCase[*rec]{name: "events that are done while pages are read leave none of the others out", run: func(r *rec) {
		for i := range 9 {
			r.receives(r.event(fmt.Sprintf("e%d", i), i), "body", true)
		}
		var seen []string
		cursor := ""
		for range 9 {
			got, next, err := r.pendingPages(r.Context(), 2, cursor)
			r.ok(err, "page")
			for _, id := range got {
				r.done(id)
			}
			seen, cursor = append(seen, got...), next
			if cursor == "" {
				break
			}
		}
		same(r.check, "events", seen, []string{"e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8"})
		r.pending(10)
	}})
}

// frozen is a statement with the right hash.
func frozen(key provider.ClosingKey, body string) provider.FrozenStatement {
	sum := sha256.Sum256([]byte(body))
	return provider.FrozenStatement{Key: key, Hash: "sha256:" + hex.EncodeToString(sum[:]), Body: []byte(body)}
}

func (r *rec) freeze(s provider.FrozenStatement) error {
	return ability[provider.StatementStore](r.r).Freeze(r.Context(), s)
}

// holds wants a statement to be frozen.
func (r *rec) holds(want provider.FrozenStatement) {
	r.Helper()
	got, err := ability[provider.StatementStore](r.r).Statement(r.Context(), want.Key)
	r.ok(err, "statement")
	r.that(got.Key == want.Key && got.Hash == want.Hash && bytes.Equal(got.Body, want.Body), "the statement is not the one that was frozen")
}

func (r *rec) missing(key provider.ClosingKey) {
	r.Helper()
	_, err := ability[provider.StatementStore](r.r).Statement(r.Context(), key)
	r.refused(err, "Statement", "statement that there is not", provider.ErrNotFound)
}

func statementCases() group[*rec] {
	return group[*rec]{name: "statements", ability: provider.CanKeepStatements, cases: slices.Concat(freezeCases(), badStatementCases())}
}

func freezeCases() []testCase[*rec] {
	return []testCase[*rec]{
		{name: "a statement is read byte by byte as it was frozen", run: func(r *rec) {
			for i, body := range []string{`{"total":"1.00"}`, "\x00\xff\xfe\n", string(bytes.Repeat([]byte("x"), 1<<20))} {
				s := frozen(r.key(r.account(), -1-i), body)
				r.ok(r.freeze(s), "freezing")
				r.holds(s)
			}
		}},
		{name: "the same statement again does nothing", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			for range 3 {
				r.ok(r.freeze(s), "freezing")
				r.holds(s)
			}
		}},
		{name: "another statement is a conflict, and the first one stays", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			r.ok(r.freeze(s), "freezing")
			r.refused(r.freeze(frozen(s.Key, "another body")), "Freeze", "another statement", provider.ErrConflict)
			r.holds(s)
		}},
		{name: "account, group, period and revision each have a statement of their own", run: func(r *rec) {
			key := r.key(r.account(), -1)
			keys := []provider.ClosingKey{key, key, key, key, r.key(key.Account, -2)}
			keys[1].Account, keys[2].Group, keys[3].Revision = r.account(), "students", 2
			for i, k := range keys {
				r.missing(k)
				r.ok(r.freeze(frozen(k, fmt.Sprint("body ", i))), "freezing")
			}
			for i, k := range keys {
				r.holds(frozen(k, fmt.Sprint("body ", i)))
			}
		}},
		{name: "a body that is used again by the caller stays frozen", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			r.ok(r.freeze(s), "freezing")
			copy(s.Body, "xxxx")
			r.holds(frozen(s.Key, "body"))
		}},
		{name: "a statement that is read may be changed by the caller", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			r.ok(r.freeze(s), "freezing")
			got, err := ability[provider.StatementStore](r.r).Statement(r.Context(), s.Key)
			r.ok(err, "statement")
			copy(got.Body, "xxxx")
			r.holds(s)
		}},
		{name: "64 who freeze the same statement at once all succeed", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			for _, err := range together(racers, func(int) error { return r.freeze(s) }) {
				r.ok(err, "freezing")
			}
			r.holds(s)
		}},
		{name: "of 64 who freeze different statements at once one wins", run: func(r *rec) {
			key := r.key(r.account(), -1)
			errs := together(racers, func(i int) error { return r.freeze(frozen(key, fmt.Sprint("body ", i))) })
			count, last := r.winners("Freeze", errs, provider.ErrConflict)
			same(r.check, "number of winners", count, 1)
			r.holds(frozen(key, fmt.Sprint("body ", last)))
		}},
		{name: "freezing stops with its context and freezes nothing", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			r.stopped("Freeze", func(ctx context.Context) error {
				return ability[provider.StatementStore](r.r).Freeze(ctx, s)
			})
			r.missing(s.Key)
		}},
		{name: "reading a statement stops with its context", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			r.ok(r.freeze(s), "freezing")
			r.stopped("Statement", func(ctx context.Context) error {
				_, err := ability[provider.StatementStore](r.r).Statement(ctx, s.Key)
				return err
			})
		}},
	}
}

func badStatementCases() []testCase[*rec] {
	var out []testCase[*rec]
	for _, bad := range []struct {
		name   string
		change func(s *provider.FrozenStatement)
	}{
		{"whose hash is of another body", func(s *provider.FrozenStatement) { s.Body = []byte("another body") }},
		{"without a hash", func(s *provider.FrozenStatement) { s.Hash = "" }},
		{"whose hash does not say what it is", func(s *provider.FrozenStatement) { s.Hash = s.Hash[len("sha256:"):] }},
		{"without an account", func(s *provider.FrozenStatement) { s.Key.Account = "" }},
		{"without a revision", func(s *provider.FrozenStatement) { s.Key.Revision = 0 }},
		{"whose period has no day", func(s *provider.FrozenStatement) { s.Key.To = s.Key.From }},
	} {
		out = append(out, testCase[*rec]{name: "a statement " + bad.name + " is invalid", run: func(r *rec) {
			s := frozen(r.key(r.account(), -1), "body")
			bad.change(&s)
			r.refused(r.freeze(s), "Freeze", "a statement "+bad.name, provider.ErrInvalid)
		}})
	}
	return out
}
