package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// entry is an entry with everything that is required.
func entry(account, id string) provider.AuditEntry {
	return provider.AuditEntry{
		ID: id, Account: account, Actor: "user-1", Action: "invoice.read", Target: "in_1", Outcome: provider.Succeeded,
	}
}

// write appends an entry.
func (r *rec) write(e provider.AuditEntry) provider.AuditEntry {
	r.Helper()
	got, err := ability[provider.AuditLog](r.r).Append(r.Context(), e)
	r.ok(err, fmt.Sprintf("entry %.40q", e.ID))
	return got
}

// refuses wants an entry to be invalid, and not to be written.
func (r *rec) refuses(what string, e provider.AuditEntry, account string) {
	r.Helper()
	_, err := ability[provider.AuditLog](r.r).Append(r.Context(), e)
	r.refused(err, "Append", what, provider.ErrInvalid)
	same(r.check, "number of entries", len(r.trail(provider.AuditQuery{Account: account})), 0)
}

// trail reads one page of up to 100 entries.
func (r *rec) trail(q provider.AuditQuery) []provider.AuditEntry {
	r.Helper()
	q.Limit = provider.MaxPage
	page, err := ability[provider.AuditLog](r.r).Audit(r.Context(), q)
	r.ok(err, "audit trail")
	return page.Entries
}

func (r *rec) auditPages(q provider.AuditQuery) pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		q.Limit, q.Cursor = limit, cursor
		page, err := ability[provider.AuditLog](r.r).Audit(ctx, q)
		return entryIDs(page.Entries), page.Next, err
	}
}

func entryIDs(list []provider.AuditEntry) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

func auditCases() group[*rec] {
	return group[*rec]{
		name: "audit trail", ability: provider.CanAudit,
		cases: slices.Concat(appendCases(), badEntryCases(), racingEntryCases(), auditFilterCases(), auditPageCases()),
	}
}

