package providertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// RecordsHarness says how a record store is tested.
type RecordsHarness struct {
	// New makes an empty world. It is called once for every case, from parallel subtests.
	New func(t *testing.T) RecordsWorld
	// Want declares the abilities: exactly those that provider.As finds. See [RecordAbilities] for all of them.
	Want []provider.Capability
	// Lacks names functions of the world for which the store has no counterpart, such as "SetReadings". The cases that
	// need them are skipped.
	Lacks []string
}

// RecordsWorld is a record store and what puts data into it. Accounts are named by their ids. The first five fields are
// required, the others belong to the abilities whose names they bear.
type RecordsWorld struct {
	Records    provider.Records
	Now        func() time.Time                          // the clock by which the store tells the time
	AddAccount func(a provider.Account) provider.Account // with every field but the id set; it comes back with its id
	Assign     func(partner string, accounts ...string)
	Revoke     func(partner string, accounts ...string)

	SetAccount func(a provider.Account) // replaces an account
	Advance    func(d time.Duration)    // moves the clock

	AddTenant     func(account string, t usage.Tenant)  // with its roster
	AddProject    func(account string, p usage.Project) // without readings
	SetReadings   func(account, project string, period civil.Period, readings ...usage.Reading)
	SetDaily      func(account string, figures ...provider.DayUsage)     // replaces those of the same project, meter and day
	SetPlan       func(account string, from civil.Date, plan usage.Plan) // from a day on; zero: from the beginning
	AddDiscount   func(account string, d usage.Discount)
	AddAdjustment func(account string, a usage.Adjustment)
}

// RecordAbilities are all abilities of records.
func RecordAbilities() []provider.Capability {
	return abilitiesOf(recordGroups())
}

// Records checks a record store against its contract.
func Records(t *testing.T, h RecordsHarness) {
	t.Helper()
	t.Run("the declared abilities are those that are there", func(t *testing.T) {
		t.Parallel()
		declaredRecords(&check{t}, h, h.New(t))
	})
	runGroups(t, plan{h.Want, h.Lacks}, recordGroups(), func(t *testing.T, c *check, need needs) *rec {
		t.Helper()
		return newRec(c, h.New(t), need)
	})
}

func declaredRecords(c *check, h RecordsHarness, world RecordsWorld) {
	c.Helper()
	checkLacks(c, world, h.Lacks, requiredOfRecords())
	compare(c, provider.Capabilities(world.Records), h.Want, RecordAbilities())
}

func requiredOfRecords() []string {
	return []string{"Records", "Now", "AddAccount", "Assign", "Revoke"}
}

// recordGroups are all cases.
func recordGroups() []group[*rec] {
	return []group[*rec]{
		accountCases(), accountListCases(), partnerCases(), clientCases(), tenantCases(), projectCases(), dailyCases(), planCases(), auditCases(), ledgerCases(),
		inboxCases(), statementCases(),
	}
}

// rec is what a case works with.
type rec struct {
	*check
	RecordsWorld
	r provider.Records
	n int // accounts so far
}

func newRec(c *check, world RecordsWorld, need needs) *rec {
	c.Helper()
	demand(c, world, world.Records, requiredOfRecords(), need)
	return &rec{check: c, RecordsWorld: world, r: world.Records}
}

// account adds an account.
func (r *rec) account() string {
	r.Helper()
	r.n++
	return r.named(fmt.Sprintf("Account %02d", r.n))
}

func (r *rec) named(name string) string {
	r.Helper()
	r.n++
	id := r.AddAccount(provider.Account{
		Name: name, Customer: fmt.Sprintf("cus_suite_%d", r.n), Currency: "USD", Zone: time.UTC,
	}).ID
	r.that(id != "", "AddAccount gave no id")
	return id
}

// month is the civil month of the clock, moved by n.
func (r *rec) month(n int) civil.Period {
	r.Helper()
	period, err := civil.MonthOf(r.Now(), time.UTC)
	r.ok(err, "the world's month")
	for range max(n, 0) {
		period = period.Next()
	}
	for range max(-n, 0) {
		period = period.Prev()
	}
	return period
}
