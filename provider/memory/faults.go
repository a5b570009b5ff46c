package memory

import (
	"context"
	"slices"
	"time"
)

// AnyOp stands for every operation where faults are set.
const AnyOp = "*"

// The steps of issuing an invoice, for faults between them. A step that fails leaves what the steps before it have
// done: a later request with the same key goes on from there.
const (
	IssueDraft    = "Issue.draft"
	IssueDelete   = "Issue.delete"
	IssueLines    = "Issue.lines"
	IssueFinalize = "Issue.finalize"
	IssueSend     = "Issue.send"
)

// ops are the names of operations: the methods of Payments and Records, and the steps of Issue.
func ops() []string {
	return []string{
		AnyOp, IssueDraft, IssueDelete, IssueLines, IssueFinalize, IssueSend,
		"Customer", "Invoices", "Invoice", "UpdateEmail", "CustomersByEmail", "InvoicePDF", "PortalSession", "LoginLink",
		"NextInvoice", "Discounts", "Recipients", "PaymentMethods", "Issue", "Void", "Credit", "VerifyWebhook", "Health",
		"Account", "Accounts", "Assigned", "Clients", "Tenants", "Projects", "Daily", "Plan", "Append", "Audit", "Put", "Closing", "Closings",
		"Receive", "Pending", "Done", "Freeze", "Statement",
	}
}

// Fault is what goes wrong in one call. The zero value is a call in which nothing does.
type Fault struct {
	// Err is what the call returns. An error that is not of the closed set becomes provider.ErrUnavailable.
	Err error
	// Late makes the call do its work before Err is returned, as when an answer is lost: a write has happened then. A
	// document ends in the middle with Err, and so does an iteration after its first value.
	Late bool
	// Delay makes the call wait until the world's clock has moved so far, or until its context is done. Real time does
	// not pass. [Forever] only ends with the context.
	Delay time.Duration
	// Alter changes the answer of a call. It gets a pointer to what the method returns, such as
	// *provider.PortalSession, and for iterations a pointer to each value.
	Alter func(answer any)
	// Only limits the fault to calls for one customer, account or partner; empty: all.
	Only string
}

// FailNext makes the next call of an operation fail.
func (w *World) FailNext(op string, err error) { w.Inject(op, Fault{Err: err}) }

// FailAlways makes all calls of an operation fail until it is healed.
func (w *World) FailAlways(op string, err error) { w.InjectAlways(op, Fault{Err: err}) }

// Inject scripts the next calls of an operation: each takes the next fault.
func (w *World) Inject(op string, faults ...Fault) {
	if !w.knows("Inject", op) {
		return
	}
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	w.queued[op] = append(w.queued[op], faults...)
}

// InjectAlways gives all calls of an operation a fault until it is healed. Scripted faults come first, and a fault of
// the operation before one of [AnyOp]: the zero Fault keeps an operation out of a fault of all.
func (w *World) InjectAlways(op string, fault Fault) {
	if !w.knows("InjectAlways", op) {
		return
	}
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	w.always[op] = fault
}

// Heal takes away all faults of the operations; without operations, all faults there are.
func (w *World) Heal(ops ...string) {
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	if len(ops) == 0 {
		clear(w.queued)
		clear(w.always)
	}
	for _, op := range ops {
		delete(w.queued, op)
		delete(w.always, op)
	}
}

// knows makes a misspelt operation a mistake in seeding, so that no fault is set in vain.
func (w *World) knows(helper, op string) bool {
	if slices.Contains(ops(), op) {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mistake(helper, "no operation %q", cut(op))
	return false
}

// take gives the fault of a call: the next scripted one, else the lasting one; the operation's own before that of all.
// Steps of an operation are not met by faults for all.
func (w *World) take(op, subject string, all bool) Fault {
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	for _, name := range [...]string{op, AnyOp} {
		if name == AnyOp && !all {
			break
		}
		for i, fault := range w.queued[name] {
			if fault.Only == "" || fault.Only == subject {
				w.queued[name] = slices.Delete(w.queued[name], i, i+1)
				return fault
			}
		}
		if fault, ok := w.always[name]; ok && (fault.Only == "" || fault.Only == subject) {
			return fault
		}
	}
	return Fault{}
}

// begin logs a call and lets its fault have its effect, unless that comes late.
func (w *World) begin(ctx context.Context, call Call) (Fault, error) {
	w.log(call)
	if err := ctx.Err(); err != nil {
		return Fault{}, closed(call.Op, err)
	}
	fault := w.take(call.Op, call.Subject, true)
	if err := w.clock.wait(ctx, fault.Delay); err != nil {
		return fault, closed(call.Op, err)
	}
	if fault.Err != nil && !fault.Late {
		return fault, closed(call.Op, fault.Err)
	}
	return fault, nil
}

// step meets the fault of a step of an operation. The lock is held, so a step has neither delay nor answer.
func (w *World) step(op, subject string, work func()) error {
	fault := w.take(op, subject, false)
	if fault.Err == nil || fault.Late {
		work()
	}
	if fault.Err != nil {
		return closed("Issue", fault.Err)
	}
	return nil
}
