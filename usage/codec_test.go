package usage_test

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestLawStatementsSurviveTheirText: all policies, tiers, splits, zones and finalities.
func TestLawStatementsSurviveTheirText(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		in := h.input()
		in.TotalsOnly, in.Daily = c.rare(6), c.bool()
		roundTrip(rt, must(rt, in))
	})
}

// TestLawDocumentsAreThoseOfTheOriginal: workbook, CSV, JSON lines and invoices, byte for byte.
func TestLawDocumentsAreThoseOfTheOriginal(t *testing.T) {
	t.Parallel()
	m := newMenu(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := chooser(func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") })
		st := must(rt, account(c, m.history(c)))
		sameDocuments(t, st, roundTrip(rt, st))
	})
}

// TestRandomHistoriesSurviveTheirText sees far more of them than the laws do. BILLHATCH_SEED repeats a run.
// sample is how many of n cases are tried: a sixteenth with -short, as under the race detector.
func sample(n int) int {
	if testing.Short() {
		return n / 16
	}
	return n
}

func TestRandomHistoriesSurviveTheirText(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("BILLHATCH_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	m := newMenu(t)
	for i := range uint64(sample(1000)) {
		c := chooser(rand.New(rand.NewPCG(seed, i)).IntN)
		h := m.history(c)
		st, err := usage.Compute(account(c, h))
		require.NoError(t, err, "BILLHATCH_SEED=%d, history %d: %v", seed, i, h)
		roundTrip(t, st)
		require.False(t, t.Failed(), "BILLHATCH_SEED=%d, history %d: %v", seed, i, h)
	}
}

// account adds projects, fees, discounts and adjustments to a history.
func account(c chooser, h *history) usage.Input {
	in := h.input()
	in.Plan.Currency = h.plan.Currency
	amount := func(text string) money.Amount { return money.MustParse(text, h.plan.Currency) }
	price := pick(c, []pricing.Price{
		{Model: pricing.Flat, Unit: amount("1")},
		{Model: pricing.Package, Unit: amount("15"), Size: num("7.50")},
		{Model: pricing.Graduated, Tiers: []pricing.Tier{{UpTo: num("10.0"), Unit: amount("2"), Flat: amount("3")}, {Unit: amount("1")}}},
		{Model: pricing.Volume, Tiers: []pricing.Tier{{UpTo: num("1e2"), Unit: amount("2")}, {Flat: amount("9")}}, Minimum: amount("2")},
	})
	meters := []usage.Meter{
		{Name: "minutes", Unit: "minute", Included: num("10.50"), Price: price},
		{Name: "sms", Unlimited: true},
		{Name: "data", Included: num("3"), Price: price},
	}
	in.Plan.Metered = []usage.MeteredPlan{
		{Name: "voice", Fee: &usage.Fee{ID: "base", Name: "Base", Amount: amount("20")}, Meters: meters},
		{Name: "bare", Meters: meters[:1]},
	}
	if c.bool() {
		in.Plan.Shared = meters[2:]
	}
	in.Plan.Fees = []usage.Fee{{ID: "f", Name: "Fee <of> \u2028 \"all\"", Amount: amount("5")}}
	first := h.world.period.From()
	var projects []usage.Project
	for i := range c(4) {
		p := usage.Project{ID: string(rune('a' + i)), Name: pick(c, []string{"", "P\\1", "\xff\x00"}), Plan: pick(c, []string{"bare", "voice"}), Active: civil.Span{From: first}}
		if c.rare(4) {
			p.Active = civil.Span{}
		} else {
			for _, name := range []string{"minutes", "sms", "data"}[:map[string]int{"voice": 3, "bare": 1}[p.Plan]] {
				used := usage.Known(num(pick(c, []string{"0", "0.00", "3", "17.25", "1e3", "999999999.123456789"})))
				if h.finality != usage.Final && c.rare(3) {
					used = usage.Quantity{}
				}
				p.Readings = append(p.Readings, usage.Reading{Meter: name, Used: used, At: pick(c, []time.Time{{}, time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600))})})
			}
		}
		projects = append(projects, p)
	}
	in.Projects = each(projects...)
	for i := range c(3) {
		d := usage.Discount{ID: string(rune('a' + i)), Name: "D", On: pick(c, []usage.Target{usage.OnEverything, usage.OnSeats, usage.OnFees, usage.OnMetered}), Valid: civil.Span{From: first.AddDays(c(3))}}
		if c.bool() {
			d.Percent = num("12.50")
		} else {
			d.Amount = amount("7")
		}
		in.Discounts = append(in.Discounts, d)
	}
	if c.bool() {
		in.Adjustments = []usage.Adjustment{{ID: "adj", On: first, Amount: amount("-1")}}
	}
	return in
}

