package closing

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Person is who decides about a closing, and why. It is written into the audit log before anything is done.
type Person struct {
	Actor   string // id in the host's product
	Purpose string // in their words; at most provider.MaxPurpose bytes
	Request string // the host's request id; may be empty
}

func (p Person) check(op, account string) error {
	if p.Actor == "" || p.Purpose == "" || len(p.Purpose) > provider.MaxPurpose {
		return &Error{Op: op, Account: account, Kind: provider.ErrInvalid, Message: "who it is and why are required"}
	}
	return nil
}

// record writes an act of the closer itself into the audit log, once for what tells it from another of its kind at the
// same closing.
func (c *Closer) record(ctx context.Context, action string, line *provider.Closing, by Person, once string) error {
	return c.write(ctx, action, line, by, provider.Succeeded, once)
}

func (c *Closer) write(ctx context.Context, action string, line *provider.Closing, by Person, outcome provider.Outcome, once string) error {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%q|%q|%q|%q|%q",
		action, issueKey(line.Key), line.Key.Account, once, by.Actor, by.Purpose, outcome))
	_, err := c.audit.Append(ctx, provider.AuditEntry{
		ID: "closing/" + hex.EncodeToString(sum[:16]), At: c.wall().UTC(), Account: line.Key.Account, Actor: by.Actor, Action: action,
		Target:  cmp.Or(line.Invoice, line.Key.From.String()+"/"+line.Key.To.String()),
		Purpose: by.Purpose, Outcome: outcome, Request: by.Request,
	})
	if provider.IsKind(err, provider.ErrConflict) {
		return nil // it was written by an attempt before, at another time
	}
	return err
}

