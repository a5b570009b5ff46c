package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/usage/civil"
)

// The names under which our invoices and lines say at Stripe what they are for.
const (
	metaFrom    = "billhatch_from"
	metaGroup   = "billhatch_group"
	metaKind    = "billhatch_kind"
	metaProject = "billhatch_project"
)

// check holds the books of Stripe against the original charges, and looks at nothing else.
func (w *world) check() {
	books := w.realm.Books()
	if err := books.Err(); err != nil {
		w.wrong("books: %v", err)
	}
	for _, complaint := range w.fake.Complaints() {
		w.wrong("Stripe complains: %s", complaint)
	}
	if n := len(books.Pending); n > 0 {
		w.wrong("%d items that no invoice has", n)
	}
	for _, a := range w.accounts {
		w.report.Charges += len(a.charges)
		(&audit{w: w, a: a, got: map[*charge]int{}, users: map[string]int{}}).run(&books)
	}
}

func (w *world) wrong(format string, args ...any) {
	w.report.Problems = append(w.report.Problems, fmt.Sprintf(format, args...))
}

// audit is the check of one account.
type audit struct {
	w     *world
	a     *account
	final []*stripefake.Invoice
	got   map[*charge]int // readings: how often they were billed
	users map[string]int  // by month and group: how many users were billed
	sum   int64
}

func (c *audit) wrong(format string, args ...any) {
	c.w.wrong("%s: %s", c.a.id, fmt.Sprintf(format, args...))
}

func (c *audit) run(books *stripefake.Books) {
	seen := map[string]string{}
	for i := range books.Invoices {
		x := &books.Invoices[i]
		if x.Customer != c.a.customer {
			continue
		}
		switch x.Status {
		case stripefake.Draft:
			c.wrong("orphan draft %s of %s", x.ID, x.Metadata[metaFrom])
			continue
		case stripefake.Void:
			c.wrong("void invoice %s", x.ID)
			continue
		}
		key := x.Metadata[metaFrom] + "/" + x.Metadata[metaGroup]
		if other := seen[key]; other != "" {
			c.wrong("double bill: %s and %s for %s", other, x.ID, key)
		}
		seen[key] = x.ID
		c.final = append(c.final, x)
		c.invoice(x)
	}
	c.mails()
	c.nothingLost()
}

// invoice holds the lines of an invoice against the charges.
func (c *audit) invoice(x *stripefake.Invoice) {
	c.w.report.Invoices++
	month, ok := c.month(x.Metadata[metaFrom])
	if !ok {
		c.wrong("invoice %s for %q, which is no month", x.ID, x.Metadata[metaFrom])
		return
	}
	for i := range x.Lines {
		l := &x.Lines[i]
		c.sum += l.Amount
		switch kind := l.Metadata[metaKind]; {
		case l.Amount == 0:
		case kind == "metered":
			c.readings(x, l.Amount, month, l.Metadata[metaProject])
		case kind == "seats" && x.Metadata[metaGroup] == l.Metadata[metaGroup]:
			c.seats(x, l.Amount, month, l.Metadata[metaGroup])
		case kind == "adjustment":
			c.late(x, l)
		default:
			c.wrong("wrong line on %s: %q %q of %d", x.ID, kind, l.Description, l.Amount)
		}
	}
	for _, ch := range c.a.charges {
		if ch.month.Equal(month) && !ch.at.After(end(month)) && ch.cents < staffCents && c.got[ch] == 0 && x.Metadata[metaGroup] == "" {
			c.wrong("wrong lines on %s: %d of %s is missing, which was there in time", x.ID, ch.cents, ch.item)
		}
	}
}

// month is one of those that can be billed.
func (c *audit) month(from string) (civil.Period, bool) {
	for _, month := range c.w.months {
		if month.From().String() == from {
			return month, true
		}
	}
	return civil.Period{}, false
}