// mixed is a statement with something of everything.
func mixed(t testing.TB) *usage.Statement {
	t.Helper()
	m := newMenu(t)
	h := &history{world: m.worlds[0]}
	h.plan = usage.Plan{Name: "standard", Currency: "USD", Seats: flat("31.00")}
	in := account(func(n int) int { return n / 2 }, h)
	in.Plan.Groups = map[string]pricing.Price{"staff": flat("31.00"), "students": tiers(pricing.Volume, "10", "3.10", "", "1.55")}
	twice := user(t, "u1", "2026-10-01", "2026-10-05")
	later := user(t, "u1", "2026-10-20", "")
	staff, student := user(t, "a", "2026-10-01", ""), user(t, "b", "2026-10-10", "2026-10-12")
	staff.Address, student.Address = "a@lakeside.edu", "b@students.lakeside.edu"
	split := usage.Tenant{ID: "campus", Domain: "lakeside.edu", Sensitive: true, Users: each(staff, student), Split: usage.Split{
		Groups: []usage.Group{
			{Name: "staff", Domains: []string{"lakeside.edu"}}, {Name: "students", Domains: []string{"students.lakeside.edu"}},
		},
		Approval: usage.Approval{By: "ops@example.com", On: date(t, "2026-01-15")},
	}}
	odd := user(t, "u\xff", "2026-10-01", "")
	odd.Name, odd.Address = "Tab\t\"quoted\" \\ <b> é", "" // everything that a text can hold
	in.Tenants = each(usage.Tenant{ID: "t1", Name: "Tenant One", Users: each(twice, later, user(t, "u0", "2026-09-01", "2026-10-21"), odd)}, split)
	in.Daily = true
	st, err := usage.Compute(in)
	require.NoError(t, err)
	return st
}

