package report

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// lines is a file of JSON lines in the making.
type lines struct {
	*view
	ctx   context.Context //nolint:containedctx // lives as long as one call of JSONLines
	out   *sink
	days  *days
	count int
}

// JSONLines writes the report as one JSON object a line; the package documentation tells their types. The last line
// counts the others, so that a file that was cut off can be told. Errors: [ErrNoRows], [ErrStatement], those of the
// context and of the writer.
func JSONLines(ctx context.Context, w io.Writer, st *usage.Statement, opt Options) (Result, error) {
	v, err := newView(st, &opt)
	if err != nil {
		return Result{}, err
	}
	l := &lines{view: v, ctx: ctx, out: newSink(w), days: newDays(st.Period)}
	if err := l.write(); err != nil {
		return Result{}, err
	}
	return v.result(), nil
}

type headLine struct {
	Type       string         `json:"type"`
	Account    usage.Account  `json:"account"`
	Period     civil.Period   `json:"period"`
	Status     usage.Finality `json:"status"`
	AsOf       string         `json:"as_of,omitempty"`
	Plan       string         `json:"plan"`
	Policy     usage.Policy   `json:"policy"`
	Currency   string         `json:"currency"`
	Incomplete bool           `json:"incomplete"`
	Partial    bool           `json:"partial"`
	Hidden     int            `json:"hidden"`
}

type tenantLine struct {
	Type     string       `json:"type"`
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Billable []civil.Span `json:"billable"`
	Covered  int          `json:"covered"`
	Subtotal money.Amount `json:"subtotal"`
}

type groupLine struct {
	Type     string       `json:"type"`
	Tenant   string       `json:"tenant"`
	Name     string       `json:"name"`
	Users    int          `json:"users"`
	Heads    int          `json:"heads"`
	Units    unitsJSON    `json:"units"`
	Whole    *int64       `json:"whole,omitempty"`
	Unit     money.Amount `json:"unit"`
	Subtotal money.Amount `json:"subtotal"`
}

type unitsJSON struct {
	Covered int64 `json:"covered"`
	Of      int64 `json:"of"`
}

type projectLine struct {
	Type     string       `json:"type"`
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Plan     string       `json:"plan"`
	State    usage.State  `json:"state"`
	Meters   []meterJSON  `json:"meters"`
	Fee      *feeJSON     `json:"fee,omitempty"`
	Subtotal money.Amount `json:"subtotal"`
}

type meterJSON struct {
	Meter     string       `json:"meter"`
	Unit      string       `json:"unit"`
	State     usage.State  `json:"state"`
	Used      *string      `json:"used"`
	Expected  *string      `json:"expected,omitempty"`
	Included  string       `json:"included,omitempty"`
	Unlimited bool         `json:"unlimited,omitempty"`
	Shared    bool         `json:"shared,omitempty"`
	Overage   *string      `json:"overage"`
	Amount    money.Amount `json:"amount"`
}

type feeJSON struct {
	Key    string       `json:"key"`
	Name   string       `json:"name"`
	Amount money.Amount `json:"amount"`
}

type chargeLine struct {
	Type     string           `json:"type"`
	Key      string           `json:"key"`
	Kind     usage.ChargeKind `json:"kind"`
	Name     string           `json:"name"`
	Group    string           `json:"group,omitempty"`
	On       string           `json:"on,omitempty"`
	Discount *discountJSON    `json:"discount,omitempty"`
	Meter    *meterJSON       `json:"meter,omitempty"`
	Amount   money.Amount     `json:"amount"`
}

type discountJSON struct {
	On      usage.Target `json:"on"`
	Percent string       `json:"percent,omitempty"`
	Amount  money.Amount `json:"amount"`
	Base    money.Amount `json:"base"`
	Days    int          `json:"days"`
	Of      int          `json:"of"`
	Capped  bool         `json:"capped"`
}

type endLine struct {
	Type    string        `json:"type"`
	Lines   int           `json:"lines"` // before this one
	Rows    int           `json:"rows"`
	Partial bool          `json:"partial"`
	Shown   money.Amount  `json:"shown"`
	Total   *money.Amount `json:"total,omitempty"`
}

func (l *lines) write() error {
	st := l.st
	err := l.line(headLine{
		Type: "statement", Account: st.Account, Period: st.Period, Status: st.Finality, AsOf: st.AsOf.String(),
		Plan: st.Plan, Policy: st.Policy, Currency: st.Currency, Incomplete: st.Incomplete, Partial: l.partial(), Hidden: l.hidden,
	})
	if err != nil {
		return err
	}
	for _, t := range l.tenants {
		if err := l.tenant(t); err != nil {
			return err
		}
		l.tenantDone()
	}
	for i := range st.Projects {
		if err := l.project(&st.Projects[i]); err != nil {
			return err
		}
	}
	for _, c := range l.charges {
		if err := l.charge(c); err != nil {
			return err
		}
	}
	last := endLine{Type: "end", Lines: l.count, Rows: l.progress.RowsDone, Partial: l.partial(), Shown: l.shown}
	if !l.partial() {
		last.Total = &st.Total
	}
	if err := l.line(last); err != nil {
		return err
	}
	return l.out.flush()
}

