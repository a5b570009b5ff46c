package providertest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/providertest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// records is a store in which some methods are replaced.
type records struct {
	*memory.Records
	account   func(ctx context.Context, id string) (provider.Account, error)
	assigned  func(ctx context.Context, partner, account string) (bool, error)
	clients   func(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error)
	tenants   func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error]
	projects  func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error]
	daily     func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error]
	plan      func(ctx context.Context, account string, period civil.Period) (provider.Agreement, error)
	append    func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error)
	audit     func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error)
	put       func(ctx context.Context, c provider.Closing) (provider.Closing, error)
	closings  func(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error)
	receive   func(ctx context.Context, e provider.Event, body []byte) (bool, error)
	pending   func(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error)
	done      func(ctx context.Context, id string) error
	freeze    func(ctx context.Context, s provider.FrozenStatement) error
	statement func(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error)
}

func (r *records) Account(ctx context.Context, id string) (provider.Account, error) {
	if r.account != nil {
		return r.account(ctx, id)
	}
	return r.Records.Account(ctx, id)
}

func (r *records) Assigned(ctx context.Context, partner, account string) (bool, error) {
	if r.assigned != nil {
		return r.assigned(ctx, partner, account)
	}
	return r.Records.Assigned(ctx, partner, account)
}

func (r *records) Clients(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
	if r.clients != nil {
		return r.clients(ctx, q)
	}
	return r.Records.Clients(ctx, q)
}

func (r *records) Tenants(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
	if r.tenants != nil {
		return r.tenants(ctx, account, period)
	}
	return r.Records.Tenants(ctx, account, period)
}

func (r *records) Projects(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
	if r.projects != nil {
		return r.projects(ctx, account, period)
	}
	return r.Records.Projects(ctx, account, period)
}

func (r *records) Daily(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
	if r.daily != nil {
		return r.daily(ctx, account, period)
	}
	return r.Records.Daily(ctx, account, period)
}

func (r *records) Plan(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
	if r.plan != nil {
		return r.plan(ctx, account, period)
	}
	return r.Records.Plan(ctx, account, period)
}

func (r *records) Append(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	if r.append != nil {
		return r.append(ctx, e)
	}
	return r.Records.Append(ctx, e)
}

func (r *records) Audit(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
	if r.audit != nil {
		return r.audit(ctx, q)
	}
	return r.Records.Audit(ctx, q)
}

func (r *records) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	if r.put != nil {
		return r.put(ctx, c)
	}
	return r.Records.Put(ctx, c)
}

func (r *records) Closings(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
	if r.closings != nil {
		return r.closings(ctx, q)
	}
	return r.Records.Closings(ctx, q)
}

func (r *records) Receive(ctx context.Context, e provider.Event, body []byte) (bool, error) {
	if r.receive != nil {
		return r.receive(ctx, e, body)
	}
	return r.Records.Receive(ctx, e, body)
}

func (r *records) Pending(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error) {
	if r.pending != nil {
		return r.pending(ctx, q)
	}
	return r.Records.Pending(ctx, q)
}

func (r *records) Done(ctx context.Context, id string) error {
	if r.done != nil {
		return r.done(ctx, id)
	}
	return r.Records.Done(ctx, id)
}

func (r *records) Freeze(ctx context.Context, s provider.FrozenStatement) error {
	if r.freeze != nil {
		return r.freeze(ctx, s)
	}
	return r.Records.Freeze(ctx, s)
}

func (r *records) Statement(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
	if r.statement != nil {
		return r.statement(ctx, key)
	}
	return r.Records.Statement(ctx, key)
}

// recordFault is a mistake that an implementer of records could make, and the cases that must catch it.
type recordFault struct {
	name   string
	plant  func(r *records, rw *providertest.RecordsWorld)
	caught []string
}

func TestEveryBadStoreIsCaught(t *testing.T) {
	t.Parallel()
	faults := slices.Concat(accountFaults(), usageFaults(), dailyFaults(), auditFaults(), ledgerFaults(), inboxFaults())
	require.GreaterOrEqual(t, len(faults), 10)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			h := providertest.RecordsHarness{
				Want: providertest.RecordAbilities(),
				New: func(*testing.T) providertest.RecordsWorld {
					w, rw := goodRecords()
					r := &records{Records: w.Records()}
					f.plant(r, &rw)
					rw.Records = r
					return rw
				},
			}
			requireCaught(t, f.caught, func(groups ...string) []providertest.Failure {
				return providertest.RecordFailures(t, h, groups...)
			})
		})
	}
}

