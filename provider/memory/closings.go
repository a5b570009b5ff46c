package memory

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// Put writes a closing when its version is the one that is stored.
func (r *Records) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Put", Subject: c.Key.Account, Object: keyText(c.Key)}, func() (provider.Closing, error) {
		if err := checkClosing(c.Key); err != nil {
			return provider.Closing{}, err
		}
		switch {
		case !c.State.Known():
			return provider.Closing{}, invalid("state", "unknown")
		case c.Lease < 0:
			return provider.Closing{}, invalid("lease", "negative")
		}
		old := w.closings[c.Key] // version 0 when there is none
		if old.Version != c.Version {
			return provider.Closing{}, conflict("the version has changed meanwhile")
		}
		if old.Invoice != "" && c.Invoice != old.Invoice {
			return provider.Closing{}, conflict("the closing has another invoice")
		}
		now := w.Now()
		if c.Owner != old.Owner && now.Before(old.Until) {
			return provider.Closing{}, conflict("somebody else holds the lease")
		}
		c.Version, c.UpdatedAt, c.Until = old.Version+1, now, time.Time{}
		if c.Lease > 0 {
			c.Until = now.Add(c.Lease)
		}
		c.Lease = 0
		w.closings[c.Key] = c
		return c, nil
	})
}

func checkClosing(key provider.ClosingKey) error {
	switch {
	case key.Account == "":
		return invalid("account", "missing")
	case strings.ContainsRune(key.Account+key.Group, 0):
		return invalid("account", "holds a zero byte")
	case key.From.IsZero() || !key.From.Before(key.To):
		return invalid("period", "no days")
	case key.Revision < 1:
		return invalid("revision", "want 1 or more")
	}
	return nil
}

func keyText(k provider.ClosingKey) string {
	return strings.Join([]string{k.From.String(), k.To.String(), k.Group, strconv.Itoa(k.Revision)}, "/")
}

// Closing reads one closing.
func (r *Records) Closing(ctx context.Context, key provider.ClosingKey) (provider.Closing, error) {
	call := Call{Op: "Closing", Subject: key.Account, Object: keyText(key)}
	return run(ctx, r.w, call, func() (provider.Closing, error) {
		c, ok := r.w.closings[key]
		if !ok {
			return provider.Closing{}, notFound()
		}
		return c, nil
	})
}

// Closings gives a page of the ledger: newest period first, then by account, group and latest revision.
func (r *Records) Closings(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Closings", Subject: q.Account}, func() (provider.ClosingPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.ClosingPage{}, err
		}
		if q.State != "" && !q.State.Known() {
			return provider.ClosingPage{}, invalid("state", "unknown")
		}
		bound := []string{"closings", q.Account, string(q.State)}
		after := ""
		if q.Cursor != "" {
			var err error
			if after, err = w.keys.unseal(q.Cursor, bound...); err != nil {
				return provider.ClosingPage{}, err
			}
		}
		var list []provider.Closing
		for key, c := range w.closings {
			if (q.Account == "" || key.Account == q.Account) && (q.State == "" || c.State == q.State) &&
				(after == "" || closingPlace(key) > after) {
				list = append(list, c)
			}
		}
		slices.SortFunc(list, func(a, b provider.Closing) int {
			return cmp.Compare(closingPlace(a.Key), closingPlace(b.Key))
		})
		if len(list) <= q.Limit {
			return provider.ClosingPage{Closings: list}, nil
		}
		list = list[:q.Limit:q.Limit]
		next := w.keys.seal(closingPlace(list[q.Limit-1].Key), bound...)
		return provider.ClosingPage{Closings: list, Next: next}, nil
	})
}

// closingPlace is a text that sorts like the ledger: by the beginning and the end of the period, latest first, by
// account, group, and revision, latest first.
func closingPlace(k provider.ClosingKey) string {
	down := func(n int32) string { return string(place{minor: int64(1<<31 - 1 - n)}.String()[8:]) }
	return strings.Join([]string{
		down(k.From.Ordinal()) + down(k.To.Ordinal()) + k.Account, k.Group, down(int32(min(k.Revision, 1<<31-1))),
	}, "\x00")
}

