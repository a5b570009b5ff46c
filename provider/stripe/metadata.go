package stripe

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// What an invoice of ours says of itself in its metadata, so that it is found again and read as it was planned. No value
// is a name or an address of a person.
const (
	metaKey    = "billhatch_key"    // hash of the issue key
	metaPlan   = "billhatch_plan"   // hash of the plan
	metaFrom   = "billhatch_from"   // first day of the period
	metaTo     = "billhatch_to"     // first day after the period
	metaGroup  = "billhatch_group"  // where groups are invoiced apart, and on lines
	metaLine   = "billhatch_line"   // index of a line
	metaItem   = "billhatch_item"   // key of a line within its statement
	metaKind   = "billhatch_kind"   // kind of a line
	metaTenant = "billhatch_tenant" // id
	metaMerged = "billhatch_merged" // how many statement lines it stands for
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
	if value != "" && len(value) <= maxMeta {
		meta[name] = value
	}
}

// lineMetadata is the metadata of one line.
func lineMetadata(index int, l *invoice.Line) map[string]string {
	meta := map[string]string{metaLine: strconv.Itoa(index)}
	put(meta, metaItem, l.Key)
	put(meta, metaKind, string(l.Kind))
	put(meta, metaTenant, l.Tenant)
	put(meta, metaGroup, l.Group)
	if l.Merged > 1 {
		meta[metaMerged] = strconv.Itoa(l.Merged)
	}
	return meta
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

// describe gives a line's text as Stripe takes it: at most 5,000 characters, never empty.
func describe(l *invoice.Line) string {
	text := strings.TrimSpace(l.Description)
	if text == "" {
		text = l.Key
	}
	if r := []rune(text); len(r) > maxDescription {
		text = string(r[:maxDescription-1]) + "…"
	}
	return text
}
