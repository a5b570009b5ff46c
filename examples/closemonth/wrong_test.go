package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// edit puts a text in the place of another one that stands exactly once in a file. Without a text to look for it
// makes the file; without a new one either, it removes it.
type edit struct{ file, old, text string }

func (e edit) apply(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(e.file))
	switch {
	case e.old != "":
		replace(t, dir, e.file, e.old, e.text)
	case e.text != "":
		require.NoError(t, os.WriteFile(file, []byte(e.text), 0o600))
	default:
		require.NoError(t, os.Remove(file))
	}
}

// TestWrongInputIsOneLineWithFileAndRow: each case makes one change to a copy of the organisation. IN stands for its
// folder.
func TestWrongInputIsOneLineWithFileAndRow(t *testing.T) {
	t.Parallel()
	const header = "user,name,address,kind,from,to"
	const odile = "bw-1001,Odile Aziz,odile.aziz@brightwater.example,licensed,2025-06-02,"
	for _, c := range []struct {
		name string
		edit edit
		want string
	}{
		// Rosters.
		{"a date that does not exist", edit{"users/brightwater.csv", odile, strings.Replace(odile, "2025-06-02", "2026-02-30", 1)}, `IN/users/brightwater.csv:2: from: invalid date "2026-02-30": the month has no such day`},
		{"a date in another form", edit{"users/brightwater.csv", odile, strings.Replace(odile, "2025-06-02", "06/02/2025", 1)}, `IN/users/brightwater.csv:2: from: invalid date "06/02/2025": want the form 2006-01-02`},
		{"no date", edit{"users/brightwater.csv", odile, strings.Replace(odile, "2025-06-02", "", 1)}, `IN/users/brightwater.csv:2: from: invalid date "": want the form 2006-01-02`},
		{"a date and an instant in one row", edit{"users/brightwater.csv", odile, odile + "2026-10-12T09:30:00-04:00"}, `IN/users/brightwater.csv:2: from is "2025-06-02", want an instant as 2026-10-12T09:30:00-04:00 (dates and instants do not mix in one row)`},
		{"an instant without a zone", edit{"users/brightwater.csv", odile, strings.Replace(odile, "2025-06-02", "2025-06-02T09:00:00", 1)}, `IN/users/brightwater.csv:2: from is "2025-06-02T09:00:00", want an instant as 2026-10-12T09:30:00-04:00 (dates and instants do not mix in one row)`},
		{"coverage that ends before it begins", edit{"users/brightwater.csv", odile, odile + "2025-06-01"}, `IN/users/brightwater.csv:2: to is before from: 2025-06-02, 2025-06-01`},
		{"a user without id and address", edit{"users/brightwater.csv", odile, ",Odile Aziz,,licensed,2025-06-02,"}, `IN/users/brightwater.csv:2: neither user nor address`},
		{"an id that ends in a space", edit{"users/brightwater.csv", odile, strings.Replace(odile, "bw-1001", "bw-1001 ", 1)}, `IN/users/brightwater.csv:2: user begins or ends with a space`},
		{"no kind", edit{"users/brightwater.csv", odile, strings.Replace(odile, "licensed", "", 1)}, `IN/users/brightwater.csv:2: kind is empty`},
		{"a missing field", edit{"users/brightwater.csv", odile, "bw-1001,Odile Aziz,licensed,2025-06-02,"}, `IN/users/brightwater.csv:2: 5 fields, want 6`},
		{"a quote that is not closed", edit{"users/brightwater.csv", odile, `bw-1001,"Odile Aziz,odile.aziz@brightwater.example,licensed,2025-06-02,`}, `IN/users/brightwater.csv:2: extraneous or missing " in quoted-field`},
		{"another header", edit{"users/brightwater.csv", header, "id,name,address,kind,from,to"}, `IN/users/brightwater.csv:1: the header must be user,name,address,kind,from,to`},
		{"a file that is empty", edit{"users/norrland.csv", "", "\n"}, `IN/users/norrland.csv:1: the header must be user,name,address,kind,from,to`},
		{"a roster without users", edit{"users/norrland.csv", "", header + "\n"}, `IN/users/norrland.csv: usage is incomplete: the roster is empty although the tenant is active`},
		{"a roster that is missing", edit{"users/norrland.csv", "", ""}, `IN/users/norrland.csv: no such file or directory`},
		{"a roster of a tenant that is not listed", edit{"users/norland.csv", "", header + "\n"}, `IN/users/norland.csv: belongs to no tenant of tenants.json`},
		{"a user who is known by a malformed address", edit{"users/ardenne-west.csv", ",Ursula Tanaka,ursula.tanaka@west.ardenne.example,", ",Ursula Tanaka,ursula.tanaka@west@ardenne.example,"}, `IN/users/ardenne-west.csv:2: invalid roster record: record without user id: mail address u***@a***.example: has more than one @`},

		// Groups (O10).
		{"a user in no group", edit{"users/hollisfield.csv", "yusuf.carter@hollisfield.example.edu", "yusuf.carter@alumni.hollisfield.example.edu"}, `IN/users/hollisfield.csv:2: user "e4001" (alumni.hollisfield.example.edu) is not in exactly one of the groups students, staff`},
		{"many users in no group", edit{"tenants.json", `"students.hollisfield.example.edu"`, `"pupils.hollisfield.example.edu"`}, `IN/users/hollisfield.csv:49: user "s260001" (students.hollisfield.example.edu) is not in exactly one of the groups students, staff; there are 103 more such users`},
		{"a user in two groups", edit{"users/hollisfield.csv", header + "\n", header + "\ne4001,Yusuf Carter,yusuf.carter@students.hollisfield.example.edu,licensed,2026-09-01,\n"}, `IN/users/hollisfield.csv:2: user "e4001" (students.hollisfield.example.edu, hollisfield.example.edu) is not in exactly one of the groups students, staff; its rows are 2, 3`},
		{"an address in two groups", edit{"tenants.json", `"domains": ["students.hollisfield.example.edu"]`, `"domains": ["students.hollisfield.example.edu"], "addresses": ["Olafur.Arnarson@reykjahlid.example"]`}, `IN/tenants.json:15: tenant "hollisfield": users are not in exactly one group: in the lists of two groups: olafur.arnarson@reykjahlid.example`},
		{"a domain in two groups", edit{"tenants.json", `"domains": ["hollisfield.example.edu"]`, `"domains": ["hollisfield.example.edu", "students.hollisfield.example.edu"]`}, `IN/tenants.json:15: tenant "hollisfield": users are not in exactly one group: domain students.hollisfield.example.edu is in two groups`},
		{"a split that nobody approved", edit{"tenants.json", `"by": "M. Osei, account manager", `, ``}, `IN/tenants.json:26: tenant "hollisfield": split is not approved`},
		{"a split on a domain that is not educational", edit{"tenants.json", `"domain": "hollisfield.example.edu"`, `"domain": "hollisfield.example"`}, `IN/tenants.json:12: tenant "hollisfield": tenant is not on an educational domain: hollisfield.example does not end in .edu`},

		// Coverage (O9).
		{"users left out of a roster", edit{"tenants.json", `"accounts": 73`, `"accounts": 75`}, `IN/tenants.json:7: tenant "brightwater": partial coverage is refused: 73 of the 75 users of the directory are covered`},
		{"only chosen users", edit{"tenants.json", `"domain": "brightwater.example",`, `"domain": "brightwater.example", "only": ["bw-1001"],`}, `IN/tenants.json:5: tenant "brightwater": partial coverage is refused: only chosen users were asked for; all users of a tenant are covered`},
		{"users excepted", edit{"tenants.json", `"domain": "brightwater.example",`, `"domain": "brightwater.example", "except": [],`}, `IN/tenants.json:5: tenant "brightwater": partial coverage is refused: users were left out; all users of a tenant are covered`},

		// Tenants.
		{"an onboarding day that does not exist", edit{"tenants.json", `"onboarded": "2025-06-02"`, `"onboarded": "2025-06-31"`}, `IN/tenants.json:6: "onboarded": invalid date "2025-06-31": the month has no such day`},
		{"a pause that ends before it begins", edit{"tenants.json", `"to": "2026-10-19"`, `"to": "2026-10-04"`}, `IN/tenants.json:47: tenant "pacific-crest": invalid interval: pause 2026-10-05..2026-10-04: invalid period "2026-10-05..2026-10-04": ends before it begins`},
		{"a tenant that left before it came", edit{"tenants.json", `"onboarded": "2026-10-22",`, `"onboarded": "2026-10-22", "left": "2026-10-01",`}, `IN/tenants.json:39: tenant "kestrel-labs": invalid interval: left 2026-10-01 before it was onboarded 2026-10-22`},
		{"a tenant twice", edit{"tenants.json", `"id": "kestrel-labs"`, `"id": "norrland"`}, `IN/tenants.json:36: tenant "norrland" stands in line 28 already`},
		{"a tenant id that is no file name", edit{"tenants.json", `"id": "norrland"`, `"id": "../norrland"`}, `IN/tenants.json:29: tenant id "../norrland": want 1 to 64 of a-z, 0-9 and -`},
		{"a member that no tenant has", edit{"tenants.json", `"sensitive": true`, `"sensitiv": true`}, `IN/tenants.json:69: unknown field "sensitiv"`},
		{"a member twice", edit{"tenants.json", `"sensitive": true`, "\"sensitive\": true,\n\"sensitive\": false"}, `IN/tenants.json:70: "sensitive" is stated twice`},
		{"a text in the place of yes or no", edit{"tenants.json", `"sensitive": true`, `"sensitive": "yes"`}, `IN/tenants.json:69: "sensitive": unexpected string`},
		{"JSON that breaks off", edit{"tenants.json", "", "[\n{\"id\": \"norrland\",\n"}, `IN/tenants.json:3: ends too early`},
		{"JSON with a comma too many", edit{"tenants.json", "\"sensitive\": true,\n", "\"sensitive\": true,,\n"}, `IN/tenants.json:69: invalid character ',' looking for beginning of object key string`},
		{"an object in the place of a list", edit{"tenants.json", "", "{}\n"}, `IN/tenants.json:1: want "[", not {`},
		{"no list of tenants", edit{"tenants.json", "", ""}, `IN/tenants.json: no such file or directory`},

		// Account, plan, charges.
		{"an unknown zone", edit{"account.json", "America/New_York", "America/New_Yrok"}, `IN/account.json:4: invalid time zone "America/New_Yrok": not in the time zone database`},
		{"the zone of the machine", edit{"account.json", "America/New_York", "Local"}, `IN/account.json:4: invalid time zone "Local": not a place; name the zone`},
		{"an account without id", edit{"account.json", `"id": "meridian"`, `"id": ""`}, `IN/account.json:2: the account has no id`},
		{"terms of two years", edit{"account.json", `"terms": 30`, `"terms": 730`}, `IN/account.json:9: invalid payment terms: 730 days, want 0 to 365`},
		{"no account", edit{"account.json", "", ""}, `IN/account.json: no such file or directory`},
		{"two objects in one file", edit{"account.json", "", "{\"id\": \"a\", \"name\": \"A\", \"zone\": \"UTC\"}\n{}\n"}, `IN/account.json:2: more after the end`},
		{"no price for a group", edit{"plan.json", `"students": {"model": "flat", "unit": {"amount": "0.85", "currency": "USD"}},`, ``}, `IN/plan.json: price is missing: group students, which tenant "hollisfield" needs (tenants.json:9)`},
		{"no price for seats", edit{"plan.json", "", "{\"currency\": \"USD\"}\n"}, `IN/plan.json: price is missing: seats, which tenant "ardenne-east" needs (tenants.json:50)`},
		{"a price that is no number", edit{"plan.json", `"4.00"`, `"four"`}, `IN/plan.json:8: "seats": malformed price: tiers[0].unit: money: invalid number "four": not a number`},
		{"a price as a number", edit{"plan.json", `"4.00"`, `4.00`}, `IN/plan.json:8: "seats": malformed price: tiers[0].unit: money: malformed amount "{\"amount\":4.00,\"currency\":\"USD\"}": amount and currency must be strings`},
		{"a price in another currency", edit{"plan.json", `"unit": {"amount": "0.85", "currency": "USD"}`, `"unit": {"amount": "0.85", "currency": "EUR"}`}, `IN/plan.json:17: currencies differ: price of group students is in EUR, the plan in USD`},
		{"tiers that do not ascend", edit{"plan.json", `"up_to": "200"`, `"up_to": "90"`}, `IN/plan.json:8: "seats": invalid price: tiers: tiers[1].up_to: 90 is not above 100`},
		{"a currency that does not exist", edit{"plan.json", "\"currency\": \"USD\",\n  \"policy\"", "\"currency\": \"USX\",\n  \"policy\""}, `IN/plan.json:3: invalid plan: currency "USX" is not in ISO 4217`},
		{"a policy that does not exist", edit{"plan.json", "half_open_days", "halfopen"}, `IN/plan.json:4: "policy": invalid plan: "halfopen" is none of half_open_days, touched_days, seconds, tenant_share, full_period`},
		{"too many included days", edit{"plan.json", `"included_days": 14`, `"included_days": 1400`}, `IN/plan.json:7: invalid plan: included_days is 1400, want 0 to 366`},
		{"a misspelled member of the plan", edit{"plan.json", `"included_days": 14`, `"inclded_days": 14`}, `IN/plan.json:7: unknown field "inclded_days"`},
		{"a misspelled member inside the plan", edit{"plan.json", `"basis": "head_count"`, `"bases": "head_count"`}, `IN/plan.json:27: "tier": unknown field "bases"`},
		{"a discount of 120 percent", edit{"discounts.json", `"percent": "5"`, `"percent": "120"`}, `IN/discounts.json:2: invalid discount: discount term-2026 is not between 0 and 100 percent`},
		{"a discount twice", edit{"discounts.json", "  }\n]", "  },\n  {\"id\": \"term-2026\", \"percent\": \"1\", \"valid\": {\"from\": \"2026-01-01\"}}\n]"}, `IN/discounts.json:9: duplicate id: discount term-2026`},
		{"a credit in another currency", edit{"adjustments.json", `"currency": "USD"`, `"currency": "EUR"`}, `IN/adjustments.json:2: currencies differ: adjustment outage-2026-10-14 is in EUR, the plan in USD`},
		{"a credit larger than all charges", edit{"adjustments.json", `"-40.00"`, `"-4000.00"`}, `invoice: total is negative: the account: -3103.81 USD`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := copySample(t)
			c.edit.apply(t, dir)
			r := execute(t, "-in", dir, "-now", "2026-11-01")
			require.Equal(t, "closemonth: "+c.want+"\n", strings.ReplaceAll(r.stderr, dir, "IN"))
			require.Equal(t, 1, r.code)
			require.Empty(t, r.stdout)
			require.Empty(t, filesIn(t, filepath.Dir(r.out)), "no half-written output")
		})
	}
}
