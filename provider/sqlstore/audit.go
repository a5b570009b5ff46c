package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

const auditColumns = "account_id, sequence, entry_id, at, actor, action, target, purpose, outcome, request, hash"

// chained is an entry with its link in the chain.
type chained struct {
	provider.AuditEntry
	hash []byte
}

func scanEntry(scan func(...any) error) (chained, error) {
	var e chained
	var at instant
	err := scan(&e.Account, &e.Sequence, &e.ID, &at, &e.Actor, &e.Action, &e.Target, &e.Purpose, &e.Outcome, &e.Request, &e.hash)
	e.At = at.Time
	return e, err
}

// Append writes an entry. Its time is the store's when it has none, and is kept in microseconds. The same id with another
// content is provider.ErrConflict, also in another account. Entries of one account are written one after the other. A trail
// whose end is not the one that was sealed is not written to: the error is a *ChainError, see [Store.SealAudit].
func (s *Store) Append(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	return write(ctx, s, "Append", func(here session) (provider.AuditEntry, error) {
		if err := checkEntry(&e); err != nil {
			return provider.AuditEntry{}, err
		}
		last, now, err := here.lockHead(ctx, e.Account)
		if err != nil {
			return provider.AuditEntry{}, err
		}
		next := chained{AuditEntry: e}
		next.Sequence = last.sequence + 1
		if next.At = micro(e.At); e.At.IsZero() {
			next.At = now
		}
		next.hash = next.link(last.hash)
		n, err := here.exec(ctx, "INSERT INTO billhatch_audit ("+auditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (entry_id) DO NOTHING`, next.Account, next.Sequence, next.ID, s.at(next.At), next.Actor, next.Action,
			next.Target, next.Purpose, string(next.Outcome), next.Request, next.hash)
		if err != nil {
			return provider.AuditEntry{}, err
		}
		if n == 0 {
			return here.again(ctx, e)
		}
		return next.AuditEntry, here.moveHead(ctx, head{next.Account, next.Sequence, next.hash})
	})
}

// again gives back what is stored under the id of an entry, when it is the same entry.
func (s session) again(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	row := s.row(ctx, "SELECT "+auditColumns+" FROM billhatch_audit WHERE account_id = ? AND entry_id = ?", e.Account, e.ID)
	old, err := scanEntry(row.Scan)
	if err != nil && !noRows(err) {
		return provider.AuditEntry{}, err
	}
	e.Sequence, e.At = old.Sequence, old.At
	if err != nil || e != old.AuditEntry {
		return provider.AuditEntry{}, conflict("the id was used for another entry")
	}
	return old.AuditEntry, nil
}

func checkEntry(e *provider.AuditEntry) error {
	for _, f := range []field{{name: "id", value: e.ID}, {name: "account", value: e.Account}, {name: "action", value: e.Action}} {
		if strings.TrimSpace(f.value) == "" {
			return invalid(f.name, "missing")
		}
	}
	if len(e.Purpose) > provider.MaxPurpose {
		return invalid("purpose", fmt.Sprintf("longer than %d bytes", provider.MaxPurpose))
	}
	switch e.Outcome {
	case provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused:
	default:
		return invalid("outcome", "unknown")
	}
	return check(field{"id", e.ID, id}, field{"account", e.Account, id}, field{"action", e.Action, freeText},
		field{"actor", e.Actor, freeText}, field{"target", e.Target, freeText}, field{"purpose", e.Purpose, freeText},
		field{"request", e.Request, freeText})
}

// Audit gives a page of the trail of an account.
func (s *Store) Audit(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
	return ask(ctx, s, "Audit", func(here session) (provider.AuditPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.AuditPage{}, err
		}
		if q.Account == "" {
			return provider.AuditPage{}, invalid("account", "missing")
		}
		list := []string{"audit", q.Account, q.Actor, q.Action, string(q.Outcome), instantText(q.From), instantText(q.To)}
		after, err := s.keys.unseal(q.Cursor, 1, list)
		if err != nil {
			return provider.AuditPage{}, err
		}
		where, args, possible := s.auditFilter(&q)
		if !possible {
			return provider.AuditPage{}, nil
		}
		if after != nil {
			last, err := strconv.ParseInt(after[0], 10, 64)
			if err != nil {
				return provider.AuditPage{}, &provider.Error{Kind: provider.ErrInvalidCursor}
			}
			where, args = where+" AND sequence < ?", append(args, last)
		}
		var page provider.AuditPage
		err = here.each(ctx, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			page.Entries = append(page.Entries, e.AuditEntry)
			return err
		}, "SELECT "+auditColumns+" FROM billhatch_audit WHERE "+where+" ORDER BY sequence DESC LIMIT ?", append(args, q.Limit+1)...)
		if err == nil && len(page.Entries) > q.Limit {
			page.Entries = page.Entries[:q.Limit:q.Limit]
			page.Next = s.keys.seal([]string{strconv.FormatInt(page.Entries[q.Limit-1].Sequence, 10)}, list)
		}
		return page, err
	})
}

// auditFilter is the condition of a query; false: nothing can meet it.
func (s *Store) auditFilter(q *provider.AuditQuery) (where string, args []any, possible bool) {
	where, args, possible = "account_id = ?", []any{q.Account}, fits(q.Account)
	for _, f := range []struct{ column, value string }{
		{"actor", q.Actor}, {"action", q.Action}, {"outcome", string(q.Outcome)},
	} {
		if f.value != "" {
			where, args, possible = where+" AND "+f.column+" = ?", append(args, f.value), possible && storable(f.value)
		}
	}
	// Entries are whole microseconds: an entry is at or after an instant when it is at or after the next microsecond.
	if !q.From.IsZero() {
		where, args = where+" AND at >= ?", append(args, s.at(up(q.From)))
	}
	if !q.To.IsZero() {
		where, args = where+" AND at < ?", append(args, s.at(up(q.To)))
	}
	return where, args, possible
}

// up rounds an instant up to whole microseconds.
func up(t time.Time) time.Time {
	whole := micro(t)
	if whole.Before(t) {
		whole = whole.Add(time.Microsecond)
	}
	return whole
}

func instantText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
