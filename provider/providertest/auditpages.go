package providertest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// mixed writes twelve entries of different actors, actions, outcomes and times, and gives them newest first.
func (r *rec) mixed(account string) []provider.AuditEntry {
	r.Helper()
	start := second(r.Now())
	var out []provider.AuditEntry
	for i := range 12 {
		e := entry(account, fmt.Sprintf("e%02d", i))
		e.Actor = []string{"user-1", "user-2"}[i%2]
		e.Action = []string{"invoice.read", "invoice.void", "recipient.reveal"}[i%3]
		e.Outcome = []provider.Outcome{provider.Succeeded, provider.Succeeded, provider.Succeeded, provider.Refused}[i%4]
		e.At = start.Add(time.Duration(i) * time.Minute)
		out = append(out, r.write(e))
		if r.Advance != nil {
			r.Advance(time.Minute)
		}
	}
	slices.Reverse(out)
	r.that(out[0].At.After(out[11].At), "the times of entries are neither kept nor those of the clock")
	return out
}

// filters wants a query to give exactly the entries for which keep holds.
func filters(name string, query func(q *provider.AuditQuery, all []provider.AuditEntry), keep func(e *provider.AuditEntry, q *provider.AuditQuery) bool) testCase[*rec] {
	return testCase[*rec]{name: name, run: func(r *rec) {
		account := r.account()
		all := r.mixed(account)
		q := provider.AuditQuery{Account: account}
		query(&q, all)
		var want []string
		for i := range all {
			if keep(&all[i], &q) {
				want = append(want, all[i].ID)
			}
		}
		r.that(len(want) > 0 && len(want) < len(all), "the suite's filter keeps %d of %d", len(want), len(all))
		same(r.check, "entries", entryIDs(r.trail(q)), want)
		l := &paged{check: r.check, op: "Audit", page: r.auditPages(q)}
		same(r.check, "entries on pages of two", l.walk(2, nil), want)
	}}
}

func auditFilterCases() []testCase[*rec] {
	type (
		query = provider.AuditQuery
		one   = provider.AuditEntry
	)
	none := func(name string, change func(q *query, all []one)) testCase[*rec] {
		return testCase[*rec]{name: name, run: func(r *rec) {
			account := r.account()
			all := r.mixed(account)
			q := query{Account: account}
			change(&q, all)
			same(r.check, "number of entries", len(r.trail(q)), 0)
		}}
	}
	return []testCase[*rec]{
		filters("a filter by actor keeps what this actor did",
			func(q *query, _ []one) { q.Actor = "user-2" }, func(e *one, _ *query) bool { return e.Actor == "user-2" }),
		filters("a filter by action keeps this action",
			func(q *query, _ []one) { q.Action = "invoice.void" }, func(e *one, _ *query) bool { return e.Action == "invoice.void" }),
		filters("a filter by outcome keeps this outcome",
			func(q *query, _ []one) { q.Outcome = provider.Refused }, func(e *one, _ *query) bool { return e.Outcome == provider.Refused }),
		filters("the beginning of a time belongs to it",
			func(q *query, all []one) { q.From = all[5].At }, func(e *one, q *query) bool { return !e.At.Before(q.From) }),
		filters("the end of a time does not belong to it",
			func(q *query, all []one) { q.To = all[5].At }, func(e *one, q *query) bool { return e.At.Before(q.To) }),
		filters("beginning and end hold together, in any zone",
			func(q *query, all []one) {
				q.From, q.To = all[8].At.In(time.FixedZone("east", 7200)), all[3].At.In(time.FixedZone("west", -7200))
			},
			func(e *one, q *query) bool { return !e.At.Before(q.From) && e.At.Before(q.To) }),
		filters("all filters hold together",
			func(q *query, all []one) {
				q.Actor, q.Action, q.Outcome, q.To = "user-1", "invoice.read", provider.Succeeded, all[0].At
			},
			func(e *one, q *query) bool {
				return e.Actor == "user-1" && e.Action == "invoice.read" && e.Outcome == provider.Succeeded && e.At.Before(q.To)
			}),
		none("an actor in other case is another actor", func(q *query, _ []one) { q.Actor = "User-1" }),
		none("a pattern is no actor", func(q *query, _ []one) { q.Actor = "user-%" }),
		none("a part of an action is another action", func(q *query, _ []one) { q.Action = "invoice" }),
		none("an outcome that did not happen keeps nothing", func(q *query, _ []one) { q.Outcome = provider.Attempted }),
		none("a time without an instant keeps nothing", func(q *query, all []one) { q.From, q.To = all[5].At, all[5].At }),
		none("a time after everything keeps nothing", func(q *query, all []one) { q.From = all[0].At.Add(time.Second) }),
	}
}