// TestTheTextOfAStatement: what is frozen today is read in years to come, so that the bytes of version 1 never change.
func TestTheTextOfAStatement(t *testing.T) {
	t.Parallel()
	st := mixed(t)
	check(t, st)
	text := encode(t, st)
	const golden = "testdata/statement-v1.jsonl"
	if *update {
		require.NoError(t, os.WriteFile(golden, text, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(text))
	back, err := usage.DecodeStatement(iotest.OneByteReader(bytes.NewReader(want)))
	require.NoError(t, err)
	sameDocuments(t, st, back)
}

func TestWhatWasCutOffIsRefused(t *testing.T) {
	t.Parallel()
	text := encode(t, mixed(t))
	for n := range sample(len(text)) {
		_, err := usage.DecodeStatement(bytes.NewReader(text[:n]))
		require.ErrorIs(t, err, usage.ErrFormat, "%d bytes", n)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i := range lines {
		_, err := usage.DecodeStatement(bytes.NewReader(bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)))
		if len(lines[i]) > 0 {
			require.Error(t, err, "without line %d", i+1)
		}
		_, err = usage.DecodeStatement(bytes.NewReader(bytes.Join(append(append([][]byte{}, lines[:i+1]...), lines[i:]...), nil)))
		if len(lines[i]) > 0 {
			require.Error(t, err, "line %d twice", i+1)
		}
	}
}

// TestAChangedByteIsRefusedOrSeen: whatever is read is what stands there.
func TestAChangedByteIsRefusedOrSeen(t *testing.T) {
	t.Parallel()
	text := encode(t, mixed(t))
	read := 0
	for i := range text {
		if testing.Short() && i%16 != 0 {
			continue
		}
		changed := bytes.Clone(text)
		changed[i] ^= 1 << (i % 8)
		st, err := usage.DecodeStatement(bytes.NewReader(changed))
		if err != nil {
			var e *usage.Error
			require.ErrorAs(t, err, &e)
			continue
		}
		read++
		require.Equal(t, string(changed), string(encode(t, st)), "byte %d", i)
	}
	require.Positive(t, read, "a name may be changed")
}

func TestWhatIsNoStatement(t *testing.T) {
	t.Parallel()
	good := string(encode(t, mixed(t)))
	swap := func(old, now string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, now, 1)
	}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"nothing", "", usage.ErrFormat},
		{"an empty line", "\n", usage.ErrFormat},
		{"null", "null\n", usage.ErrFormat},
		{"two parts in one line", swap(`{"tenant":`, `{"end":{"tenants":0,"groups":0,"rows":0,"projects":0,"charges":0},"tenant":`), usage.ErrFormat},
		{"a later version", swap(`"version":1`, `"version":2`), usage.ErrVersion},
		{"an earlier version", swap(`"version":1`, `"version":0`), usage.ErrFormat},
		{"a member that is unknown", swap(`"version":1,`, `"version":1,"more":1,`), usage.ErrFormat},
		{"a member in another case", swap(`"version":1`, `"Version":1`), usage.ErrFormat},
		{"a member twice", swap(`"version":1,`, `"version":1,"version":1,`), usage.ErrFormat},
		{"a space", swap(`{"tenant":`, `{ "tenant":`), usage.ErrFormat},
		{"something after the end", good + "{}\n", usage.ErrFormat},
		{"an empty line after the end", good + "\n", usage.ErrFormat},
		{"lines of another system", strings.ReplaceAll(good, "\n", "\r\n"), usage.ErrFormat},
		{"a zone that is not there", swap(`America/New_York`, `America/Old_York`), usage.ErrFormat},
		{"a currency that is not there", swap(`"currency":"USD"`, `"currency":"XQX"`), usage.ErrStatement},
		{"another total", swap(`"total":"`, `"total":"1`), usage.ErrStatement},
		{"another amount of a user", swap(`,16,1600,`, `,16,1601,`), usage.ErrStatement},
		{"another share of a user", swap(`,16,1600,`, `,17,1600,`), usage.ErrFormat},
		{"more than a period", swap(`,16,1600,0,4,19,31`, `,32,1600,0,4,19,31`), usage.ErrFormat},
		{"a day beyond the period", swap(`,16,1600,0,4,19,31`, `,16,1600,0,4,19,32`), usage.ErrFormat},
		{"stretches that overlap", swap(`,16,1600,0,4,19,31`, `,16,1600,0,4,3,31`), usage.ErrFormat},
		{"a stretch without days", swap(`,16,1600,0,4,19,31`, `,16,1600,0,4,19,19`), usage.ErrFormat},
		{"half a stretch", swap(`,16,1600,0,4,19,31`, `,16,1600,0,4,19`), usage.ErrFormat},
		{"no days", swap(`,16,1600,0,4,19,31`, `,16,1600`), usage.ErrFormat},
		{"a number with a leading zero", swap(`,16,1600,`, `,016,1600,`), usage.ErrFormat},
		{"a negative number", swap(`,16,1600,`, `,16,-1600,`), usage.ErrFormat},
		{"a number beyond 64 bits", swap(`,16,1600,`, `,16,92233720368547758080,`), usage.ErrFormat},
		{"a fraction with an exponent", swap(`"quantity":"`, `"quantity":"1e9`), usage.ErrFormat},
		{"a decimal out of all proportion", swap(`"included":"10.50"`, `"included":"1e999999999"`), usage.ErrFormat},
		{"users out of order", swap(`["u0",`, `["u2",`), usage.ErrFormat},
		{"a user in two groups", swap(`["b",`, `["a",`), usage.ErrFormat},
		{"a tenant twice", swap(`{"tenant":{"id":"t1"`, `{"tenant":{"id":"campus"`), usage.ErrFormat},
		{"a group twice", swap(`{"group":{"name":"students"`, `{"group":{"name":"staff"`), usage.ErrFormat},
		{"more users than there are", swap(`"users":3`, `"users":4`), usage.ErrFormat},
		{"users beyond all bounds", swap(`"users":3`, `"users":999999999999`), usage.ErrFormat},
		{"a discount without its details", swap(`"kind":"discount"`, `"kind":"fee"`), usage.ErrFormat},
		{"a kind that is not there", swap(`"kind":"adjustment"`, `"kind":"gift"`), usage.ErrFormat},
		{"a policy that is not there", swap(`"policy":"half_open_days"`, `"policy":"lunar"`), usage.ErrFormat},
		{"other counts", swap(`"rows":`, `"rows":1`), usage.ErrFormat},
		{"an as-of date of a final statement", swap(`"finality":"final"`, `"finality":"final","as_of":"2026-10-02"`), usage.ErrFormat},
		{"bytes that need no escape", swap(`["u0",`, `[{"base64":"dTA="},`), usage.ErrFormat},
		{"an escape that needs none", swap(`["u0",`, `["\u00750",`), usage.ErrFormat},
		{"a time of another zone", swap(`"at":"2026-01-02T02:04:05.000000006Z"`, `"at":"2026-01-02T03:04:05.000000006+01:00"`), usage.ErrFormat},
		{"a price of nothing", swap(`"name":"sms",`, `"name":"sms","price":{},`), usage.ErrFormat},
		{"no charge of a group", swap(`"charge":{"model"`, `"charge":null,"more":{"model"`), usage.ErrFormat},
		{"a part that is null", swap(`{"end":`, `{"tenant":null,"end":`), usage.ErrFormat},
		{"no period", swap(`{"from":"2026-10-01","to":"2026-11-01","zone":"America/New_York"}`, "null"), usage.ErrFormat},
		{"a negative count", swap(`"heads":2`, `"heads":-2`), usage.ErrFormat},
		{"units of no period", swap(`"units":[67,31]`, `"units":[67,0]`), usage.ErrFormat},
		{"units of two periods", swap(`"pool":[67,31]`, `"pool":[67,30]`), usage.ErrFormat},
		{"a day that is counted negative", swap(`"daily":[1,`, `"daily":[-1,`), usage.ErrFormat},
		{"a tenant that is billable outside the period", swap(`"billable":[{"from":"2026-10-01"`, `"billable":[{"from":"2026-09-01"`), usage.ErrFormat},
		{"a line that never ends", strings.Repeat("[", 5<<20), usage.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st, err := usage.DecodeStatement(strings.NewReader(c.text))
			require.ErrorIs(t, err, c.want)
			require.Nil(t, st)
			require.NotContains(t, err.Error(), "example.com")
		})
	}
}

