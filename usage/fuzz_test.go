package usage_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// FuzzInterval: an interval is valid when it has a start within reach and does not end before it. A valid one is counted
// as the oracle does, any other refused.
func FuzzInterval(f *testing.F) {
	const day = 86400
	f.Add(true, int64(1791000000), int64(0), int64(1791000000+3*day), int64(999999999), false)
	f.Add(true, int64(1791000000), int64(5), int64(1791000000), int64(5), false)
	f.Add(true, int64(1791000000), int64(5), int64(1791000000), int64(4), false)
	f.Add(true, int64(0), int64(0), int64(0), int64(0), false)
	f.Add(true, int64(-9300000000), int64(0), int64(0), int64(0), true)
	f.Add(true, int64(1791000000), int64(0), int64(9214646400), int64(0), false) // the year 2262
	f.Add(false, int64(739526), int64(0), int64(739530), int64(0), false)
	f.Add(false, int64(739526), int64(0), int64(739526), int64(0), false)
	f.Add(false, int64(739526), int64(0), int64(739525), int64(0), false)
	f.Add(false, int64(0), int64(0), int64(739525), int64(0), false)
	f.Add(false, int64(1), int64(0), int64(4000000), int64(0), true)
	m := newMenu(f)
	low, high := time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, timed bool, a, an, b, bn int64, open bool) {
		r := past{Record: usage.Record{User: "u"}, timed: timed}
		var valid bool
		if timed {
			const century = 400 * 365 * day
			r.start = time.Unix(a%century, an%1e9).UTC()
			if !open {
				r.end = time.Unix(b%century, bn%1e9).UTC()
			}
			r.Covered = usage.Times(r.start, r.end)
			valid = !r.start.Before(low) && r.start.Before(high) &&
				(open || !r.end.Before(low) && r.end.Before(high) && !r.end.Before(r.start))
		} else {
			r.from = civil.FromOrdinal(int32(a % 4e6))
			if !open {
				r.to = civil.FromOrdinal(int32(b % 4e6))
			}
			r.Covered = usage.Days(r.from, r.to)
			valid = !r.from.IsZero() && (r.to.IsZero() || !r.to.Before(r.from))
			open = r.to.IsZero()
		}
		require.Equal(t, valid, r.Covered.Valid(), "%v", r.Covered)
		for _, policy := range []usage.Policy{usage.HalfOpenDays, usage.TouchedDays, usage.Seconds, usage.TenantShare, usage.FullPeriod} {
			h := &history{world: m.worlds[0], plan: usage.Plan{Currency: "USD", Policy: policy, Seats: flat("31")}}
			h.tenants = []tenantPast{{Tenant: usage.Tenant{ID: "t"}, records: []past{r}}}
			st, err := usage.Compute(h.input())
			if !valid {
				require.ErrorIs(t, err, usage.ErrInterval)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, open, r.Covered.IsOpen())
			require.Empty(t, h.compare(st, h.bill()), "%v", h)
		}
	})
}

// FuzzRosterRecords decodes bytes to a history and adds a record with any text: nothing panics, what is accepted is what
// the oracle says.
func FuzzRosterRecords(f *testing.F) {
	f.Add([]byte{}, "", "", "")
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, "id", "a@example.com", "licensed")
	f.Add([]byte(strings.Repeat("\x01\x07\x13\x02", 60)), "", "A@Example.com.", "shared")
	f.Add([]byte(strings.Repeat("\xfe\x31\x05", 90)), "u1", "not an address", "licensed")
	f.Add([]byte(strings.Repeat("\x03\x00\x09\x40\x11", 70)), "", `"q"@example.com`, "")
	f.Add([]byte(strings.Repeat("\x80\x04", 200)), "\x00\xff", "", "licensed")
	m := newMenu(f)
	f.Fuzz(func(t *testing.T, data []byte, id, address, kind string) {
		c := chooser(func(n int) int {
			if len(data) == 0 {
				return 0
			}
			v := int(data[0])
			data = data[1:]
			if n > 256 && len(data) > 0 {
				v = v<<8 | int(data[0])
				data = data[1:]
			}
			return v % n
		})
		h := m.history(c)
		n := &h.tenants[0]
		n.Split = usage.Split{}
		r := past{Record: usage.Record{User: id, Address: address, Kind: kind}, from: h.day(c)}
		r.to = r.from.AddDays(c(9))
		r.Covered = usage.Days(r.from, r.to)
		at := c(len(n.records) + 1)
		n.records = append(n.records[:at:at], append([]past{r}, n.records[at:]...)...)

		st, err := usage.Compute(h.input())
		if id == "" && !plainAddress(address) {
			require.ErrorIs(t, err, usage.ErrRoster)
			return
		}
		require.NoError(t, err, "%v", h)
		require.NoError(t, st.Verify())
		n.records[at].Address = strings.TrimSuffix(address, ".")
		require.Empty(t, h.compare(st, h.bill()), "%v", h)
	})
}