func appendCases() []testCase[*rec] {
	return []testCase[*rec]{
		{name: "an entry is given back, and read, as it was written", run: func(r *rec) {
			account := r.account()
			want := entry(account, "e1")
			want.Purpose, want.Request, want.At = "checking the March invoice", "req-1", second(r.Now())
			got := r.write(want)
			r.that(got.Sequence > 0, "got the sequence %d", got.Sequence)
			want.Sequence, want.At = got.Sequence, got.At
			same(r.check, "entry in the answer", got, want)
			same(r.check, "trail", r.trail(provider.AuditQuery{Account: account}), []provider.AuditEntry{want})
		}},
		{name: "an entry without a time gets that of the log, in UTC", run: func(r *rec) {
			got := r.write(entry(r.account(), "e1"))
			r.that(!got.At.IsZero() && got.At.Location() == time.UTC, "got the time %s", got.At)
			r.that(got.At.Sub(r.Now()).Abs() < time.Minute, "got the time %s, the clock shows %s", got.At, r.Now())
		}},
		{name: "the time of an entry is in UTC when it is read, too", run: func(r *rec) {
			account := r.account()
			e := entry(account, "e1")
			e.At = second(r.Now()).In(time.FixedZone("east", 3600))
			got := r.write(e)
			read := *only(r.check, "entries", r.trail(provider.AuditQuery{Account: account}))
			r.that(got.At.Location() == time.UTC && read.At.Location() == time.UTC, "got the times %s and %s", got.At, read.At)
			r.that(read.At.Equal(got.At), "got the time %s, then %s", got.At, read.At)
		}},
		{name: "sequences ascend within an account", run: func(r *rec) {
			one, other := r.account(), r.account()
			last := map[string]int64{}
			for i := range 20 {
				account := []string{one, other}[i%3%2]
				got := r.write(entry(account, fmt.Sprintf("e%d", i)))
				r.that(got.Sequence > last[account], "got the sequence %d after %d", got.Sequence, last[account])
				last[account] = got.Sequence
			}
		}},
		{name: "the trail is newest first, by sequence", run: func(r *rec) {
			account := r.account()
			var want []string
			for i := range 10 {
				want = append(want, r.write(entry(account, fmt.Sprintf("e%d", i))).ID)
			}
			slices.Reverse(want)
			got := r.trail(provider.AuditQuery{Account: account})
			same(r.check, "ids", entryIDs(got), want)
			for i := 1; i < len(got); i++ {
				r.that(got[i].Sequence < got[i-1].Sequence, "the sequence %d comes after %d", got[i].Sequence, got[i-1].Sequence)
			}
		}},
		{name: "the same id again is not written twice, and gives back what is there", run: func(r *rec) {
			account := r.account()
			first := r.write(entry(account, "e1"))
			r.write(entry(account, "e2"))
			same(r.check, "entry", r.write(entry(account, "e1")), first)
			same(r.check, "ids", entryIDs(r.trail(provider.AuditQuery{Account: account})), []string{"e2", "e1"})
		}},
		{name: "the same id later gives back the first time", seeds: []string{"Advance"}, run: func(r *rec) {
			first := r.write(entry(r.account(), "e1"))
			r.Advance(time.Hour)
			again := entry(first.Account, "e1")
			same(r.check, "entry", r.write(again), first)
		}},
		{name: "the same id with another content does not change what is there", run: func(r *rec) {
			first := r.write(entry(r.account(), "e1"))
			other := entry(first.Account, "e1")
			other.Outcome, other.Action = provider.Refused, "invoice.void"
			got, err := ability[provider.AuditLog](r.r).Append(r.Context(), other)
			if err == nil {
				same(r.check, "entry", got, first)
			} else {
				r.refused(err, "Append", "the same id with another content", provider.ErrConflict)
			}
			same(r.check, "trail", r.trail(provider.AuditQuery{Account: first.Account}), []provider.AuditEntry{first})
		}},
		{name: "texts are kept whole, whatever they hold", run: func(r *rec) {
			for i, text := range []string{"'; DROP TABLE audit; --", "50 % _ \\ \" `", "Zoë 北京 \U0001F600", "two\nlines\tand a tab", "<b>&amp;</b>", " blank "} {
				account := r.account()
				e := entry(account, fmt.Sprintf("e%d %s", i, text))
				e.Actor, e.Action, e.Target, e.Purpose, e.Request = text, text, text, text, text
				want := r.write(e)
				got := r.trail(provider.AuditQuery{Account: account, Actor: text, Action: text})
				same(r.check, "trail", got, []provider.AuditEntry{want})
			}
		}},
		{name: "fields that may be empty stay empty", run: func(r *rec) {
			account := r.account()
			want := r.write(provider.AuditEntry{ID: "e1", Account: account, Actor: "user-1", Action: "a", Outcome: provider.Failed})
			got := *only(r.check, "entries", r.trail(provider.AuditQuery{Account: account}))
			same(r.check, "entry", got, want)
			same(r.check, "empty fields", got.Target+got.Purpose+got.Request, "")
		}},
		{name: "a purpose of 500 bytes is kept whole", run: func(r *rec) {
			account := r.account()
			e := entry(account, "e1")
			e.Purpose = strings.Repeat("ü", provider.MaxPurpose/2)
			r.write(e)
			same(r.check, "purpose", only(r.check, "entries", r.trail(provider.AuditQuery{Account: account})).Purpose, e.Purpose)
		}},
	}
}

