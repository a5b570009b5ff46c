package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/internal/mailaddr"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// account is an account of the records with everything that belongs to it.
type account struct {
	provider.Account
	tenants     map[string]*tenant
	projects    map[string]*project
	plans       []plans // in order of their first day
	discounts   []usage.Discount
	adjustments []usage.Adjustment
}

// plans is a plan and the first day on which it holds.
type plans struct {
	from civil.Date
	plan usage.Plan
}

// tenant is a tenant with its roster. The slice is never changed, only replaced, so that readers need no copy.
type tenant struct {
	usage.Tenant
	roster []usage.Record // in order of user
}

// project is a project with its readings by period, and its figures by day in order of meter.
type project struct {
	usage.Project
	readings map[civil.Span][]usage.Reading
	daily    map[civil.Date][]provider.DayUsage
}

// AddAccount adds an account and its customer at the payment provider, and gives it back with what was filled in: an
// id, the customer's id, USD and UTC. The customer's billing email is billing@ and the account's id in small letters
// under example.com; see [World.SetEmail].
func (w *World) AddAccount(a provider.Account) provider.Account {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.ID == "" {
		a.ID = w.id("acct")
	}
	if a.Customer == "" {
		a.Customer = w.id("cus")
	}
	a.Name, a.Currency = cmp.Or(a.Name, a.ID), cmp.Or(a.Currency, "USD")
	if a.Zone == nil {
		a.Zone = time.UTC
	}
	if _, ok := money.Exponent(a.Currency); !ok {
		w.mistake("AddAccount", "currency %q is not in ISO 4217", cut(a.Currency))
	}
	_, known := w.accounts[a.ID]
	_, taken := w.customers[a.Customer]
	if known || taken {
		w.mistake("AddAccount", "account %q or its customer exists already", cut(a.ID))
		return a
	}
	w.accounts[a.ID] = &account{Account: a, tenants: map[string]*tenant{}, projects: map[string]*project{}}
	w.customers[a.Customer] = &customer{
		Customer: provider.Customer{
			ID: a.Customer, Name: a.Name, Email: defaultEmail(a.ID), Currency: a.Currency, Live: w.opt.Live,
		},
		account: a.ID, since: w.next("customer"),
	}
	return a
}

// defaultEmail makes an address of an id; it is no address when the id cannot be part of one.
func defaultEmail(id string) provider.Email {
	host := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, strings.ToLower(id))
	email, _ := provider.NewEmail("billing@" + strings.Trim(host, "-") + ".example.com")
	return email
}

// SetAccount changes an account, such as its name, terms or zone. Its customer may become empty: then billing is not
// set up. Currency and zone stay as they are when they are left out.
func (w *World) SetAccount(a provider.Account) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if acct := w.account("SetAccount", a.ID); acct != nil {
		a.ID, a.Currency = acct.ID, cmp.Or(a.Currency, acct.Currency)
		if a.Zone == nil {
			a.Zone = acct.Zone
		}
		acct.Account = a
	}
}

// account finds an account by its id or by that of its customer. The lock must be held.
func (w *World) account(helper, id string) *account {
	if acct, ok := w.accounts[id]; ok {
		return acct
	}
	if c, ok := w.customers[id]; ok && w.accounts[c.account] != nil {
		return w.accounts[c.account]
	}
	w.mistake(helper, "no account %q", cut(id))
	return nil
}

// Assign assigns accounts to a partner organisation.
func (w *World) Assign(partner string, accounts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range accounts {
		if acct := w.account("Assign", id); acct != nil {
			if w.assigned[partner] == nil {
				w.assigned[partner] = map[string]bool{}
			}
			w.assigned[partner][acct.ID] = true
		}
	}
}

// Revoke takes assignments away. They are gone with the next call.
func (w *World) Revoke(partner string, accounts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range accounts {
		if acct := w.account("Revoke", id); acct != nil {
			delete(w.assigned[partner], acct.ID)
		}
	}
}