// TestPartsHaveTheirPlace: tenants, projects, charges, in this order.
func TestPartsHaveTheirPlace(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(string(encode(t, mixed(t))), "\n")
	lines = lines[:len(lines)-1]
	move := func(part, before string) string {
		index := func(part string) int {
			i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, part) })
			require.Positive(t, i, part)
			return i
		}
		out := slices.Clone(lines)
		from, to := index(part), index(before)
		out = slices.Delete(out, from, from+1)
		if to > from {
			to--
		}
		return strings.Join(slices.Insert(out, to, lines[from]), "")
	}
	_, err := usage.DecodeStatement(strings.NewReader(move(`{"charge":{"key":"fee`, `{"charge":{"key":"discount`)))
	require.NoError(t, err, "what stays in its place may move")
	for _, m := range [][2]string{
		{`{"charge"`, `{"tenant":{"id":"t1"`},
		{`{"charge"`, `{"project"`},
		{`{"project"`, `{"tenant":{"id":"t1"`},
		{`{"group"`, `{"tenant"`},
		{`{"group":{"name":""`, `{"project"`},
		{`["u0"`, `{"project"`},
		{`{"end"`, `{"charge"`},
	} {
		_, err := usage.DecodeStatement(strings.NewReader(move(m[0], m[1])))
		require.ErrorIs(t, err, usage.ErrFormat, "%s before %s", m[0], m[1])
	}
}

// TestRowsOfOneCoverageDifferByTheirRounding: the first of them may have one minor unit more, and nothing else.
func TestRowsOfOneCoverageDifferByTheirRounding(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "a", "2026-10-01", "2026-10-11"), user(t, "b", "2026-10-01", "2026-10-11"), user(t, "c", "2026-10-01", "2026-10-11"))
	in.Plan.Seats, in.Plan.Stage = flat("1.00"), usage.PerGroup
	text := string(encode(t, compute(t, in)))
	for amounts, want := range map[string]error{
		"33 32 32": nil, "32 33 32": usage.ErrFormat, "32 32 33": usage.ErrFormat, "33 31 33": usage.ErrFormat,
		"34 32 31": usage.ErrFormat, "33 33 31": usage.ErrFormat, "97 0 0": usage.ErrFormat,
		"33 33 32": usage.ErrStatement, "32 32 32": usage.ErrStatement,
	} {
		changed := text
		for i, amount := range strings.Fields(amounts) {
			was := []string{"33", "32", "32"}[i]
			row := string(rune('a'+i)) + `@example.com",10,`
			require.Contains(t, text, row+was)
			changed = strings.Replace(changed, row+was, row+amount, 1)
		}
		_, err := usage.DecodeStatement(strings.NewReader(changed))
		require.ErrorIs(t, err, want, amounts)
	}
}

