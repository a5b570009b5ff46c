package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

const (
	closingColumns = "account_id, from_day, to_day, group_name, revision, state, hash, total, currency, invoice_id, reason, owner, until, version, updated_at"
	closingWhere   = " WHERE account_id = ? AND from_day = ? AND to_day = ? AND group_name = ? AND revision = ?"
)

// closingArgs are the parameters of closingWhere.
func closingArgs(k provider.ClosingKey) []any {
	return []any{k.Account, k.From.String(), k.To.String(), k.Group, k.Revision}
}

func scanClosing(scan func(...any) error) (provider.Closing, error) {
	var c provider.Closing
	var from, to day
	var value, currency sql.NullString
	var until, updated instant
	err := scan(&c.Key.Account, &from, &to, &c.Key.Group, &c.Key.Revision, &c.State, &c.Hash, &value, &currency, &c.Invoice,
		&c.Reason, &c.Owner, &until, &c.Version, &updated)
	if err != nil {
		return provider.Closing{}, err
	}
	c.Key.From, c.Key.To, c.Until, c.UpdatedAt = from.Date, to.Date, until.Time, updated.Time
	if c.Total, err = amountOf(value, currency); err != nil {
		return provider.Closing{}, damaged("the total of a closing", err)
	}
	return c, nil
}

// Put writes a closing when its version is the one that is stored and nobody else holds a lease. Leases begin and end by
// the store's clock, see [Config].
func (s *Store) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	return write(ctx, s, "Put", func(here session) (provider.Closing, error) {
		if err := checkClosing(&c); err != nil {
			return provider.Closing{}, err
		}
		old, err := here.closing(ctx, c.Key, s.lock)
		if err != nil && !noRows(err) {
			return provider.Closing{}, err
		}
		now, err := here.now(ctx) // after the row is ours
		if err != nil {
			return provider.Closing{}, err
		}
		if err := allows(&old, &c, now); err != nil {
			return provider.Closing{}, err
		}
		next := c
		next.Version, next.UpdatedAt, next.Until, next.Lease = old.Version+1, now, time.Time{}, 0
		if c.Lease > 0 {
			next.Until = micro(now.Add(c.Lease))
		}
		return next, here.putClosing(ctx, &next)
	})
}

// allows tells whether what is stored, or the zero value, allows a write.
func allows(old, c *provider.Closing, now time.Time) error {
	switch {
	case old.Version != c.Version:
		return conflict("the version has changed meanwhile")
	case old.Invoice != "" && c.Invoice != old.Invoice:
		return conflict("the closing has another invoice")
	case c.Owner != old.Owner && now.Before(old.Until):
		return conflict("somebody else holds the lease")
	}
	return nil
}