// AddTenant adds a tenant, or replaces it. Its Users are read now; see [World.AddRoster] for more of them.
func (w *World) AddTenant(accountID string, t usage.Tenant) {
	var records []usage.Record
	if t.Users != nil {
		for rec, err := range t.Users {
			if err != nil {
				w.mu.Lock()
				w.mistake("AddTenant", "roster of %q cannot be read", cut(t.ID))
				w.mu.Unlock()
				return
			}
			records = append(records, rec)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("AddTenant", accountID)
	if acct == nil {
		return
	}
	if t.ID == "" {
		t.ID = w.id("tenant")
	}
	t.Users, t.Ordered = nil, true
	acct.tenants[t.ID] = &tenant{Tenant: cloneTenant(t), roster: sorted(records)}
}

// AddRoster adds records to the roster of a tenant.
func (w *World) AddRoster(accountID, tenantID string, records ...usage.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("AddRoster", accountID)
	if acct == nil {
		return
	}
	t, ok := acct.tenants[tenantID]
	if !ok {
		w.mistake("AddRoster", "account %q has no tenant %q", cut(acct.ID), cut(tenantID))
		return
	}
	t.roster = sorted(slices.Concat(t.roster, records))
}

// sorted puts records in order of user, as the contract of rosters wants it.
func sorted(records []usage.Record) []usage.Record {
	keys := make(map[string]string, len(records)) // by address, for users without an id
	key := func(r *usage.Record) string {
		if r.User != "" {
			return r.User
		}
		k, ok := keys[r.Address]
		if !ok {
			k, _ = mailaddr.Key(r.Address)
			keys[r.Address] = k
		}
		return k
	}
	slices.SortStableFunc(records, func(a, b usage.Record) int { return strings.Compare(key(&a), key(&b)) })
	return records
}

// AddProject adds a project, or replaces it. Its readings are those of the month that the clock shows; see
// [World.SetReadings] for other periods.
func (w *World) AddProject(accountID string, p usage.Project) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("AddProject", accountID)
	if acct == nil {
		return
	}
	if p.ID == "" {
		p.ID = w.id("prj")
	}
	readings := map[civil.Span][]usage.Reading{}
	if month, err := civil.MonthOf(w.Now(), acct.Zone); err == nil && len(p.Readings) > 0 {
		readings[month.Span()] = slices.Clone(p.Readings)
	}
	p.Readings = nil
	acct.projects[p.ID] = &project{Project: p, readings: readings, daily: map[civil.Date][]provider.DayUsage{}}
}

// SetReadings sets what the meters of a project say about a period; none makes the usage of the period missing.
func (w *World) SetReadings(accountID, projectID string, period civil.Period, readings ...usage.Reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("SetReadings", accountID)
	if acct == nil {
		return
	}
	p, ok := acct.projects[projectID]
	if !ok {
		w.mistake("SetReadings", "account %q has no project %q", cut(acct.ID), cut(projectID))
		return
	}
	p.readings[period.Span()] = slices.Clone(readings)
}

// SetDaily sets what projects used on single days; a quantity that is unknown makes the figure of its day missing.
// Figures and readings are separate facts: none follows from the other.
func (w *World) SetDaily(accountID string, figures ...provider.DayUsage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("SetDaily", accountID)
	if acct == nil {
		return
	}
	for _, f := range figures {
		p, ok := acct.projects[f.Project]
		switch {
		case !ok:
			w.mistake("SetDaily", "account %q has no project %q", cut(acct.ID), cut(f.Project))
			return
		case f.Day.IsZero() || f.Meter == "" || !f.Used.Valid():
			w.mistake("SetDaily", "a figure of project %q has no day, no meter or a quantity out of range", cut(f.Project))
			return
		}
		p.set(f)
	}
}

// set puts a figure in its place, or takes it away when it is unknown.
func (p *project) set(f provider.DayUsage) {
	day := p.daily[f.Day]
	i, found := slices.BinarySearchFunc(day, f.Meter, func(d provider.DayUsage, meter string) int { return cmp.Compare(d.Meter, meter) })
	switch {
	case found && !f.Used.Known:
		p.daily[f.Day] = slices.Delete(day, i, i+1)
	case found:
		day[i] = f
	case f.Used.Known:
		p.daily[f.Day] = slices.Insert(day, i, f)
	}
}

// SetPlan sets the plan of an account from a day on; the zero date is from the beginning. A plan of an earlier day goes
// on to hold for the periods that begin before.
func (w *World) SetPlan(accountID string, from civil.Date, plan usage.Plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("SetPlan", accountID)
	if acct == nil {
		return
	}
	acct.plans = slices.DeleteFunc(acct.plans, func(p plans) bool { return p.from == from })
	acct.plans = append(acct.plans, plans{from, clonePlan(plan)})
	slices.SortFunc(acct.plans, func(a, b plans) int { return a.from.Compare(b.from) })
}

// AddDiscount adds a discount to what an account has agreed, and to the history that the payment provider shows.
func (w *World) AddDiscount(accountID string, d usage.Discount) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("AddDiscount", accountID)
	if acct == nil {
		return
	}
	if d.ID == "" {
		d.ID = w.id("di")
	}
	if err := d.Validate(acct.Currency); err != nil {
		w.mistake("AddDiscount", "discount %q is not valid", cut(d.ID))
		return
	}
	acct.discounts = append(acct.discounts, d)
	item := provider.HistoryItem{ID: d.ID, Name: d.Name, From: d.Valid.From, Until: d.Valid.To}
	if d.Amount.IsSet() {
		item.Amount = d.Amount.Neg()
		item.Text = d.Amount.String()
	} else {
		item.Text = fmt.Sprintf("%s %%", d.Percent)
	}
	w.remember(acct.Customer, item)
}

// AddAdjustment adds a credit or a charge to what an account has agreed, and to the history that the payment provider
// shows.
func (w *World) AddAdjustment(accountID string, a usage.Adjustment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acct := w.account("AddAdjustment", accountID)
	if acct == nil {
		return
	}
	if a.ID == "" {
		a.ID = w.id("adj")
	}
	if a.On.IsZero() {
		a.On = civil.DateOf(w.Now(), acct.Zone)
	}
	if a.Amount.Currency() != acct.Currency {
		w.mistake("AddAdjustment", "adjustment %q is not in %s", cut(a.ID), acct.Currency)
		return
	}
	acct.adjustments = append(acct.adjustments, a)
	w.remember(acct.Customer, provider.HistoryItem{ID: a.ID, Name: a.Name, From: a.On, Amount: a.Amount})
}