// received is an event in the inbox.
type received struct {
	event provider.Event
	body  []byte
	seq   int64
	done  bool
}

// Receive stores an event once.
func (r *Records) Receive(ctx context.Context, e provider.Event, body []byte) (bool, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Receive", Subject: e.Customer, Object: e.Object, Key: e.ID}, func() (bool, error) {
		if e.ID == "" {
			return false, invalid("id", "missing")
		}
		if old, ok := w.inbox[e.ID]; ok {
			if !bytes.Equal(old.body, body) {
				return false, conflict("the event has another body")
			}
			return false, nil
		}
		rec := &received{event: e, body: bytes.Clone(body), seq: w.next("inbox")}
		w.inbox[e.ID] = rec
		w.inboxOrder = append(w.inboxOrder, rec)
		return true, nil
	})
}

// Pending gives a page of the events that are not done, in the order in which they came.
func (r *Records) Pending(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Pending"}, func() (provider.PendingPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.PendingPage{}, err
		}
		var after place
		if q.Cursor != "" {
			text, err := w.keys.unseal(q.Cursor, "inbox")
			if err != nil {
				return provider.PendingPage{}, err
			}
			var ok bool
			if after, ok = parsePlace(text); !ok {
				return provider.PendingPage{}, &provider.Error{Kind: provider.ErrInvalidCursor}
			}
		}
		waiting := w.inboxOrder[w.inboxIndex(after.minor+1):]
		var page provider.PendingPage
		for _, rec := range waiting[:min(q.Limit, len(waiting))] {
			page.Events = append(page.Events, rec.event)
		}
		if q.Limit < len(waiting) {
			page.Next = w.keys.seal(place{minor: waiting[q.Limit-1].seq}.String(), "inbox")
		}
		return page, nil
	})
}

// inboxIndex finds the first event that waits and came as this one or later. The lock must be held.
func (w *World) inboxIndex(seq int64) int {
	i, _ := slices.BinarySearchFunc(w.inboxOrder, seq, func(r *received, seq int64) int { return cmp.Compare(r.seq, seq) })
	return i
}

// Done marks an event.
func (r *Records) Done(ctx context.Context, id string) error {
	w := r.w
	_, err := run(ctx, w, Call{Op: "Done", Key: id}, func() (struct{}, error) {
		rec, ok := w.inbox[id]
		if !ok {
			return struct{}{}, notFound()
		}
		if !rec.done {
			rec.done = true
			at := w.inboxIndex(rec.seq)
			w.inboxOrder = slices.Delete(w.inboxOrder, at, at+1)
		}
		return struct{}{}, nil
	})
	return err
}

// Freeze stores a statement once. The hash must be that of the body.
func (r *Records) Freeze(ctx context.Context, s provider.FrozenStatement) error {
	w := r.w
	_, err := run(ctx, w, Call{Op: "Freeze", Subject: s.Key.Account, Object: keyText(s.Key)}, func() (struct{}, error) {
		if err := checkClosing(s.Key); err != nil {
			return struct{}{}, err
		}
		sum := sha256.Sum256(s.Body)
		if s.Hash != "sha256:"+hex.EncodeToString(sum[:]) {
			return struct{}{}, invalid("hash", "not that of the body")
		}
		if old, ok := w.statements[s.Key]; ok {
			if old.Hash != s.Hash {
				return struct{}{}, conflict("another statement is frozen")
			}
			return struct{}{}, nil
		}
		s.Body = bytes.Clone(s.Body)
		w.statements[s.Key] = s
		return struct{}{}, nil
	})
	return err
}

// Statement reads a frozen statement.
func (r *Records) Statement(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
	call := Call{Op: "Statement", Subject: key.Account, Object: keyText(key)}
	return run(ctx, r.w, call, func() (provider.FrozenStatement, error) {
		s, ok := r.w.statements[key]
		if !ok {
			return provider.FrozenStatement{}, notFound()
		}
		s.Body = bytes.Clone(s.Body)
		return s, nil
	})
}
