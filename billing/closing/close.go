package closing

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Result is how the month of an account stands after it was closed.
type Result struct {
	Account string
	Period  civil.Period // in the account's zone
	// Closings are the lines of the ledger: that of the whole account first, then those of groups that are invoiced apart.
	Closings []provider.Closing

	keptBack bool // see Config.KeepBack
}

// Done tells whether nothing is left to be done.
func (r *Result) Done() bool {
	for i := range r.Closings {
		if !settled(&r.Closings[i], r.keptBack) {
			return false
		}
	}
	return len(r.Closings) > 0
}

// settled tells whether a closing has come to its end. One that is issued has not, unless sending is left to others.
func settled(c *provider.Closing, keptBack bool) bool {
	switch c.State {
	case provider.Empty, provider.Sent:
		return true
	case provider.Issued:
		return keptBack && c.Until.IsZero()
	default:
		return false
	}
}

// Close closes the month of an account: after it, there is exactly one final invoice for the month (or one for each
// group), or none when there is nothing to bill. It may be called again at any time; what was done is not done again.
//
// The period's dates count; its zone is the account's. While another process is at work on the month, Close waits for it,
// and then tells how the month stands.
//
// A month that is not over is usage.ErrPeriodOpen. What the records lack (provider.ErrIncomplete, and the kinds of usage)
// leaves the month planned: close it again once the records are right. [ErrParked] wants a person. [Retry] tells whether
// calling again later is all that is needed.
func (c *Closer) Close(ctx context.Context, account string, period civil.Period) (Result, error) {
	const op = "Close"
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		result, err := c.attempt(ctx, account, period)
		if err == nil || !errors.Is(err, ErrElsewhere) {
			return result, wrap(op, account, err)
		}
		if c.cfg.Sleep(ctx, wait) != nil {
			return result, wrap(op, account, err)
		}
	}
}

// How long Close waits before it looks again at what another process does.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 5 * time.Second
)

// attempt goes as far as it gets.
func (c *Closer) attempt(ctx context.Context, account string, period civil.Period) (Result, error) {
	m, err := c.month(ctx, account, period)
	if err != nil {
		return Result{Account: account, Period: period}, err
	}
	err = m.close(ctx)
	return Result{account, m.period, m.lines, c.cfg.KeepBack}, elsewhere(err)
}

// elsewhere gives the loss of a lease its public kind.
func elsewhere(err error) error {
	if errors.Is(err, errLost) {
		return &Error{Op: "Close", Kind: ErrElsewhere}
	}
	return err
}

// month is the month of one account that is being closed.
type month struct {
	c       *Closer
	account provider.Account
	period  civil.Period // in the account's zone
	lines   []provider.Closing
}

// month begins with an account, and refuses a month that cannot be closed.
func (c *Closer) month(ctx context.Context, account string, period civil.Period) (*month, error) {
	acct, err := c.cfg.Records.Account(ctx, account)
	if err != nil {
		return nil, err
	}
	if acct.ID != account || acct.Zone == nil {
		return nil, &provider.Error{Op: "Account", Kind: provider.ErrForeign}
	}
	if acct.Customer == "" {
		return nil, &provider.Error{Op: "Account", Kind: provider.ErrNotConfigured}
	}
	zoned, err := civil.NewPeriod(period.From(), period.To(), acct.Zone)
	if err != nil {
		return nil, &provider.Error{Op: "Close", Kind: provider.ErrInvalid, Field: "period", Err: err}
	}
	if err := c.cfg.Availability.Closed(zoned, c.cfg.Clock()); err != nil {
		return nil, err
	}
	return &month{c: c, account: acct, period: zoned}, nil
}

// close freezes the month, and issues its invoices one after the other. One that cannot be issued does not hold up the
// others.
func (m *month) close(ctx context.Context) error {
	head, err := m.latest(ctx, "")
	if err != nil {
		return err
	}
	m.lines = append(m.lines[:0], head)
	if adopted(&head) {
		return m.rest(ctx, head)
	}
	if head.State == provider.Parked && head.Hash == "" {
		return parked(&head)
	}
	body, head, h, err := m.freeze(ctx, head)
	m.lines[0] = head
	if err != nil {
		return err
	}
	return m.issueAll(ctx, body, head, h)
}

