package portal

import (
	"slices"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// outcomes are those of audit entries.
var outcomes = []provider.Outcome{provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused}

// auditPage lists who did what, filtered by time, actor, action and outcome (C17). The days of the filter are those of
// UTC, like the times in the list.
func (x *exchange) auditPage() error {
	q, err := x.query("actor", "action", "outcome", "from", "to", "cursor")
	if err != nil {
		return err
	}
	view := &AuditView{
		Actor: q["actor"], Action: q["action"], Outcome: provider.Outcome(q["outcome"]), From: q["from"], To: q["to"],
		Actions: auditedActions(), Outcomes: outcomes,
	}
	query := billing.AuditQuery{Actor: view.Actor, Action: view.Action, Outcome: view.Outcome, Cursor: q["cursor"]}
	if view.Action != "" && !slices.Contains(view.Actions, view.Action) {
		return &fieldError{provider.ErrInvalid, "action"}
	}
	if view.Outcome != "" && !slices.Contains(outcomes, view.Outcome) {
		return &fieldError{provider.ErrInvalid, "outcome"}
	}
	if query.From, err = startOf(view.From, 0); err != nil {
		return &fieldError{provider.ErrInvalid, "from"}
	}
	if query.To, err = startOf(view.To, 1); err != nil {
		return &fieldError{provider.ErrInvalid, "to"}
	}
	view.AuditPanel, err = x.account.Audit(x.r.Context(), query)
	return x.draw("audit", view, err)
}

// startOf gives the start of a day in UTC, so many days later; the zero time for no day.
func startOf(day string, later int) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := civil.ParseDate(day)
	if err != nil {
		return time.Time{}, err
	}
	return d.AddDays(later).Start(time.UTC), nil
}

// auditedActions are the actions that are recorded, as entries name them.
func auditedActions() []string {
	var out []string
	for _, op := range billing.Operations() {
		if op.Audited && !slices.Contains(out, string(op.Action)) {
			out = append(out, string(op.Action))
		}
	}
	return out
}
