package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// Append writes an entry. Its time is the clock's when it has none. The same id with another content is ErrConflict.
func (r *Records) Append(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Append", Subject: e.Account, Object: e.Action, Key: e.ID}, func() (provider.AuditEntry, error) {
		if err := checkEntry(&e); err != nil {
			return provider.AuditEntry{}, err
		}
		if old, ok := w.auditIDs[e.ID]; ok {
			again := e
			again.Sequence, again.At = old.Sequence, old.At
			if again != old {
				return provider.AuditEntry{}, conflict("the id was used for another entry")
			}
			return old, nil
		}
		if e.At.IsZero() {
			e.At = w.Now()
		}
		e.At, e.Sequence = e.At.UTC(), int64(len(w.audit[e.Account])+1)
		w.audit[e.Account] = append(w.audit[e.Account], e)
		w.auditIDs[e.ID] = e
		return e, nil
	})
}

func checkEntry(e *provider.AuditEntry) error {
	switch {
	case blank(e.ID):
		return invalid("id", "missing")
	case blank(e.Account):
		return invalid("account", "missing")
	case blank(e.Action):
		return invalid("action", "missing")
	case len(e.Purpose) > provider.MaxPurpose:
		return invalid("purpose", fmt.Sprintf("longer than %d bytes", provider.MaxPurpose))
	}
	switch e.Outcome {
	case provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused:
		return nil
	default:
		return invalid("outcome", "unknown")
	}
}

// Audit gives a page of the trail of an account.
func (r *Records) Audit(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Audit", Subject: q.Account}, func() (provider.AuditPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.AuditPage{}, err
		}
		if q.Account == "" {
			return provider.AuditPage{}, invalid("account", "missing")
		}
		list := []string{"audit", q.Account, q.Actor, q.Action, string(q.Outcome), instant(q.From), instant(q.To)}
		all := w.audit[q.Account]
		before := int64(len(all)) // how many entries may still be on the page: the sequence is the place in the log
		if q.Cursor != "" {
			last, err := w.sequence(q.Cursor, list)
			if err != nil {
				return provider.AuditPage{}, err
			}
			before = min(before, last-1)
		}
		var page provider.AuditPage
		for i := before - 1; i >= 0; i-- {
			if !wanted(&all[i], &q) {
				continue
			}
			if len(page.Entries) == q.Limit {
				oldest := page.Entries[q.Limit-1].Sequence
				page.Next = w.keys.seal(place{major: oldest}.String(), list...)
				break
			}
			page.Entries = append(page.Entries, all[i])
		}
		return page, nil
	})
}

// sequence gives the place of a cursor of the audit trail.
func (w *World) sequence(cursor string, list []string) (int64, error) {
	text, err := w.keys.unseal(cursor, list...)
	if err != nil {
		return 0, err
	}
	at, ok := parsePlace(text)
	if !ok {
		return 0, &provider.Error{Kind: provider.ErrInvalidCursor}
	}
	return at.major, nil
}

func wanted(e *provider.AuditEntry, q *provider.AuditQuery) bool {
	return (q.Actor == "" || e.Actor == q.Actor) &&
		(q.Action == "" || e.Action == q.Action) &&
		(q.Outcome == "" || e.Outcome == q.Outcome) &&
		(q.From.IsZero() || !e.At.Before(q.From)) &&
		(q.To.IsZero() || e.At.Before(q.To))
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