func accountFaults() []recordFault {
	return []recordFault{
		{"takes blanks off ids and does not look at case", func(r *records, _ *providertest.RecordsWorld) {
			r.account = func(ctx context.Context, id string) (provider.Account, error) {
				return r.Records.Account(ctx, strings.ToLower(strings.TrimSpace(id)))
			}
		}, []string{"accounts/an id with a blank behind is of no account", "accounts/an id in other case is of no account"}},
		{"remembers assignments", func(r *records, _ *providertest.RecordsWorld) {
			var known sync.Map
			r.assigned = func(ctx context.Context, partner, account string) (bool, error) {
				if _, ok := known.Load(partner + account); ok {
					return true, nil
				}
				got, err := r.Records.Assigned(ctx, partner, account)
				if got {
					known.Store(partner+account, true)
				}
				return got, err
			}
		}, []string{
			"partners/an assignment that is revoked is gone with the next call, and one that is made is there",
			"partners/many who ask at once all see that an assignment is revoked",
			"partners/asking stops with its context, and does not say that it is assigned",
		}},
		{"does not tell partners apart", func(r *records, _ *providertest.RecordsWorld) {
			r.assigned = func(ctx context.Context, _, account string) (bool, error) {
				one, err := r.Records.Assigned(ctx, "partner-1", account)
				other, _ := r.Records.Assigned(ctx, "partner-2", account)
				return one || other, err
			}
		}, []string{
			"partners/an account is assigned to the partner to which it was assigned, and to no other",
			"partners/a partner that is empty has nothing assigned",
		}},
		{"remembers the first page of clients", func(r *records, _ *providertest.RecordsWorld) {
			var known sync.Map
			r.clients = func(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
				if page, ok := known.Load(q); ok {
					kept, _ := page.(provider.ClientPage)
					return kept, nil
				}
				page, err := r.Records.Clients(ctx, q)
				if err == nil {
					known.Store(q, page)
				}
				return page, err
			}
		}, []string{"clients of a partner/a page may be changed by the caller"}},
		{"takes cursors of another partner", func(r *records, _ *providertest.RecordsWorld) {
			r.clients = func(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
				page, err := r.Records.Clients(ctx, q)
				if errors.Is(err, provider.ErrInvalidCursor) && len(q.Cursor) < 1000 {
					q.Cursor = ""
					return r.Records.Clients(ctx, q)
				}
				return page, err
			}
		}, []string{"clients of a partner/a cursor of another partner is refused"}},
	}
}

func usageFaults() []recordFault {
	return []recordFault{
		{"iterates on although the context is done", func(r *records, _ *providertest.RecordsWorld) {
			r.tenants = func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
				return r.Records.Tenants(context.WithoutCancel(ctx), account, period)
			}
		}, []string{
			"tenants/an iteration whose context is done is one error",
			"tenants/an iteration whose context is done on the way ends with an error, soon",
			"tenants/a roster ends with an error when its context is done on the way",
		}},
		{"ends at an error without telling it", func(r *records, _ *providertest.RecordsWorld) {
			r.projects = func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
				return func(yield func(usage.Project, error) bool) {
					for p, err := range r.Records.Projects(ctx, account, period) {
						if err != nil || !yield(p, nil) {
							return
						}
					}
				}
			}
		}, []string{
			"projects/an unknown account is one error and then the end",
			"projects/an iteration whose context is done on the way ends with an error, soon",
		}},
		{"takes a missing reading for zero", func(r *records, _ *providertest.RecordsWorld) {
			r.projects = func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
				return func(yield func(usage.Project, error) bool) {
					for p, err := range r.Records.Projects(ctx, account, period) {
						if err == nil && len(p.Readings) == 0 {
							p.Readings = []usage.Reading{{Meter: "minutes", Used: usage.Known(decimal.Zero)}}
						}
						if !yield(p, err) {
							return
						}
					}
				}
			}
		}, []string{"projects/a reading that is not there is missing, never zero"}},
		{"takes no plan for an empty one", func(r *records, _ *providertest.RecordsWorld) {
			r.plan = func(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
				got, err := r.Records.Plan(ctx, account, period)
				if errors.Is(err, provider.ErrIncomplete) {
					return provider.Agreement{}, nil
				}
				return got, err
			}
		}, []string{"plans/no plan is incomplete, never a free one", "plans/before its first plan an account is incomplete"}},
		{"reads all periods alike", func(r *records, _ *providertest.RecordsWorld) {
			r.plan = func(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
				return r.Records.Plan(ctx, account, period.Next())
			}
		}, []string{
			"plans/a plan holds from its first day on, for the periods that begin then or later",
			"plans/a discount is of every period that it touches by a day",
			"plans/an adjustment is of the period that holds its day",
		}},
		{"gives one iteration at a time", func(r *records, _ *providertest.RecordsWorld) {
			var busy atomic.Bool
			r.tenants = func(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
				return func(yield func(usage.Tenant, error) bool) {
					if !busy.CompareAndSwap(false, true) {
						yield(usage.Tenant{}, &provider.Error{Op: "Tenants", Kind: provider.ErrUnavailable})
						return
					}
					defer busy.Store(false)
					for t, err := range r.Records.Tenants(ctx, account, period) {
						if !yield(t, err) {
							return
						}
					}
				}
			}
		}, []string{"tenants/two iterations at once do not disturb each other"}},
	}
}