func badEntryCases() []testCase[*rec] {
	var out []testCase[*rec]
	for _, bad := range []struct {
		name   string
		change func(e *provider.AuditEntry)
	}{
		{"without an id", func(e *provider.AuditEntry) { e.ID = "" }},
		{"without an account", func(e *provider.AuditEntry) { e.Account = "" }},
		{"without an action", func(e *provider.AuditEntry) { e.Action = "" }},
		{"without an outcome", func(e *provider.AuditEntry) { e.Outcome = "" }},
		{"with an outcome that there is not", func(e *provider.AuditEntry) { e.Outcome = "Succeeded" }},
		{"with a purpose of 501 bytes", func(e *provider.AuditEntry) { e.Purpose = strings.Repeat("x", provider.MaxPurpose+1) }},
		{"with a purpose of 251 letters of two bytes", func(e *provider.AuditEntry) { e.Purpose = strings.Repeat("ü", provider.MaxPurpose/2+1) }},
		{"with a purpose of 1 MiB", func(e *provider.AuditEntry) { e.Purpose = strings.Repeat(canary, 1<<20/6) }},
	} {
		out = append(out, testCase[*rec]{name: "an entry " + bad.name + " is invalid and not written", run: func(r *rec) {
			account := r.account()
			e := entry(account, "e1")
			bad.change(&e)
			r.refuses("an entry "+bad.name, e, account)
		}})
	}
	for _, outcome := range []provider.Outcome{provider.Attempted, provider.Succeeded, provider.Failed, provider.Refused} {
		out = append(out, testCase[*rec]{name: fmt.Sprintf("the outcome %s is kept", outcome), run: func(r *rec) {
			account := r.account()
			e := entry(account, "e1")
			e.Outcome = outcome
			r.write(e)
			same(r.check, "outcome", only(r.check, "entries", r.trail(provider.AuditQuery{Account: account})).Outcome, outcome)
		}})
	}
	return append(out, testCase[*rec]{name: "writing stops with its context and writes nothing", run: func(r *rec) {
		account := r.account()
		r.stopped("Append", func(ctx context.Context) error {
			_, err := ability[provider.AuditLog](r.r).Append(ctx, entry(account, "e1"))
			return err
		})
		same(r.check, "number of entries", len(r.trail(provider.AuditQuery{Account: account})), 0)
	}})
}

func racingEntryCases() []testCase[*rec] {
	writers := func(r *rec, n int, of func(i int) provider.AuditEntry) {
		r.Helper()
		log := ability[provider.AuditLog](r.r)
		for _, err := range together(n, func(i int) error {
			_, err := log.Append(r.Context(), of(i))
			return err
		}) {
			r.ok(err, "entry")
		}
	}
	return []testCase[*rec]{
		{name: "64 writers of one account at once lose nothing, and no sequence is given twice", run: func(r *rec) {
			account := r.account()
			writers(r, racers, func(i int) provider.AuditEntry { return entry(account, fmt.Sprintf("e%d", i)) })
			got := r.trail(provider.AuditQuery{Account: account})
			same(r.check, "number of entries", len(got), racers)
			seen := map[string]bool{}
			for i := range got {
				r.that(!seen[got[i].ID], "%s is there twice", got[i].ID)
				seen[got[i].ID] = true
				r.that(i == 0 || got[i].Sequence < got[i-1].Sequence, "sequence %d after %d", got[i].Sequence, got[max(i-1, 0)].Sequence)
			}
		}},
		{name: "64 writers of eight accounts at once lose and mix nothing", run: func(r *rec) {
			accounts := make([]string, 8)
			for i := range accounts {
				accounts[i] = r.account()
			}
			writers(r, racers, func(i int) provider.AuditEntry { return entry(accounts[i%8], fmt.Sprintf("e%d", i)) })
			for _, account := range accounts {
				got := r.trail(provider.AuditQuery{Account: account})
				same(r.check, "number of entries", len(got), racers/8)
				for i := range got {
					same(r.check, "account", got[i].Account, account)
				}
			}
		}},
		{name: "64 writers of the same entry at once write it once", run: func(r *rec) {
			account := r.account()
			writers(r, racers, func(int) provider.AuditEntry { return entry(account, "e1") })
			same(r.check, "ids", entryIDs(r.trail(provider.AuditQuery{Account: account})), []string{"e1"})
		}},
		{name: "whoever has written an entry sees it in the trail at once", run: func(r *rec) {
			account, log := r.account(), ability[provider.AuditLog](r.r)
			for _, missing := range together(racers, func(i int) string {
				id := fmt.Sprintf("e%d", i)
				if _, err := log.Append(r.Context(), entry(account, id)); err != nil {
					return err.Error()
				}
				page, err := log.Audit(r.Context(), provider.AuditQuery{Account: account, Limit: provider.MaxPage})
				if err != nil || !slices.Contains(entryIDs(page.Entries), id) {
					return fmt.Sprint(id, " is missing, error ", err)
				}
				return ""
			}) {
				same(r.check, "what is missing", missing, "")
			}
		}},
	}
}
