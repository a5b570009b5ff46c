package memory

import (
	"slices"
	"time"
)

// Call is one call of the payment provider or of the record store.
type Call struct {
	Op      string    // the method, such as "Invoices"
	Subject string    // the customer, account or partner that it was about; empty where there is none
	Object  string    // what else it was about, such as the id of an invoice; never an address
	Key     string    // idempotency key
	At      time.Time // on the world's clock
}

// maxCalls bounds the log of a world that lives long; the oldest half is forgotten then. The garbage collector reads the
// log again and again.
const maxCalls = 10_000

// Calls is the log of calls since the last reset, also of those that failed.
func (w *World) Calls() []Call {
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	return slices.Clone(w.calls)
}

// CallsOf are the calls of some operations, in order.
func (w *World) CallsOf(ops ...string) []Call {
	return slices.DeleteFunc(w.Calls(), func(c Call) bool { return !slices.Contains(ops, c.Op) })
}

// ResetCalls empties the log.
func (w *World) ResetCalls() {
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	w.calls = nil
}

// Hook has a function called at the beginning of every call, before faults have their effect; nil takes it away.
func (w *World) Hook(f func(Call)) {
	w.faultMu.Lock()
	defer w.faultMu.Unlock()
	w.hook = f
}

func (w *World) log(call Call) {
	call.At = w.Now()
	w.faultMu.Lock()
	if len(w.calls) >= maxCalls {
		w.calls = slices.Delete(w.calls, 0, maxCalls/2)
	}
	w.calls = append(w.calls, call)
	hook := w.hook
	w.faultMu.Unlock()
	if hook != nil {
		hook(call)
	}
}

// cut keeps foreign text in messages short.
func cut(s string) string {
	const most = 40
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