func dailyFaults() []recordFault {
	return []recordFault{
		{"fills days without a figure with zero", func(r *records, _ *providertest.RecordsWorld) {
			r.daily = func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
				return func(yield func(provider.DayUsage, error) bool) {
					next := period.From()
					for d, err := range r.Records.Daily(ctx, account, period) {
						for ; err == nil && next.Before(d.Day); next = next.AddDays(1) {
							if !yield(provider.DayUsage{Project: d.Project, Meter: d.Meter, Day: next, Used: usage.Known(decimal.Zero)}, nil) {
								return
							}
						}
						next = d.Day.AddDays(1)
						if !yield(d, err) {
							return
						}
					}
				}
			}
		}, []string{"daily usage/a day without a figure is missing, never zero"}},
		{"leaves zeros out", func(r *records, _ *providertest.RecordsWorld) {
			r.daily = func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
				return func(yield func(provider.DayUsage, error) bool) {
					for d, err := range r.Records.Daily(ctx, account, period) {
						if (err != nil || d.Used.Value.Sign() != 0) && !yield(d, err) {
							return
						}
					}
				}
			}
		}, []string{"daily usage/a figure of zero is there"}},
		{"has days in order of project", func(r *records, _ *providertest.RecordsWorld) {
			r.daily = func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
				return func(yield func(provider.DayUsage, error) bool) {
					var all []provider.DayUsage
					for d, err := range r.Records.Daily(ctx, account, period) {
						if err != nil {
							yield(d, err)
							return
						}
						all = append(all, d)
					}
					slices.SortStableFunc(all, func(a, b provider.DayUsage) int { return strings.Compare(a.Project, b.Project) })
					for _, d := range all {
						if !yield(d, nil) {
							return
						}
					}
				}
			}
		}, []string{"daily usage/figures come in order of day, then project, then meter"}},
		{"takes the end of the period for its last day", func(r *records, _ *providertest.RecordsWorld) {
			r.daily = func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
				longer, _ := civil.NewPeriod(period.From(), period.To().AddDays(1), period.Zone())
				return r.Records.Daily(ctx, account, longer)
			}
		}, []string{"daily usage/the first day of the period belongs to it, its end does not"}},
		{"has nothing for an account that it does not know", func(r *records, _ *providertest.RecordsWorld) {
			r.daily = func(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
				if _, err := r.Records.Account(ctx, account); errors.Is(err, provider.ErrNotFound) {
					return func(func(provider.DayUsage, error) bool) {}
				}
				return r.Records.Daily(ctx, account, period)
			}
		}, []string{"daily usage/an unknown account is one error and then the end"}},
		{"rounds figures to whole units", func(r *records, rw *providertest.RecordsWorld) {
			set := rw.SetDaily
			rw.SetDaily = func(account string, figures ...provider.DayUsage) {
				for _, d := range figures {
					d.Used.Value = d.Used.Value.Round(0)
					set(account, d)
				}
			}
		}, []string{"daily usage/a figure keeps its decimals and its size"}},
	}
}