// readings takes the amount of a line of a project apart into the charges that it is made of.
func (c *audit) readings(x *stripefake.Invoice, cents int64, month civil.Period, project string) {
	for _, ch := range c.a.charges {
		if ch.cents >= staffCents || cents&ch.cents == 0 || !ch.month.Equal(month) || ch.item != project {
			continue
		}
		cents &^= ch.cents
		c.bill(x, ch)
	}
	if cents != 0 {
		c.wrong("wrong line on %s: %d that nobody has used in %s of %s", x.ID, cents, project, month)
	}
}

// bill notes that a reading was billed.
func (c *audit) bill(x *stripefake.Invoice, ch *charge) {
	if ch.at.After(x.Created) {
		c.wrong("wrong line on %s: %d of %s was recorded after the invoice was made", x.ID, ch.cents, ch.item)
	}
	if c.got[ch]++; c.got[ch] > 1 {
		c.wrong("double charge on %s: %d of %s", x.ID, ch.cents, ch.item)
	}
}

// seats counts the users of a group.
func (c *audit) seats(x *stripefake.Invoice, cents int64, month civil.Period, group string) {
	price := int64(staffCents)
	if group == students {
		price = studentCents
	}
	n := int(cents / price)
	least, most := 0, 0
	for _, ch := range c.a.charges {
		if ch.month.Equal(month) && ch.item == group {
			if !ch.at.After(end(month)) {
				least++
			}
			if !ch.at.After(x.Created) {
				most++
			}
		}
	}
	if cents%price != 0 || n < least || n > most {
		c.wrong("wrong line on %s: %d for %s, of whom there were %d to %d", x.ID, cents, group, least, most)
	}
	c.users[month.String()+group] += n
}

// late takes a line for usage that came late apart: readings by their powers of two, then users.
func (c *audit) late(x *stripefake.Invoice, l *stripefake.Line) {
	name, _ := strings.CutPrefix(l.Description, "Late usage of ")
	name = name[:min(len(name), len("2026-01"))]
	month, ok := c.month(name + "-01")
	if !ok || l.Amount < 0 {
		c.wrong("wrong line on %s: %q of %d", x.ID, l.Description, l.Amount)
		return
	}
	cents := l.Amount
	for _, ch := range c.a.charges {
		if ch.cents < staffCents && cents&ch.cents != 0 && ch.month.Equal(month) {
			cents &^= ch.cents
			c.bill(x, ch)
			if !ch.at.After(end(month)) {
				c.wrong("late line on %s: %d of %s was there in time", x.ID, ch.cents, ch.item)
			}
		}
	}
	c.users[month.String()+students] += int(cents / studentCents)
	c.users[month.String()+staff] += int(cents % studentCents / staffCents)
	if cents %= staffCents; cents != 0 {
		c.wrong("wrong line on %s: %d late that nobody has used in %s", x.ID, cents, month)
	}
}

// mails wants each invoice mailed once.
func (c *audit) mails() {
	for _, x := range c.final {
		c.w.report.Mails += x.Sent
		switch {
		case x.Sent == 1, x.Sent == 0 && x.Status == stripefake.Paid:
		case x.Sent == 0 && c.takenOver(x.FinalizedAt):
			c.w.report.Unmailed++
		default:
			c.wrong("invoice %s was mailed %d times", x.ID, x.Sent)
		}
	}
}

// takenOver tells whether something may have been taken over from Stripe after the ledger was restored.
func (c *audit) takenOver(at time.Time) bool {
	return slices.ContainsFunc(c.w.restored, func(when time.Time) bool { return !at.After(when) })
}

// nothingLost wants every charge on an invoice, those of months that were taken over after a restore, too.
func (c *audit) nothingLost() {
	want := map[string]int{}
	var total int64
	for _, ch := range c.a.charges {
		total += ch.cents
		switch {
		case ch.cents >= staffCents:
			want[ch.month.String()+ch.item]++
		case c.got[ch] == 0:
			c.wrong("lost charge: %d of %s in %s, recorded at %s", ch.cents, ch.item, ch.month, ch.at.Format(time.DateTime))
		}
	}
	for key, n := range want {
		if got := c.users[key]; got != n {
			c.wrong("%d users were billed for %s, want %d", got, key, n)
		}
	}
	if c.sum != total {
		c.wrong("billed %d, used %d", c.sum, total)
	}
}