func auditPageCases() []testCase[*rec] {
	foreign := []string{
		"another account", "another actor", "another action", "another outcome", "another beginning", "another end", "no filter",
	}
	cases := pagingCases(func(r *rec) *paged {
		account, other := r.account(), r.account()
		adder := func(account string) func(n int) []string {
			written := 0
			return func(n int) []string {
				var out []string
				for range n {
					out = append(out, r.write(entry(account, fmt.Sprintf("%s e%03d", account, written))).ID)
					written++
				}
				return out
			}
		}
		adder(other)(3)
		q := provider.AuditQuery{
			Account: account, Actor: "user-1", Action: "invoice.read", Outcome: provider.Succeeded,
			From: second(r.Now()).Add(-time.Hour), To: second(r.Now()).Add(time.Hour),
		}
		with := func(change func(q *provider.AuditQuery)) pager {
			changed := q
			change(&changed)
			return r.auditPages(changed)
		}
		return &paged{check: r.check, op: "Audit", add: adder(account), page: r.auditPages(q), foreign: map[string]pager{
			"another account":   with(func(q *provider.AuditQuery) { q.Account = other }),
			"another actor":     with(func(q *provider.AuditQuery) { q.Actor = "user-2" }),
			"another action":    with(func(q *provider.AuditQuery) { q.Action = "invoice.void" }),
			"another outcome":   with(func(q *provider.AuditQuery) { q.Outcome = provider.Failed }),
			"another beginning": with(func(q *provider.AuditQuery) { q.From = q.From.Add(-time.Second) }),
			"another end":       with(func(q *provider.AuditQuery) { q.To = time.Time{} }),
			"no filter":         r.auditPages(provider.AuditQuery{Account: account}),
		}}
	}, foreign...)
	return append(cases, []testCase[*rec]{
		{name: "the trail of another account is never read", run: func(r *rec) {
			one, other := r.account(), r.account()
			r.write(entry(one, "e1"))
			r.write(entry(other, "e2"))
			same(r.check, "ids", entryIDs(r.trail(provider.AuditQuery{Account: one})), []string{"e1"})
			same(r.check, "ids of the other", entryIDs(r.trail(provider.AuditQuery{Account: other})), []string{"e2"})
		}},
		{name: "an account is named exactly", run: func(r *rec) {
			account := r.account()
			r.write(entry(account, "e1"))
			for _, odd := range oddIDs() {
				if id := odd.of(account); id != "" && len(id) < 1000 {
					same(r.check, "number of entries of "+id, len(r.trail(provider.AuditQuery{Account: id})), 0)
				}
			}
		}},
		{name: "a query without an account is invalid, and reads nothing", run: func(r *rec) {
			r.write(entry(r.account(), "e1"))
			page, err := ability[provider.AuditLog](r.r).Audit(r.Context(), provider.AuditQuery{Actor: "user-1", Limit: 10})
			r.refused(err, "Audit", "query without an account", provider.ErrInvalid)
			same(r.check, "number of entries", len(page.Entries), 0)
		}},
		{name: "a page of the trail may be changed by the caller", run: func(r *rec) {
			account := r.account()
			r.write(entry(account, "e1"))
			only(r.check, "entries", r.trail(provider.AuditQuery{Account: account})).Actor = "changed"
			same(r.check, "actor after a change", only(r.check, "entries", r.trail(provider.AuditQuery{Account: account})).Actor, "user-1")
		}},
		{name: "reading the trail stops with its context", run: func(r *rec) {
			account := r.account()
			r.write(entry(account, "e1"))
			r.stopped("Audit", func(ctx context.Context) error {
				_, err := ability[provider.AuditLog](r.r).Audit(ctx, provider.AuditQuery{Account: account, Limit: 10})
				return err
			})
		}},
	}...)
}