// line writes any line but that of a row.
func (l *lines) line(v any) error {
	if err := l.ctx.Err(); err != nil {
		return wrap(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return wrap(err)
	}
	l.out.buf = append(l.out.buf, b.Bytes()...)
	l.count++
	return l.out.full()
}

func (l *lines) tenant(t *usage.TenantStatement) error {
	billable := t.Billable
	if billable == nil {
		billable = []civil.Span{}
	}
	err := l.line(tenantLine{
		Type: "tenant", ID: t.ID, Name: t.Name, Billable: billable, Covered: t.Covered, Subtotal: t.Subtotal,
	})
	for g := 0; g < len(t.Groups) && err == nil; g++ {
		err = l.group(t, &t.Groups[g])
	}
	return err
}

func (l *lines) group(t *usage.TenantStatement, g *usage.GroupStatement) error {
	head := groupLine{
		Type: "group", Tenant: t.ID, Name: g.Name, Users: g.Users, Heads: g.Heads,
		Units: unitsJSON(g.Units), Unit: g.Pricing.Unit, Subtotal: g.Subtotal,
	}
	if g.Pricing.IsWhole {
		head.Whole = &g.Pricing.Whole
	}
	if err := l.line(head); err != nil {
		return err
	}
	before := appendString([]byte(`{"type":"row","tenant":`), t.ID)
	before = append(appendString(append(before, `,"group":`...), g.Name), `,"user":`...)
	unit, err := g.Pricing.Unit.MarshalJSON()
	if err != nil {
		return &Error{Kind: ErrStatement, Tenant: t.ID, Err: err}
	}
	price := `},"unit":` + string(unit) + `,"amount":{"amount":"`
	after := `","currency":"` + l.st.Currency + `"}}` + "\n"
	return l.each(l.ctx, t, g, func(row *usage.Row, m int64) error {
		b := appendString(append(l.out.buf, before...), row.User)
		b = appendString(append(b, `,"name":`...), row.Name)
		b = appendString(append(b, `,"address":`...), row.Address)
		b = l.days.append(append(b, `,"covered":{"from":"`...), row.Covered.From)
		b = l.days.append(append(b, `","to":"`...), row.Covered.To)
		b = strconv.AppendInt(append(b, `"},"stretches":`...), int64(row.Pieces), 10)
		b = strconv.AppendInt(append(b, `,"units":{"covered":`...), row.Units.Covered, 10)
		b = strconv.AppendInt(append(b, `,"of":`...), row.Units.Of, 10)
		b = appendMinor(append(b, price...), m, l.scale)
		l.out.buf = append(b, after...)
		l.count++
		return l.out.full()
	})
}

func (l *lines) project(p *usage.ProjectStatement) error {
	line := projectLine{
		Type: "project", ID: p.ID, Name: p.Name, Plan: p.Plan, State: p.State, Subtotal: p.Subtotal, Meters: []meterJSON{},
	}
	for i := range p.Meters {
		line.Meters = append(line.Meters, meterOf(&p.Meters[i]))
	}
	if p.Fee != nil {
		line.Fee = &feeJSON{p.Fee.Key, p.Fee.Name, p.Fee.Amount}
	}
	return l.line(line)
}

func meterOf(m *usage.MeterStatement) meterJSON {
	out := meterJSON{
		Meter: m.Meter.Name, Unit: m.Meter.Unit, State: m.State, Used: textOf(m.Reading.Used), Expected: textOf(m.Forecast),
		Unlimited: m.Meter.Unlimited, Shared: m.Shared, Overage: textOf(m.Overage), Amount: m.Amount,
	}
	if !m.Meter.Unlimited {
		out.Included = quantityText(m.Meter.Included)
	}
	return out
}

// textOf is nil for what is unknown.
func textOf(q usage.Quantity) *string {
	if !q.Known {
		return nil
	}
	text := quantityText(q.Value)
	return &text
}

func (l *lines) charge(c *usage.Charge) error {
	line := chargeLine{Type: "charge", Key: c.Key, Kind: c.Kind, Name: c.Name, Group: c.Group, On: c.On.String(), Amount: c.Amount}
	if d := c.Discount; d != nil {
		line.Discount = &discountJSON{
			On: d.Discount.On, Amount: d.Discount.Amount, Base: d.Base, Days: d.Days, Of: d.Of, Capped: d.Capped,
		}
		if !d.Discount.Amount.IsSet() {
			line.Discount.Percent = quantityText(d.Discount.Percent)
		}
	}
	if c.Meter != nil {
		m := meterOf(c.Meter)
		line.Meter = &m
	}
	return l.line(line)
}