// issueAll issues the invoices of a frozen month, that of no group first. The lease of the head may still be held.
func (m *month) issueAll(ctx context.Context, body *frozen.Month, head provider.Closing, h *hold) error {
	invoices := slices.Clone(body.Invoices)
	slices.SortFunc(invoices, func(a, b invoice.Invoice) int { return strings.Compare(a.Group, b.Group) })
	var failed error
	for i := range invoices {
		inv := &invoices[i]
		line := head
		if inv.Group != "" {
			var err error
			if line, err = m.latest(ctx, inv.Group); err != nil {
				return err
			}
			h = nil
		}
		line, err := m.issue(ctx, line, h, head.Hash, inv)
		if inv.Group == "" {
			m.lines[0] = line
		} else {
			m.lines = append(m.lines, line)
		}
		failed = both(failed, wrap("Close", m.account.ID, err))
		if errors.Is(err, errLost) || ctx.Err() != nil {
			break
		}
	}
	return failed
}

// both gives two errors as one: what may pass by itself comes first, so that the month is tried again for its sake.
func both(a, b error) error {
	if Retry(b) {
		return errors.Join(b, a)
	}
	return errors.Join(a, b)
}

// rest closes what is left of a month whose own invoice was taken over: groups that are invoiced apart and whose invoices
// were not final then. They are billed by what the records say now; what was taken over stays as it was billed.
func (m *month) rest(ctx context.Context, head provider.Closing) error {
	options, err := m.c.cfg.Invoice(ctx, m.account, m.options())
	if err != nil || !options.PerGroup {
		return err
	}
	body, stored, err := m.read(ctx, head.Key)
	if provider.IsKind(err, provider.ErrNotFound) {
		if body, stored, err = m.bodyFor(ctx, head.Key, &provider.Closing{}); err == nil {
			err = m.c.statements.Freeze(ctx, stored)
		}
		if provider.IsKind(err, provider.ErrConflict) {
			body, stored, err = m.read(ctx, head.Key)
		}
	}
	if err != nil {
		return err
	}
	groups := *body
	groups.Invoices = slices.DeleteFunc(slices.Clone(body.Invoices), func(inv invoice.Invoice) bool { return inv.Group == "" })
	head.Hash = stored.Hash
	return m.issueAll(ctx, &groups, head, nil)
}

// adopted tells whether a closing was taken over from the payment provider, so that there is no frozen statement.
func adopted(c *provider.Closing) bool {
	return c.Hash == "" && c.Invoice != "" && (c.State == provider.Sent || c.State == provider.Issued)
}

// parked is the error for a closing that waits for a person; nil when it does not.
func parked(c *provider.Closing) error {
	if c.State != provider.Parked {
		return nil
	}
	return &Error{Op: "Close", Account: c.Key.Account, Kind: ErrParked, Message: c.Reason}
}

// key names the first closing of a group of the month.
func (m *month) key(group string) provider.ClosingKey {
	return provider.ClosingKey{Account: m.account.ID, Group: group, From: m.period.From(), To: m.period.To(), Revision: 1}
}

// maxRevisions bounds how often a month can be closed anew.
const maxRevisions = 64

// latest gives the closing of a group with the highest revision. It is one without a version when there is none yet.
func (m *month) latest(ctx context.Context, group string) (provider.Closing, error) {
	last := provider.Closing{Key: m.key(group)}
	key := last.Key
	for ; key.Revision <= maxRevisions; key.Revision++ {
		found, err := m.c.ledger.Closing(ctx, key)
		switch {
		case provider.IsKind(err, provider.ErrNotFound):
			return last, nil
		case err != nil:
			return provider.Closing{}, err
		case found.Key != key:
			return provider.Closing{}, &provider.Error{Op: "Closing", Kind: provider.ErrForeign}
		}
		last = found
	}
	return provider.Closing{}, &provider.Error{Op: "Closing", Kind: provider.ErrUnsupported, Message: "too many revisions"}
}

// read gives the frozen month of a closing of the whole account, with its bytes.
func (m *month) read(ctx context.Context, key provider.ClosingKey) (*frozen.Month, provider.FrozenStatement, error) {
	stored, err := m.c.statements.Statement(ctx, key)
	if err != nil {
		return nil, provider.FrozenStatement{}, err
	}
	if stored.Key != key || frozen.Hash(stored.Body) != stored.Hash {
		return nil, stored, &provider.Error{Op: "Statement", Kind: provider.ErrForeign, Message: "the frozen statement was changed"}
	}
	body, err := frozen.Decode(stored.Body)
	if err != nil {
		return nil, stored, &provider.Error{Op: "Statement", Kind: provider.ErrForeign, Message: "the frozen statement cannot be read", Err: err}
	}
	if body.Statement == nil || body.Statement.Account.ID != key.Account {
		return nil, stored, &provider.Error{Op: "Statement", Kind: provider.ErrForeign}
	}
	return body, stored, nil
}