// TestAUserIsInOneGroup, also of the last tenant.
func TestAUserIsInOneGroup(t *testing.T) {
	t.Parallel()
	st := compute(t, campusInput(t, campus(t, member(t, "a", "a@lakeside.edu"), member(t, "b", "b@students.lakeside.edu"))))
	text := string(encode(t, st))
	require.Contains(t, text, `["b",`)
	_, err := usage.DecodeStatement(strings.NewReader(strings.Replace(text, `["b",`, `["a",`, 1)))
	require.ErrorIs(t, err, usage.ErrFormat)
}

func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*usage.Statement)
		want   error
	}{
		{"what does not add up", func(st *usage.Statement) { st.Total = usd("1") }, usage.ErrStatement},
		{"no period", func(st *usage.Statement) { st.Period = civil.Period{} }, usage.ErrFormat},
		{"a zone of this machine alone", func(st *usage.Statement) {
			p, err := civil.NewPeriod(st.Period.From(), st.Period.To(), time.FixedZone("here", 3600))
			require.NoError(t, err)
			st.Period = p
		}, usage.ErrFormat},
		{"a policy that is not there", func(st *usage.Statement) { st.Policy = 99 }, usage.ErrFormat},
		{"a kind of charge that is not there", func(st *usage.Statement) { st.Charges[0].Kind = "gift" }, usage.ErrFormat},
		{"tenants out of order", func(st *usage.Statement) { st.Tenants[0], st.Tenants[1] = st.Tenants[1], st.Tenants[0] }, usage.ErrFormat},
		{"a number out of all proportion", func(st *usage.Statement) { st.Projects[0].Meters[0].Overage = usage.Known(decimal.New(1, 2147483647)) }, usage.ErrFormat},
		{"a fraction of a number out of all proportion", func(st *usage.Statement) { st.Projects[0].Meters[0].Overage = usage.Known(decimal.New(1, -2147483647)) }, usage.ErrFormat},
		{"a text that is too long", func(st *usage.Statement) { st.Plan = strings.Repeat("x", 5<<20) }, usage.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := mixed(t)
			c.change(st)
			require.ErrorIs(t, usage.EncodeStatement(&bytes.Buffer{}, st), c.want)
		})
	}
}

// fullDisk takes some bytes and then fails.
type fullDisk struct{ room int }

var errFull = errors.New("disk full")

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFailuresOfTheMediumAreTold(t *testing.T) {
	t.Parallel()
	st := mixed(t)
	err := usage.EncodeStatement(&fullDisk{room: 100}, st)
	require.ErrorIs(t, err, usage.ErrTransfer)
	require.ErrorIs(t, err, errFull)
	text := encode(t, st)
	ends := []int{0, 1, len(text) - 1, len(text)}
	for i, b := range text { // within each line, whatever it is of
		if b == '\n' && len(ends) < 200 {
			ends = append(ends, i-1)
		}
	}
	for _, n := range ends {
		_, err = usage.DecodeStatement(iotest.DataErrReader(&torn{text[:n]}))
		require.ErrorIs(t, err, usage.ErrTransfer, "after %d bytes", n)
		require.ErrorIs(t, err, errFull, "after %d bytes", n)
	}
}

// torn gives some bytes and then fails.
type torn struct{ rest []byte }

func (r *torn) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, errFull
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// FuzzDecodeStatement: what is read adds up, makes its documents, and is written to the same bytes.
func FuzzDecodeStatement(f *testing.F) {
	text := encode(f, mixed(f))
	f.Add(text)
	f.Add([]byte(`{"statement":{"version":2}}` + "\n"))
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		f.Add(append(bytes.Clone(bytes.SplitAfter(text, []byte("\n"))[0]), line...))
	}
	m := newMenu(f)
	for seed := range 12 {
		state := seed + 1
		h := m.history(func(n int) int { state = state*1103515245%(1<<31) + 12345; return state / 7 % n })
		st, err := usage.Compute(h.input())
		require.NoError(f, err)
		f.Add(encode(f, st))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := usage.DecodeStatement(bytes.NewReader(data))
		if err != nil {
			var e *usage.Error
			require.ErrorAs(t, err, &e)
			return
		}
		require.NoError(t, st.Verify())
		require.Equal(t, string(data), string(encode(t, st)))
		sameDocuments(t, st, roundTrip(t, st))
	})
}
