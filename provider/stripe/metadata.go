package stripe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// What an invoice of ours says of itself in its metadata, so that it is found again and read as it was planned. No value
// is a name or an address of a person.
const (
	metaKey      = "billhatch_key"      // hash of the issue key
	metaPlan     = "billhatch_plan"     // hash of the plan
	metaFrom     = "billhatch_from"     // first day of the period
	metaTo       = "billhatch_to"       // first day after the period
	metaGroup    = "billhatch_group"    // where groups are invoiced apart, and on lines
	metaLine     = "billhatch_line"     // index of a line
	metaItem     = "billhatch_item"     // key of a line within its statement
	metaKind     = "billhatch_kind"     // kind of a line
	metaTenant   = "billhatch_tenant"   // id
	metaProject  = "billhatch_project"  // id
	metaMerged   = "billhatch_merged"   // how many statement lines it stands for
	metaQuantity = "billhatch_quantity" // of a line, in decimal
	metaUnit     = "billhatch_unit"     // price of a unit of a line, in decimal; none where there is no single one
)

// maxMeta bounds a value, in characters (https://docs.stripe.com/metadata).
const maxMeta = 500

// hashOf tells keys and plans apart without showing them.
func hashOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(h.Sum(nil))[:40]
}

// planMetadata is the metadata of an invoice that is issued.
func planMetadata(r *provider.IssueRequest, plan string) map[string]string {
	meta := map[string]string{metaKey: hashOf(r.Key), metaPlan: plan}
	if !r.Invoice.Period.IsZero() {
		meta[metaFrom], meta[metaTo] = r.Invoice.Period.From().String(), r.Invoice.Period.To().String()
	}
	put(meta, metaGroup, r.Invoice.Group)
	return meta
}

// put sets a value that fits; one that does not is left out rather than cut, so that nothing is read as something else.
func put(meta map[string]string, name, value string) {
	if value = readable(value); value != "" && len(value) <= maxMeta {
		meta[name] = value
	}
}

// lineMetadata is the metadata of one line.
func lineMetadata(index int, l *invoice.Line) map[string]string {
	meta := map[string]string{metaLine: strconv.Itoa(index)}
	put(meta, metaItem, l.Key)
	put(meta, metaKind, string(l.Kind))
	put(meta, metaTenant, l.Tenant)
	put(meta, metaProject, l.Project)
	put(meta, metaGroup, l.Group)
	if l.Merged > 1 {
		meta[metaMerged] = strconv.Itoa(l.Merged)
	}
	put(meta, metaQuantity, l.Quantity.String())
	if l.Unit.IsSet() {
		put(meta, metaUnit, l.Unit.Decimal().String())
	}
	return meta
}

// asPlanned gives a line of ours back what its metadata says of it. Stripe has its text and its amount; what the metadata
// does not say, or says wrongly, stays as it is.
func asPlanned(out *invoice.Line, meta map[string]string) {
	for name, field := range map[string]*string{
		metaItem: &out.Key, metaTenant: &out.Tenant, metaProject: &out.Project, metaGroup: &out.Group,
	} {
		if meta[name] != "" {
			*field = meta[name]
		}
	}
	if n, err := strconv.Atoi(meta[metaMerged]); err == nil && n > 1 {
		out.Merged = n
	}
	if quantity, err := money.ParseDecimal(meta[metaQuantity]); err == nil {
		out.Quantity, out.Unit = quantity, money.Amount{}
		if unit, err := money.Parse(meta[metaUnit], out.Amount.Currency()); err == nil {
			out.Unit = unit
		}
	}
}

// indexOf is the place of a line in its plan; false for a line that is not ours.
func indexOf(l *stripe.InvoiceLineItem) (int, bool) {
	i, err := strconv.Atoi(l.Metadata[metaLine])
	return i, err == nil && i >= 0 && i < invoice.MaxLines && strconv.Itoa(i) == l.Metadata[metaLine]
}

// inOrder sorts lines as they were planned; lines that are not ours keep the order that Stripe has, after ours.
func inOrder(lines []*stripe.InvoiceLineItem) {
	place := func(l *stripe.InvoiceLineItem) int {
		if i, ours := indexOf(l); ours {
			return i
		}
		return invoice.MaxLines
	}
	slices.SortStableFunc(lines, func(a, b *stripe.InvoiceLineItem) int { return place(a) - place(b) })
}

// periodOf is the period that an invoice of ours says it is for; zero when it says none.
func periodOf(meta map[string]string) civil.Period {
	from, err := civil.ParseDate(meta[metaFrom])
	to, err2 := civil.ParseDate(meta[metaTo])
	if err != nil || err2 != nil {
		return civil.Period{}
	}
	p, err := civil.NewPeriod(from, to, time.UTC)
	if err != nil {
		return civil.Period{}
	}
	return p
}

// readable replaces what is no UTF-8, which Stripe refuses.
func readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// describe gives a line's text as Stripe takes it: at most 5,000 characters, never empty.
func describe(l *invoice.Line) string {
	text := readable(cmp.Or(strings.TrimSpace(l.Description), l.Key, string(l.Kind), "Item"))
	if r := []rune(text); len(r) > maxDescription {
		text = string(r[:maxDescription-1]) + "…"
	}
	return text
}