// act does what a person has decided: nothing without an audit record, and then how it ended.
func (c *Closer) act(ctx context.Context, action string, line *provider.Closing, by Person, do func() error) error {
	once := version(line)
	if err := c.write(ctx, action, line, by, provider.Attempted, once); err != nil {
		return err
	}
	err := do()
	outcome := provider.Succeeded
	if err != nil {
		outcome = provider.Failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	if lost := c.write(ctx, action, line, by, outcome, once); lost != nil {
		c.cfg.Logger.Warn("closing: how an act ended could not be recorded", "account", line.Key.Account, "action", action, "outcome", outcome)
	}
	return err
}

// version tells acts at different versions of a closing apart.
func version(line *provider.Closing) string { return strconv.FormatInt(line.Version, 10) }

// Unpark lets a parked closing go on from where it was safe: a draft is looked at again, and a statement that is frozen
// is issued. Whoever calls it has looked at the reason, and at the invoice at the payment provider. Close it afterwards.
//
// A closing that is not parked is provider.ErrConflict, an unknown one provider.ErrNotFound.
func (c *Closer) Unpark(ctx context.Context, key provider.ClosingKey, by Person) (provider.Closing, error) {
	const op = "Unpark"
	if err := by.check(op, key.Account); err != nil {
		return provider.Closing{}, err
	}
	line, err := c.ledger.Closing(ctx, key)
	if err != nil {
		return provider.Closing{}, wrap(op, key.Account, err)
	}
	if line.State != provider.Parked {
		return line, &Error{Op: op, Account: key.Account, Kind: provider.ErrConflict, Message: "not parked"}
	}
	state := provider.Planned
	switch {
	case line.Invoice != "":
		state = provider.Drafted
	case line.Hash != "":
		state = provider.Frozen
	}
	out := line
	err = c.act(ctx, "closing.unpark", &line, by, func() (err error) {
		out, err = c.once(ctx, line, func(l *provider.Closing) { l.State, l.Reason = state, "" })
		return err
	})
	return out, wrap(op, key.Account, err)
}

// Revise takes a closed month back, so that the next Close computes it anew as the next revision: every invoice of it is
// voided at the payment provider, read again, and only when all are void is the ledger told. It may be repeated until it
// succeeds. An invoice that is paid cannot be voided: that is provider.ErrConflict, and a credit note is the way. A
// closing without a final invoice is [ErrQuiet] until nothing that was sent for it can still arrive.
func (c *Closer) Revise(ctx context.Context, account string, period civil.Period, by Person) error {
	const op = "Revise"
	if err := by.check(op, account); err != nil {
		return err
	}
	m, err := c.month(ctx, account, period)
	if err != nil {
		return wrap(op, account, err)
	}
	lines, err := m.all(ctx)
	if err != nil {
		return wrap(op, account, err)
	}
	if len(lines) == 0 {
		return &Error{Op: op, Account: account, Kind: provider.ErrNotFound}
	}
	err = c.act(ctx, "closing.revise", &lines[0], by, func() error { return m.takeBack(ctx, lines) })
	return wrap(op, account, err)
}

// takeBack voids what the lines bill, and then marks them.
func (m *month) takeBack(ctx context.Context, lines []provider.Closing) error {
	for i := range lines {
		if err := m.void(ctx, &lines[i]); err != nil {
			return err
		}
	}
	for i := range lines { // the whole account first: without it no group is closed again
		if lines[i].State == provider.Voided && lines[i].Reason != reasonDeleted {
			continue
		}
		if _, err := m.c.once(ctx, lines[i], func(l *provider.Closing) { l.State, l.Reason = provider.Voided, "revised" }); err != nil {
			return err
		}
	}
	return nil
}

// all gives the latest closings of the month: that of the whole account first, then those of its groups.
func (m *month) all(ctx context.Context) ([]provider.Closing, error) {
	head, err := m.latest(ctx, "")
	if err != nil || head.Version == 0 {
		return nil, err
	}
	lines := []provider.Closing{head}
	seen := map[string]bool{"": true}
	query := provider.ClosingQuery{Account: m.account.ID, Limit: provider.MaxPage}
	for {
		page, err := m.c.ledger.Closings(ctx, query)
		if err != nil {
			return nil, err
		}
		for i := range page.Closings {
			key := page.Closings[i].Key
			if key.From != m.period.From() || key.To != m.period.To() || seen[key.Group] {
				continue
			}
			seen[key.Group] = true
			line, err := m.latest(ctx, key.Group)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		if page.Next == "" || passed(page.Closings, m.period) {
			return lines, nil
		}
		query.Cursor = page.Next
	}
}

// passed tells whether a page of the ledger, newest period first, has come to periods before one.
func passed(page []provider.Closing, period civil.Period) bool {
	return len(page) > 0 && page[len(page)-1].Key.From.Before(period.From())
}

// void makes sure that nothing is billed by a closing any more.
func (m *month) void(ctx context.Context, line *provider.Closing) error {
	if line.State == provider.Voided || line.State == provider.Empty || line.State == provider.Planned {
		return nil
	}
	id := line.Invoice
	if id == "" { // it may be final all the same when the ledger is a restored copy
		var err error
		if id, err = m.billed(ctx, line.Key); err != nil {
			return err
		}
	}
	if id == "" {
		return m.quiet(line)
	}
	inv, err := m.c.cfg.Payments.Invoice(ctx, m.account.Customer, id)
	switch {
	case provider.IsKind(err, provider.ErrNotFound): // a draft, or deleted
		return m.quiet(line)
	case err != nil:
		return err
	case inv.Status == invoice.Void:
		return nil
	}
	voider, ok := provider.As[provider.Voider](m.c.cfg.Payments)
	if !ok {
		return &provider.Error{Op: "Void", Kind: provider.ErrUnsupported}
	}
	if _, err = voider.Void(ctx, m.account.Customer, id, "void/"+issueKey(line.Key)); err != nil {
		return err
	}
	if inv, err = m.c.cfg.Payments.Invoice(ctx, m.account.Customer, id); err != nil {
		return err
	}
	if inv.Status != invoice.Void {
		return &provider.Error{Op: "Void", Kind: provider.ErrUnknown}
	}
	return nil
}

// billed is the id of the final invoice that the payment provider has for a closing; empty: none.
func (m *month) billed(ctx context.Context, key provider.ClosingKey) (string, error) {
	id := ""
	err := m.invoices(ctx, m.period.Prev().From(), func(inv *invoice.Invoice) error {
		if of, ours := m.ours(inv); ours && of == key {
			id = inv.ID
		}
		return nil
	})
	return id, err
}

// quiet refuses while something that was sent for a closing may still arrive.
func (m *month) quiet(line *provider.Closing) error {
	if m.c.wall().Sub(line.UpdatedAt) < m.c.cfg.Quiet {
		return &Error{Op: "Revise", Account: m.account.ID, Kind: ErrQuiet}
	}
	return nil
}