var addressForm = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*@" + labelForm + `(\.` + labelForm + `)+\.?$`)

const labelForm = `[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`

// plainAddress tells, by itself, whether an address is one that identifies a user.
func plainAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return len(s) <= 254 && at <= 64 && addressForm.MatchString(s) && !strings.Contains(s[:at], "=?") && plainDomain(s[at+1:])
}

var domainForm = regexp.MustCompile("^" + labelForm + `(\.` + labelForm + `)*\.?$`)

func plainDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(s) <= 253 && domainForm.MatchString(s) && !strings.HasSuffix(s, ".") && strings.Trim(last, "0123456789") != ""
}

// FuzzSplitGroups: whatever the lists, a user is in exactly the group that whole labels say, or named in an error.
func FuzzSplitGroups(f *testing.F) {
	f.Add("lakeside.edu", "students.lakeside.edu", "", "kim@students.lakeside.edu")
	f.Add("*.lakeside.edu,lakeside.edu", "students.lakeside.edu", "", "a@law.lakeside.edu")
	f.Add("*.lakeside.edu", "*.students.lakeside.edu", "k@lakeside.edu", "K@Lakeside.edu.")
	f.Add("*.lakeside.edu", "*.students.lakeside.edu", "", "a@x.students.lakeside.edu")
	f.Add("*.law.lakeside.edu", "*.lakeside.edu", "", "a@x.law.lakeside.edu")
	f.Add("lakeside.edu", "LAKESIDE.edu.", "", "a@lakeside.edu")
	f.Add("lakeside.edu", "lakeſide.edu", "", "a@lakeside.edu")
	f.Add("lakeside.edu", "students.lakeside.edu", "x", "a@evil-lakeside.edu")
	f.Add("lakeside.edu", "students.lakeside.edu", "a@x.com", `"a@lakeside.edu"@evil.com`)
	f.Add("edu", "*.edu", "", "a@edu")
	m := newMenu(f)
	f.Fuzz(func(t *testing.T, staff, students, addresses, address string) {
		list := func(s string) []string {
			if s == "" {
				return nil
			}
			return strings.Split(s, ",")
		}
		groups := []usage.Group{
			{Name: "staff", Domains: list(staff)},
			{Name: "students", Domains: list(students), Addresses: list(addresses)},
		}
		h := &history{world: m.worlds[0], plan: usage.Plan{Currency: "USD"}}
		h.plan.Groups = map[string]pricing.Price{"staff": flat("31"), "students": flat("3.1")}
		first := h.world.period.From()
		r := past{Record: usage.Record{User: "u", Address: address, Covered: usage.Days(first, civil.Date{})}, from: first}
		split := usage.Split{Groups: groups, Approval: usage.Approval{By: "ops", On: first}}
		h.tenants = []tenantPast{{Tenant: usage.Tenant{ID: "t", Domain: "lakeside.edu", Split: split}, records: []past{r}}}

		st, err := usage.Compute(h.input())
		if kind := splitFault(groups); kind != nil {
			require.ErrorIs(t, split.Validate("lakeside.edu", nil), kind)
			require.ErrorIs(t, err, kind)
			return
		}
		require.NoError(t, split.Validate("lakeside.edu", nil))
		if !plainAddress(address) || groupOf(normal(groups), strings.TrimSuffix(address, ".")) < 0 {
			require.ErrorIs(t, err, usage.ErrSplitAmbiguous)
			var e *usage.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, []string{"u"}, e.Users)
			return
		}
		require.NoError(t, err)
		h.tenants[0].records[0].Address = strings.TrimSuffix(address, ".")
		h.tenants[0].Split.Groups = normal(groups)
		require.Empty(t, h.compare(st, h.bill()))
	})
}

// normal drops the trailing dots of the listed addresses.
func normal(groups []usage.Group) []usage.Group {
	out := append([]usage.Group(nil), groups...)
	for i := range out {
		out[i].Addresses = nil
		for _, a := range groups[i].Addresses {
			out[i].Addresses = append(out[i].Addresses, strings.TrimSuffix(a, "."))
		}
	}
	return out
}