func auditFaults() []recordFault {
	return []recordFault{
		{"counts the sequence down", func(r *records, _ *providertest.RecordsWorld) {
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				got, err := r.Records.Append(ctx, e)
				got.Sequence = 1000 - got.Sequence
				return got, err
			}
		}, []string{"audit trail/sequences ascend within an account"}},
		{"gives everybody the same sequence", func(r *records, _ *providertest.RecordsWorld) {
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				page, err := r.Records.Audit(ctx, q)
				for i := range page.Entries {
					page.Entries[i].Sequence = 1
				}
				return page, err
			}
		}, []string{
			"audit trail/the trail is newest first, by sequence",
			"audit trail/64 writers of one account at once lose nothing, and no sequence is given twice",
		}},
		{"writes the same id twice", func(r *records, _ *providertest.RecordsWorld) {
			var n atomic.Int64
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				id := e.ID
				if id != "" {
					e.ID += strings.Repeat(".", int(n.Add(1)))
				}
				got, err := r.Records.Append(ctx, e)
				got.ID = id
				return got, err
			}
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				page, err := r.Records.Audit(ctx, q)
				for i := range page.Entries {
					page.Entries[i].ID = strings.TrimRight(page.Entries[i].ID, ".")
				}
				return page, err
			}
		}, []string{
			"audit trail/the same id again is not written twice, and gives back what is there",
			"audit trail/64 writers of the same entry at once write it once",
		}},
		{"loses entries that come at once", func(r *records, _ *providertest.RecordsWorld) {
			var busy atomic.Bool
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				if !busy.CompareAndSwap(false, true) {
					return e, nil // taken for written
				}
				defer busy.Store(false)
				time.Sleep(time.Millisecond)
				return r.Records.Append(ctx, e)
			}
		}, []string{
			"audit trail/64 writers of one account at once lose nothing, and no sequence is given twice",
			"audit trail/whoever has written an entry sees it in the trail at once",
		}},
		{"cuts a purpose that is too long", func(r *records, _ *providertest.RecordsWorld) {
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				e.Purpose = e.Purpose[:min(len(e.Purpose), provider.MaxPurpose)]
				return r.Records.Append(ctx, e)
			}
		}, []string{
			"audit trail/an entry with a purpose of 501 bytes is invalid and not written",
			"audit trail/an entry with a purpose of 251 letters of two bytes is invalid and not written",
		}},
		{"writes although the context is done", func(r *records, _ *providertest.RecordsWorld) {
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				_, _ = r.Records.Append(context.WithoutCancel(ctx), e)
				return r.Records.Append(ctx, e)
			}
		}, []string{"audit trail/writing stops with its context and writes nothing"}},
		{"has times whose end belongs to them", func(r *records, _ *providertest.RecordsWorld) {
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				if !q.To.IsZero() {
					q.To = q.To.Add(time.Nanosecond)
				}
				return r.Records.Audit(ctx, q)
			}
		}, []string{"audit trail/the end of a time does not belong to it"}},
		{"has times whose beginning does not belong to them", func(r *records, _ *providertest.RecordsWorld) {
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				if !q.From.IsZero() {
					q.From = q.From.Add(time.Nanosecond)
				}
				return r.Records.Audit(ctx, q)
			}
		}, []string{"audit trail/the beginning of a time belongs to it"}},
		{"does not filter by actor", func(r *records, _ *providertest.RecordsWorld) {
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				q.Actor = ""
				return r.Records.Audit(ctx, q)
			}
		}, []string{
			"audit trail/a filter by actor keeps what this actor did", "audit trail/a pattern is no actor",
			"audit trail/a cursor of another actor is refused",
		}},
		{"filters what is on the page, after it was cut", func(r *records, _ *providertest.RecordsWorld) {
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				outcome := q.Outcome
				q.Outcome = ""
				page, err := r.Records.Audit(ctx, q)
				page.Entries = slices.DeleteFunc(page.Entries, func(e provider.AuditEntry) bool {
					return outcome != "" && e.Outcome != outcome
				})
				return page, err
			}
		}, []string{"audit trail/a filter by outcome keeps this outcome", "audit trail/a cursor of another outcome is refused"}},
		{"reads the trail of every account when none is asked for", func(r *records, rw *providertest.RecordsWorld) {
			var last atomic.Value
			add := rw.AddAccount
			rw.AddAccount = func(a provider.Account) provider.Account {
				a = add(a)
				last.Store(a.ID)
				return a
			}
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				if q.Account == "" {
					q.Account, _ = last.Load().(string)
				}
				return r.Records.Audit(ctx, q)
			}
		}, []string{"audit trail/a query without an account is invalid, and reads nothing"}},
		{"has a trail for all accounts together", func(r *records, _ *providertest.RecordsWorld) {
			r.append = func(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
				account := e.Account
				if account != "" {
					e.Account = "all"
				}
				got, err := r.Records.Append(ctx, e)
				got.Account = account
				return got, err
			}
			r.audit = func(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
				account := q.Account
				q.Account = "all"
				page, err := r.Records.Audit(ctx, q)
				for i := range page.Entries {
					page.Entries[i].Account = account
				}
				return page, err
			}
		}, []string{
			"audit trail/the trail of another account is never read", "audit trail/an account is named exactly",
			"audit trail/64 writers of eight accounts at once lose and mix nothing",
		}},
	}
}

