package report

import (
	"cmp"
	"context"
	"io"
	"strconv"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// The header of the CSV file.
const csvHeader = "account,period,status,kind,tenant,tenant_name,group,project,project_name,item,user,name,address," +
	"first_day,last_day,covered,of,stretches,used,included,overage,unit_price,amount,currency\r\n"

// table is a CSV file in the making.
type table struct {
	*view
	ctx     context.Context //nolint:containedctx // lives as long as one call of CSV
	out     *sink
	prefix  []byte // of every record: account, period, status
	suffix  []byte // of every record: currency
	days    *days
	records int
}

// CSV writes the report as one table; the package documentation tells its columns. The last record counts the others, so
// that a file that was cut off can be told. Errors: [ErrNoRows], [ErrStatement], those of the context and of the writer.
func CSV(ctx context.Context, w io.Writer, st *usage.Statement, opt Options) (Result, error) {
	v, err := newView(st, &opt)
	if err != nil {
		return Result{}, err
	}
	c := &table{view: v, ctx: ctx, out: newSink(w), days: newDays(st.Period)}
	for _, text := range []string{st.Account.ID, st.Period.String(), st.Finality.String()} {
		c.prefix = append(appendField(c.prefix, text), ',')
	}
	c.suffix = append(append(c.suffix, ','), st.Currency+"\r\n"...)
	if opt.ByteOrderMark {
		c.out.buf = append(c.out.buf, "\ufeff"...)
	}
	c.out.buf = append(c.out.buf, csvHeader...)
	if err := c.write(); err != nil {
		return Result{}, err
	}
	return v.result(), nil
}

func (c *table) write() error {
	if err := c.notices(); err != nil {
		return err
	}
	for _, t := range c.tenants {
		if err := c.tenant(t); err != nil {
			return err
		}
		c.tenantDone()
	}
	for i := range c.st.Projects {
		if err := c.project(&c.st.Projects[i]); err != nil {
			return err
		}
	}
	for _, charge := range c.charges {
		if err := c.charge(charge); err != nil {
			return err
		}
	}
	if err := c.ctx.Err(); err != nil {
		return wrap(err)
	}
	if err := c.record(record{kind: "end", item: strconv.Itoa(c.records)}); err != nil {
		return err
	}
	return c.out.flush()
}

// record is any record but that of a user.
type record struct {
	kind, tenant, tenantName, group, project, projectName, item, name string
	day                                                               string
	used, included, overage                                           string // numbers
	price, amount                                                     string // numbers
}

func (c *table) record(r record) error {
	if err := c.ctx.Err(); err != nil {
		return wrap(err)
	}
	b := append(c.out.buf, c.prefix...)
	for _, text := range []string{r.kind, r.tenant, r.tenantName, r.group, r.project, r.projectName, r.item, "", r.name, ""} {
		b = append(appendField(b, text), ',')
	}
	for _, number := range []string{r.day, r.day, "", "", "", r.used, r.included, r.overage, r.price} {
		b = append(append(b, number...), ',')
	}
	b = append(b, r.amount...)
	c.out.buf = append(b, c.suffix...)
	c.records++
	return c.out.full()
}

// notices say what the sum of the amounts lacks.
func (c *table) notices() error {
	if c.partial() {
		if err := c.record(record{kind: "partial", item: strconv.Itoa(c.hidden)}); err != nil {
			return err
		}
	}
	if c.st.Incomplete {
		return c.record(record{kind: "incomplete"})
	}
	return nil
}

func (c *table) tenant(t *usage.TenantStatement) error {
	users := 0
	for i := range t.Groups {
		users += t.Groups[i].Users
		if err := c.group(t, &t.Groups[i]); err != nil {
			return err
		}
	}
	if users > 0 {
		return nil
	}
	return c.record(record{kind: "no_users", tenant: t.ID, tenantName: t.Name, amount: numberText(t.Subtotal)})
}

// group writes the records of users.
func (c *table) group(t *usage.TenantStatement, g *usage.GroupStatement) error {
	before := append([]byte(nil), c.prefix...)
	for _, text := range []string{"user", t.ID, t.Name, g.Name} {
		before = append(appendField(before, text), ',')
	}
	before = append(before, ",,,"...)                  // project, project_name, item
	price := ",,,," + numberText(g.Pricing.Unit) + "," // used, included, overage, unit_price
	return c.each(c.ctx, t, g, func(row *usage.Row, m int64) error {
		b := append(c.out.buf, before...)
		b = append(appendField(b, row.User), ',')
		b = append(appendField(b, row.Name), ',')
		b = append(appendField(b, row.Address), ',')
		b = append(c.days.append(b, row.Covered.From), ',')
		b = c.days.append(b, last(row.Covered))
		b = strconv.AppendInt(append(b, ','), row.Units.Covered, 10)
		b = strconv.AppendInt(append(b, ','), row.Units.Of, 10)
		b = strconv.AppendInt(append(b, ','), int64(row.Pieces), 10)
		b = append(b, price...)
		b = appendMinor(b, m, c.scale)
		c.out.buf = append(b, c.suffix...)
		c.records++
		return c.out.full()
	})
}

func (c *table) project(p *usage.ProjectStatement) error {
	for i := range p.Meters {
		r := meterRecord(&p.Meters[i])
		r.kind, r.project, r.projectName = "meter", p.ID, p.Name
		if err := c.record(r); err != nil {
			return err
		}
	}
	if p.Fee == nil && len(p.Meters) > 0 {
		return nil
	}
	if p.Fee == nil {
		return c.record(record{kind: "no_usage", project: p.ID, projectName: p.Name, amount: numberText(p.Subtotal)})
	}
	return c.record(record{
		kind: "project_fee", project: p.ID, projectName: p.Name, item: p.Fee.Key, name: p.Fee.Name,
		amount: numberText(p.Fee.Amount),
	})
}

func meterRecord(m *usage.MeterStatement) record {
	r := record{
		item: m.Meter.Name, used: knownText(m.Reading.Used), overage: knownText(m.Overage), amount: numberText(m.Amount),
	}
	if !m.Meter.Unlimited {
		r.included = quantityText(m.Meter.Included)
	}
	if m.Meter.Price.Model == pricing.Flat {
		r.price = numberText(m.Meter.Price.Unit)
	}
	return r
}

// knownText is empty for what is unknown.
func knownText(q usage.Quantity) string {
	if !q.Known {
		return ""
	}
	return quantityText(q.Value)
}

func (c *table) charge(charge *usage.Charge) error {
	r := record{}
	if charge.Meter != nil {
		r = meterRecord(charge.Meter)
	}
	r.kind, r.item, r.name, r.group = string(charge.Kind), charge.Key, cmp.Or(charge.Name, charge.Key), charge.Group
	r.amount = numberText(charge.Amount)
	if !charge.On.IsZero() {
		r.day = charge.On.String()
	}
	return c.record(r)
}
