package closing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// issue brings about one invoice of a month that is frozen, with the lease of its closing when it is held already. It
// gives the closing as it stands then.
func (m *month) issue(ctx context.Context, line provider.Closing, h *hold, hash string, inv *invoice.Invoice) (provider.Closing, error) {
	if settled(&line, m.c.cfg.KeepBack) || adopted(&line) {
		return line, nil
	}
	if err := parked(&line); err != nil {
		return line, err
	}
	if h == nil {
		var err error
		if h, err = m.begin(ctx, line, hash, inv); err != nil {
			return line, err
		}
	}
	if err := m.send(ctx, h, inv); err != nil {
		return h.now, m.failed(ctx, h, err)
	}
	return h.now, nil
}

// begin takes the lease of a closing whose statement is frozen.
func (m *month) begin(ctx context.Context, line provider.Closing, hash string, inv *invoice.Invoice) (*hold, error) {
	line, err := m.next(line)
	switch {
	case err != nil:
		return nil, err
	case line.Hash != "" && line.Hash != hash:
		return nil, &Error{Op: "Close", Account: m.account.ID, Kind: ErrParked, Message: "a revision was begun and not finished"}
	}
	return m.c.take(ctx, line, func(c *provider.Closing) {
		if c.Version == 0 {
			c.State, c.Hash, c.Total = provider.Frozen, hash, inv.Total
		}
	})
}

// send has the invoice issued, and checks what comes back.
func (m *month) send(ctx context.Context, h *hold, inv *invoice.Invoice) error {
	issued, err := m.c.issuer.Issue(ctx, m.request(h, inv))
	if err != nil {
		return err
	}
	if issued.ID != h.now.Invoice || issued.CustomerID != m.account.Customer || issued.Currency != inv.Currency || !issued.Total.Equal(inv.Total) {
		return &provider.Error{Op: "Issue", Kind: provider.ErrForeign, Message: "the invoice is not what was planned"}
	}
	if err := m.c.record(ctx, "closing.issue", &h.now, Person{Actor: "closing"}, h.now.Invoice); err != nil {
		return err
	}
	state := provider.Sent
	if m.c.cfg.KeepBack {
		state = provider.Issued
	}
	return h.end(ctx, state, "")
}

// request asks the payment provider for the invoice, and keeps the ledger in step.
func (m *month) request(h *hold, inv *invoice.Invoice) provider.IssueRequest {
	return provider.IssueRequest{
		Key: issueKey(h.now.Key), Customer: m.account.Customer, Invoice: *inv, Send: !m.c.cfg.KeepBack, Known: h.now.Invoice,
		Claim: func(ctx context.Context, id string) (string, error) {
			if h.now.Invoice == "" {
				err := h.put(ctx, m.c.cfg.Lease, func(c *provider.Closing) { c.State, c.Invoice = provider.Drafted, id })
				if err != nil {
					return "", err
				}
			}
			return h.now.Invoice, nil
		},
		Before: func(ctx context.Context, step provider.IssueStep) error {
			switch step {
			case provider.StepFinalize: // the ledger has the last word
				return h.move(ctx, provider.Ready)
			case provider.StepSend:
				return h.move(ctx, provider.Issued)
			default:
				return h.alive(ctx)
			}
		},
	}
}

// failed decides what becomes of a closing that could not be issued.
func (m *month) failed(ctx context.Context, h *hold, err error) error {
	var e *provider.Error
	switch {
	case errors.Is(err, errLost): // guard: else the lease would be given up in vain, which changes nothing
		return err
	case errors.As(err, &e) && errors.Is(e.Kind, provider.ErrNotFound) && e.Field == "known":
		if err := h.end(ctx, provider.Voided, reasonDeleted); err != nil {
			return err
		}
		return &Error{Op: "Close", Account: m.account.ID, Kind: ErrQuiet, Message: reasonDeleted, Err: err}
	case passing(err):
		h.release(ctx, "")
		return err
	}
	reason := reasonOf(err)
	if perr := m.c.park(ctx, h, reason); perr != nil {
		return perr
	}
	return &Error{Op: "Close", Account: m.account.ID, Kind: ErrParked, Message: reason, Err: err}
}

// passing tells whether an error says nothing about the closing itself.
func passing(err error) bool {
	for _, kind := range []error{
		provider.ErrUnavailable, provider.ErrTimeout, provider.ErrRateLimited, provider.ErrUnknown, provider.ErrNotConfigured,
		provider.ErrMisconfigured,
	} {
		if provider.IsKind(err, kind) {
			return true
		}
	}
	return provider.Kind(err) == nil
}

// park leaves a closing to a person.
func (c *Closer) park(ctx context.Context, h *hold, reason string) error {
	line := h.now
	line.Reason = reason
	if err := c.record(ctx, "closing.park", &line, Person{Actor: "closing", Purpose: reason}, version(&line)); err != nil {
		h.release(ctx, "")
		return err
	}
	c.cfg.Logger.Warn("closing: parked", "account", line.Key.Account, "invoice", line.Invoice, "reason", reason)
	return h.end(ctx, provider.Parked, reason)
}

// issueKey is the key of a closing at the payment provider: the same for every attempt, and never a name.
func issueKey(key provider.ClosingKey) string {
	sum := sha256.New()
	for _, part := range []string{key.Account, key.Group} {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "close/" + key.From.String() + "/" + key.To.String() + "/r" + strconv.Itoa(key.Revision) + "/" +
		hex.EncodeToString(sum.Sum(nil)[:16])
}
