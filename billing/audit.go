package billing

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/billhatch/billhatch/provider"
)

// AuditQuery asks for a page of the audit trail of the account. Empty fields do not filter.
type AuditQuery struct {
	Actor   string
	Action  string
	Outcome provider.Outcome
	From    time.Time // included
	To      time.Time // not included
	Cursor  string    // Next of a panel with the same filter; empty: the newest
}

// AuditPanel lists who did what, newest first (C17).
type AuditPanel struct {
	Status
	Entries []provider.AuditEntry
	Next    string
}

// Audit lists the audit trail of the account, for those whom the policy lets read it.
func (a *Account) Audit(ctx context.Context, q AuditQuery) (AuditPanel, error) {
	const op = "Audit"
	run, err := a.begin(ctx, op, target{})
	if err != nil {
		return AuditPanel{}, err
	}
	scope := []string{
		"audit", run.account.ID, q.Actor, q.Action, string(q.Outcome),
		q.From.UTC().Format(time.RFC3339Nano), q.To.UTC().Format(time.RFC3339Nano),
	}
	cursor, err := run.service.seal.openCursor(op, q.Cursor, scope...)
	if err != nil {
		return AuditPanel{}, err
	}
	page, err := run.service.audit.Audit(ctx, provider.AuditQuery{
		Account: run.account.ID, Actor: q.Actor, Action: q.Action, Outcome: q.Outcome, From: q.From, To: q.To,
		Limit: run.service.cfg.PageSize, Cursor: cursor,
	})
	panel := AuditPanel{}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return AuditPanel{}, err
	}
	for _, entry := range page.Entries {
		if entry.Account != run.account.ID {
			return AuditPanel{}, &Error{Op: op, Kind: provider.ErrForeign}
		}
	}
	panel.Entries, panel.Next = page.Entries, run.service.seal.cursor(page.Next, scope...)
	if panel.State == Ready && len(panel.Entries) == 0 && q.Cursor == "" {
		panel.State = NothingYet
	}
	return panel, nil
}

// plain makes a text of a person fit for the audit trail: one line, and no mail address.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if strings.ContainsRune(s, '@') {
		words := strings.Split(s, " ")
		for i, w := range words {
			if strings.ContainsRune(w, '@') {
				words[i] = "***"
			}
		}
		s = strings.Join(words, " ")
	}
	return clip(s, most)
}