// putClosing writes a closing over the version before it.
func (s session) putClosing(ctx context.Context, c *provider.Closing) error {
	value, currency := amount(c.Total)
	content := []any{string(c.State), c.Hash, value, currency, c.Invoice, c.Reason, c.Owner, s.at(c.Until), c.Version, s.at(c.UpdatedAt)}
	key := closingArgs(c.Key)
	query := "INSERT INTO billhatch_closings (" + closingColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id, from_day, to_day, group_name, revision) DO NOTHING`
	args := slices.Concat(key, content)
	if c.Version > 1 {
		query = `UPDATE billhatch_closings SET state = ?, hash = ?, total = ?, currency = ?, invoice_id = ?, reason = ?,
			owner = ?, until = ?, version = ?, updated_at = ?` + closingWhere + " AND version = ?"
		args = slices.Concat(content, key, []any{c.Version - 1})
	}
	n, err := s.exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = conflict("the version has changed meanwhile")
	}
	return err
}

func checkClosing(c *provider.Closing) error {
	if err := checkKey(c.Key); err != nil {
		return err
	}
	switch {
	case !c.State.Known():
		return invalid("state", "unknown")
	case c.Lease < 0:
		return invalid("lease", "negative")
	}
	return check(field{"hash", c.Hash, freeText}, field{"invoice", c.Invoice, freeText}, field{"reason", c.Reason, freeText},
		field{"owner", c.Owner, freeText})
}

func checkKey(key provider.ClosingKey) error {
	if err := check(field{"account", key.Account, id}, field{"group", key.Group, keyText}); err != nil {
		return err
	}
	switch {
	case key.From.IsZero() || !key.From.Before(key.To):
		return invalid("period", "no days")
	case key.Revision < 1:
		return invalid("revision", "want 1 or more")
	}
	return nil
}

func (s session) closing(ctx context.Context, key provider.ClosingKey, lock string) (provider.Closing, error) {
	row := s.row(ctx, "SELECT "+closingColumns+" FROM billhatch_closings"+closingWhere+lock, closingArgs(key)...)
	return scanClosing(row.Scan)
}

// Closing reads one closing.
func (s *Store) Closing(ctx context.Context, key provider.ClosingKey) (provider.Closing, error) {
	return ask(ctx, s, "Closing", func(here session) (provider.Closing, error) {
		if checkKey(key) != nil {
			return provider.Closing{}, notFound()
		}
		c, err := here.closing(ctx, key, "")
		if noRows(err) {
			err = notFound()
		}
		return c, err
	})
}

// closingOrder is the order of the ledger: newest period first, then by account, group and latest revision.
func closingOrder() []order {
	return []order{{"from_day", true}, {"to_day", true}, {"account_id", false}, {"group_name", false}, {"revision", true}}
}

func closingPlace(k provider.ClosingKey) []string {
	return []string{k.From.String(), k.To.String(), k.Account, k.Group, strconv.Itoa(k.Revision)}
}

// placeValues makes parameters of what closingPlace has made.
func placeValues(place []string) ([]any, error) {
	bad := &provider.Error{Kind: provider.ErrInvalidCursor}
	for _, text := range place[:2] {
		if _, err := civil.ParseDate(text); err != nil {
			return nil, bad
		}
	}
	revision, err := strconv.ParseInt(place[4], 10, 64)
	if err != nil {
		return nil, bad
	}
	return []any{place[0], place[1], place[2], place[3], revision}, nil
}

// Closings gives a page of the ledger: newest period first, then by account, group and latest revision.
func (s *Store) Closings(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
	return ask(ctx, s, "Closings", func(here session) (provider.ClosingPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.ClosingPage{}, err
		}
		if q.State != "" && !q.State.Known() {
			return provider.ClosingPage{}, invalid("state", "unknown")
		}
		list := []string{"closings", q.Account, string(q.State)}
		after, err := s.keys.unseal(q.Cursor, len(closingOrder()), list)
		if err != nil || !fits(q.Account) {
			return provider.ClosingPage{}, err
		}
		where, args := "TRUE", []any(nil)
		if q.Account != "" {
			where, args = where+" AND account_id = ?", append(args, q.Account)
		}
		if q.State != "" {
			where, args = where+" AND state = ?", append(args, string(q.State))
		}
		if after != nil {
			place, err := placeValues(after)
			if err != nil {
				return provider.ClosingPage{}, err
			}
			condition, more := behind(closingOrder(), place)
			where, args = where+" AND "+condition, append(args, more...)
		}
		var page provider.ClosingPage
		err = here.each(ctx, func(scan func(...any) error) error {
			c, err := scanClosing(scan)
			page.Closings = append(page.Closings, c)
			return err
		}, "SELECT "+closingColumns+" FROM billhatch_closings WHERE "+where+orderBy(closingOrder())+" LIMIT ?", append(args, q.Limit+1)...)
		if err == nil && len(page.Closings) > q.Limit {
			page.Closings = page.Closings[:q.Limit:q.Limit]
			page.Next = s.keys.seal(closingPlace(page.Closings[q.Limit-1].Key), list)
		}
		return page, err
	})
}