func ledgerFaults() []recordFault {
	return []recordFault{
		{"writes a closing whatever its version", func(r *records, _ *providertest.RecordsWorld) {
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				if now, err := r.Closing(ctx, c.Key); err == nil {
					c.Version = now.Version
				}
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/a write of an old version is a conflict and changes nothing", "ledger/a closing is begun once",
			"ledger/of 64 who change a closing at once one wins, in every round",
		}},
		{"compares first and writes then", func(r *records, _ *providertest.RecordsWorld) {
			var mu sync.Mutex
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				now, _ := r.Closing(ctx, c.Key)
				if now.Version != c.Version {
					return provider.Closing{}, &provider.Error{Op: "Put", Kind: provider.ErrConflict}
				}
				time.Sleep(20 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				now, _ = r.Closing(ctx, c.Key)
				c.Version = now.Version
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/of 8 who begin a closing at once one wins",
			"ledger/of 64 who begin a closing at once one wins",
		}},
		{"does not look at leases", func(r *records, _ *providertest.RecordsWorld) {
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				if now, err := r.Closing(ctx, c.Key); err == nil && now.Version == c.Version {
					c.Owner = now.Owner
				}
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/while a lease holds, nobody else writes, even with the right version", "ledger/a lease that has run out is no lease",
		}},
		{"keeps leases for ever", func(r *records, _ *providertest.RecordsWorld) {
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				now, err := r.Closing(ctx, c.Key)
				if err == nil && now.Owner != c.Owner {
					return provider.Closing{}, &provider.Error{Op: "Put", Kind: provider.ErrConflict}
				}
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/a write without a lease gives it up, and others may write at once", "ledger/a lease that has run out is no lease",
		}},
		{"lets the invoice of a closing be taken away", func(r *records, _ *providertest.RecordsWorld) {
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				now, err := r.Closing(ctx, c.Key)
				if err == nil && now.Invoice != "" && c.Invoice != now.Invoice {
					c.Invoice = now.Invoice
				}
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/another invoice is a conflict, even with the right version", "ledger/an invoice cannot be taken away",
		}},
		{"has one closing for all revisions", func(r *records, _ *providertest.RecordsWorld) {
			r.put = func(ctx context.Context, c provider.Closing) (provider.Closing, error) {
				c.Key.Revision = min(c.Key.Revision, 1)
				return r.Records.Put(ctx, c)
			}
		}, []string{
			"ledger/account, group, period and revision each make a closing of its own",
			"ledger/the next revision has an invoice of its own",
		}},
		{"lists the oldest period first", func(r *records, _ *providertest.RecordsWorld) {
			r.closings = func(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
				page, err := r.Records.Closings(ctx, q)
				slices.Reverse(page.Closings)
				return page, err
			}
		}, []string{"ledger/closings of no account are those of every account, newest period first"}},
		{"gives out an error with the canary of whoever asks", func(r *records, _ *providertest.RecordsWorld) {
			r.closings = func(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
				page, err := r.Records.Closings(ctx, q)
				if err != nil {
					err = &provider.Error{Op: "Closings", Kind: provider.Kind(err), Message: "see https://db.internal/closings"}
				}
				return page, err
			}
		}, []string{"ledger/a page of 0 is invalid"}},
	}
}

func inboxFaults() []recordFault {
	return []recordFault{
		{"does not look at the body of an event", func(r *records, _ *providertest.RecordsWorld) {
			r.receive = func(ctx context.Context, e provider.Event, body []byte) (bool, error) {
				got, err := r.Records.Receive(ctx, e, body)
				if errors.Is(err, provider.ErrConflict) {
					return false, nil
				}
				return got, err
			}
		}, []string{
			"inbox/the same event with another body is a conflict, and the first one is kept",
			"inbox/an event that is done and comes with another body is a conflict",
		}},
		{"looks first and stores then", func(r *records, _ *providertest.RecordsWorld) {
			var seen sync.Map
			r.receive = func(ctx context.Context, e provider.Event, body []byte) (bool, error) {
				_, known := seen.Load(e.ID)
				time.Sleep(20 * time.Millisecond)
				if _, err := r.Records.Receive(ctx, e, body); err != nil {
					return false, err
				}
				seen.Store(e.ID, true)
				return !known, nil
			}
		}, []string{"inbox/64 who receive the same event at once make it new once"}},
		{"gives the newest events first", func(r *records, _ *providertest.RecordsWorld) {
			r.pending = func(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error) {
				page, err := r.Records.Pending(ctx, q)
				slices.Reverse(page.Events)
				return page, err
			}
		}, []string{"inbox/events wait in the order in which they came"}},
		{"counts the events of a page from the beginning of what waits", func(r *records, _ *providertest.RecordsWorld) {
			r.pending = func(ctx context.Context, q provider.PendingQuery) (provider.PendingPage, error) {
				if _, err := r.Records.Pending(ctx, provider.PendingQuery{Limit: q.Limit}); err != nil {
					return provider.PendingPage{}, err
				}
				var all []provider.Event
				for walk := (provider.PendingQuery{Limit: provider.MaxPage}); ; {
					page, err := r.Records.Pending(ctx, walk)
					if err != nil {
						return page, err
					}
					all = append(all, page.Events...)
					if walk.Cursor = page.Next; walk.Cursor == "" {
						break
					}
				}
				from, _ := strconv.Atoi(q.Cursor)
				from = min(from, len(all))
				out := provider.PendingPage{Events: all[from:min(from+q.Limit, len(all))]}
				if from+q.Limit < len(all) {
					out.Next = strconv.Itoa(from + q.Limit)
				}
				return out, nil
			}
		}, []string{
			"inbox/events that are done while pages are read leave none of the others out", "inbox/a cursor that is a number is refused",
		}},
		{"stores an event without the account that it is of", func(r *records, _ *providertest.RecordsWorld) {
			r.receive = func(ctx context.Context, e provider.Event, body []byte) (bool, error) {
				e.Account = ""
				return r.Records.Receive(ctx, e, body)
			}
		}, []string{"inbox/events wait oldest first, with everything that they came with"}},
		{"marks what it does not know", func(r *records, _ *providertest.RecordsWorld) {
			r.done = func(ctx context.Context, id string) error {
				err := r.Records.Done(ctx, id)
				if errors.Is(err, provider.ErrNotFound) {
					return nil
				}
				return err
			}
		}, []string{"inbox/an unknown event cannot be marked"}},
		{"takes another statement for the same", func(r *records, _ *providertest.RecordsWorld) {
			r.freeze = func(ctx context.Context, s provider.FrozenStatement) error {
				err := r.Records.Freeze(ctx, s)
				if errors.Is(err, provider.ErrConflict) {
					return nil
				}
				return err
			}
		}, []string{
			"statements/another statement is a conflict, and the first one stays",
			"statements/of 64 who freeze different statements at once one wins",
		}},
		{"gives everybody the same bytes of a statement", func(r *records, _ *providertest.RecordsWorld) {
			var kept sync.Map
			r.statement = func(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
				s, err := r.Records.Statement(ctx, key)
				if err != nil {
					return s, err
				}
				first, _ := kept.LoadOrStore(key, s)
				s, _ = first.(provider.FrozenStatement)
				return s, nil
			}
		}, []string{"statements/a statement that is read may be changed by the caller"}},
	}
}