// splitFault is the first thing that is wrong with two groups, in the order in which they are stated.
func splitFault(groups []usage.Group) error {
	seen := map[string]int{}
	for g, group := range groups {
		if len(group.Domains)+len(group.Addresses) == 0 {
			return usage.ErrSplitAmbiguous
		}
		for _, d := range group.Domains {
			if !plainDomain(strings.TrimPrefix(d, "*.")) {
				return usage.ErrSplitDomain
			}
			key := strings.ToLower(strings.TrimSuffix(d, "."))
			if other, twice := seen[key]; twice && other != g {
				return usage.ErrSplitAmbiguous
			}
			seen[key] = g
		}
		for _, a := range group.Addresses {
			if !plainAddress(a) {
				return usage.ErrRoster
			}
		}
	}
	return nil
}

// FuzzPlanJSON: what can be read can be checked, computed with, written and read again to the same text.
func FuzzPlanJSON(f *testing.F) {
	whole, err := json.Marshal(usage.Plan{
		Name: "standard", Currency: "USD", Policy: usage.TenantShare, WholeUnits: true, IncludedDays: 14,
		EduSuffixes: []string{"edu", "ac.uk"}, BillableKinds: []string{"licensed"}, Stage: usage.PerGroup,
		Seats:  tiers(pricing.Volume, "10", "31", "", "15.5"),
		Groups: map[string]pricing.Price{"staff": flat("3"), "students": {Model: pricing.Package, Size: num("5"), Unit: usd("9")}},
		Tier:   usage.TierRule{Scope: usage.OverTenant, Basis: usage.ProratedUnits},
		Fees:   []usage.Fee{{ID: "base", Name: "Base", Amount: usd("20")}},
		Metered: []usage.MeteredPlan{{Name: "voice", Meters: []usage.Meter{
			{Name: "minutes", Unit: "minute", Included: num("1000"), Price: flat("0.05")}, {Name: "sms", Unlimited: true},
		}}},
		Shared:     []usage.Meter{{Name: "minutes", Included: num("10"), Price: flat("0.01")}},
		Thresholds: usage.DefaultThresholds(),
	})
	require.NoError(f, err)
	f.Add(string(whole))
	f.Add(`{"currency":"USD","seats":{"model":"flat","unit":{"amount":"4.30","currency":"USD"}}}`)
	f.Add(`{"currency":"USD","seats":null,"policy":"seconds","rounding":"half_even","rounding_stage":"per_group"}`)
	f.Add(`{"currency":"USD","policy":"never"}`)
	f.Add(`{"currency":"usd"}`)
	f.Add(`{"currency":"JPY","tier":{"scope":"tenant","basis":"prorated_units"},"included_days":-1}`)
	f.Add(`{"thresholds":{"approaching":"90","action_needed":"80"}}`)
	f.Add(`{"currency":"USD","metered":[{"name":"m","meters":[{"name":"x","included":"1e9999","unlimited":true}]}]}`)
	f.Add(`{"currency":"USD","thresholds":{"approaching":"1e2147483647","action_needed":"1e-2147483648"}}`)
	f.Add(`{"currency":"USD","metered":[{"name":"m","meters":[{"name":"x","included":"0e0019","unlimited":true}]}]}`)
	f.Add(`[]`)
	m := newMenu(f)
	f.Fuzz(func(t *testing.T, text string) {
		var plan usage.Plan
		if json.Unmarshal([]byte(text), &plan) != nil {
			return
		}
		fault := plan.Validate()
		if fault != nil {
			var e *usage.Error
			require.ErrorAs(t, fault, &e)
		}
		again, err := json.Marshal(plan)
		require.NoError(t, err)
		var copied usage.Plan
		require.NoError(t, json.Unmarshal(again, &copied), "%s", again)
		twice, err := json.Marshal(copied)
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
		if fault == nil { // a number out of bounds, such as 0e19, may be in bounds as it is written again
			require.NoError(t, copied.Validate())
		}

		h := &history{world: m.worlds[0], plan: plan}
		first := h.world.period.From()
		h.tenants = []tenantPast{{Tenant: usage.Tenant{ID: "t"}, records: []past{
			{Record: usage.Record{User: "u", Kind: "licensed", Covered: usage.Days(first, civil.Date{})}, from: first},
		}}}
		st, err := usage.Compute(h.input())
		if fault != nil {
			require.Error(t, err)
			return
		}
		if err != nil {
			var e *usage.Error
			require.ErrorAs(t, err, &e)
			return
		}
		require.NoError(t, st.Verify())
	})
}
