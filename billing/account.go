package billing

import (
	"context"
	"crypto/rand"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
)

// Account is one account in the scope of one principal. Only it has operations.
type Account struct {
	session  *Session
	id       string
	assigned bool
}

// ID is the id of the account.
func (a *Account) ID() string { return a.id }

// Can tells whether an operation would be allowed, to draw a page by. It looks nothing up, and it protects nothing: the
// operation itself decides.
func (a *Account) Can(operationName string) bool {
	op := operation(operationName)
	return a.session.decide(a.session.principal, op.Action, a.id, a.assigned) == nil
}

// act is an operation that was allowed.
type act struct {
	service   *Service
	op        Operation
	principal rbac.Principal
	account   provider.Account
	entry     provider.AuditEntry // of an audited operation
}

// target is what an audited operation is done to, fit for the audit trail, and the purpose in the person's own words.
type target struct{ what, purpose string }

// begin is the one way into an operation: it decides, records, and only then reads the account. Nothing reaches a
// provider before the decision.
func (a *Account) begin(ctx context.Context, name string, t target) (*act, error) {
	s := a.session.service
	op := operation(name)
	p, err := a.authorize(ctx, op)
	if err != nil {
		return nil, inOp(err, op.Name)
	}
	account, err := s.cfg.Records.Account(ctx, a.id)
	if err != nil {
		return nil, wrap(op.Name, err)
	}
	if account.ID != a.id || account.Zone == nil {
		return nil, &Error{Op: op.Name, Kind: provider.ErrForeign}
	}
	run := &act{service: s, op: op, principal: p, account: account}
	if op.Audited {
		if err := run.record(ctx, t); err != nil {
			return nil, err
		}
	}
	return run, nil
}

// authorize decides with what is known of the principal, or for a fresh operation with what the host says now.
func (a *Account) authorize(ctx context.Context, op Operation) (rbac.Principal, error) {
	s, p, assigned := a.session, a.session.principal, a.assigned
	if err := s.decide(p, op.Action, a.id, assigned); err != nil {
		return p, err
	}
	if !op.Fresh {
		return p, nil
	}
	p, err := s.fresh(ctx)
	if err != nil {
		return p, err
	}
	if assigned, err = s.assigned(ctx, p, a.id); err != nil {
		return p, err
	}
	return p, s.decide(p, op.Action, a.id, assigned)
}

// record writes the attempt of an audited operation. Without the record the act does not happen.
func (run *act) record(ctx context.Context, t target) error {
	run.entry = provider.AuditEntry{
		ID: rand.Text(), At: run.service.now(), Account: run.account.ID, Actor: run.principal.ID,
		Action: string(run.op.Action), Target: t.what, Purpose: plain(t.purpose, provider.MaxPurpose), Outcome: provider.Attempted,
	}
	if _, err := run.service.audit.Append(ctx, run.entry); err != nil {
		return &Error{Op: run.op.Name, Kind: ErrAuditUnavailable, Err: err}
	}
	return nil
}

// end records how an audited operation ended. The attempt is on record already, so that a failure to write the end does
// not undo the act; it is logged.
func (run *act) end(ctx context.Context, err error) {
	if !run.op.Audited { // guard: only audited operations call end; the check keeps a future one honest
		return
	}
	entry := run.entry
	entry.ID, entry.At, entry.Outcome = entry.ID+"-end", run.service.now(), provider.Succeeded
	if err != nil {
		entry.Outcome = provider.Failed
	}
	if _, err := run.service.audit.Append(context.WithoutCancel(ctx), entry); err != nil {
		run.service.cfg.Logger.ErrorContext(ctx, "audit: end not recorded", "operation", run.op.Name, "account", run.account.ID)
	}
}

// customer is the account's customer at the payment provider. Without one billing is not configured.
func (run *act) customer() (string, error) {
	if run.account.Customer == "" {
		return "", &provider.Error{Op: run.op.Name, Kind: provider.ErrNotConfigured}
	}
	return run.account.Customer, nil
}

// unknownCustomer words that the provider does not know the customer: a setup that is not finished, and not an account
// that does not exist. Other errors stay as they are.
func (run *act) unknownCustomer(err error) error {
	if provider.IsKind(err, provider.ErrNotFound) {
		return &provider.Error{Op: run.op.Name, Kind: provider.ErrNotConfigured, Err: err}
	}
	return err
}

// status makes the status of a panel whose data could not be read; what is no state of a panel stays an error.
func (run *act) status(ctx context.Context, err error) (Status, error) {
	if err == nil {
		return Status{State: Ready}, nil
	}
	state, step, ok := stateOf(err)
	if !ok {
		return Status{}, wrap(run.op.Name, err)
	}
	st := Status{State: state, Step: step, RetryAfter: provider.RetryAfter(err)}
	switch state {
	case NotConfigured:
		st.Support = run.service.cfg.Support.ask(TopicSetup, "Billing setup for account "+run.account.ID)
	case NeedsAttention:
		st.Support = run.service.cfg.Support.ask(TopicConfiguration, "Billing configuration of account "+run.account.ID)
	}
	run.service.cfg.Logger.WarnContext(ctx, "panel degraded", "operation", run.op.Name, "account", run.account.ID, "state", string(state))
	return st, nil
}

// inOp completes an error with the operation, except for not found, which always looks the same.
func inOp(err error, op string) error {
	if e, ok := err.(*Error); ok && e.Kind != ErrNotFound && e.Op == "" { //nolint:errorlint // only our own outermost error is completed
		e.Op = op
	}
	return err
}

// clip cuts a text to so many bytes, at a rune.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most]
}
