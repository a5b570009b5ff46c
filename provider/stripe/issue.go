package stripe

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Issue brings about one finalised invoice for the key, step by step: look for what an earlier request has left, draft,
// lines, compare, finalise, send, read again. Drafts bill nobody: the commit point is finalising, and only a draft that
// has exactly the lines and the total of the plan gets there.
//
// Without faults it takes a request for each line and six more; above ten lines Stripe gives them page by page, which
// takes one more for each hundred at comparing and at reading.
func (p *Provider) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	is, err := p.newIssue(&r)
	if err != nil {
		return invoice.Invoice{}, named(opIssue, err)
	}
	// One at a time for a key: a second request would find half of the work of the first.
	done, err := p.turns.take(ctx, "issue "+r.Key)
	if err != nil {
		return invoice.Invoice{}, p.translate(opIssue, &notSent{err})
	}
	defer done()
	inv, err := is.run(ctx)
	return inv, named(opIssue, err)
}

const opIssue = "Issue"

// issue is a plan on its way.
type issue struct {
	p     *Provider
	r     *provider.IssueRequest
	plan  string  // hash
	lines []int64 // amounts on the wire
	total int64
}

// newIssue refuses what Stripe would refuse, or would take for something else, before anything is sent.
func (p *Provider) newIssue(r *provider.IssueRequest) (*issue, error) {
	refuse := func(field, why string) error {
		return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: why}
	}
	inv := &r.Invoice
	_, known := money.Exponent(inv.Currency)
	switch {
	case r.Key == "" || len(r.Key) > maxKey:
		return nil, refuse("key", "missing or too long")
	case !customerID.MatchString(r.Customer):
		return nil, provider.NotFound(opIssue)
	case !known:
		return nil, refuse("currency", "not in ISO 4217")
	case inv.Status != invoice.Draft:
		return nil, refuse("status", "want a draft")
	case len(inv.Lines) == 0 || len(inv.Lines) > invoice.MaxLines:
		return nil, refuse("lines", strconv.Itoa(len(inv.Lines))+" lines, want 1 to "+strconv.Itoa(invoice.MaxLines))
	case len(inv.Taxes) > 0:
		return nil, refuse("taxes", "taxes are Stripe's to compute")
	case inv.Period.IsZero():
		return nil, refuse("period", "missing")
	case inv.Issued.IsZero():
		return nil, refuse("issued", "missing")
	case inv.Verify() != nil:
		return nil, refuse("total", "does not add up")
	case inv.Total.Sign() < 0:
		return nil, refuse("total", "negative")
	}
	is := &issue{p: p, r: r}
	var err error
	if is.total, err = toWire(inv.Total, "total"); err != nil {
		return nil, err
	}
	for i := range inv.Lines {
		amount, err := toWire(inv.Lines[i].Amount, "lines")
		if err != nil {
			return nil, err
		}
		is.lines = append(is.lines, amount)
	}
	is.plan, err = is.fingerprint()
	return is, err
}

// customerID is what ids of customers look like.
var customerID = regexp.MustCompile(`^cus_[A-Za-z0-9]{1,64}$`)

// maxKey bounds the key of a request, in bytes.
const maxKey = 500

// fingerprint tells plans apart by everything that is sent.
func (is *issue) fingerprint() (string, error) {
	inv := &is.r.Invoice
	type line struct {
		Text   string
		Amount int64
		Meta   map[string]string
	}
	lines := make([]line, len(inv.Lines))
	for i := range inv.Lines {
		lines[i] = line{describe(&inv.Lines[i]), is.lines[i], lineMetadata(i, &inv.Lines[i])}
	}
	text, err := json.Marshal(struct {
		Customer, Currency, Period, Issued, Group, Reference, Note string
		Terms                                                      int
		Total                                                      int64
		Lines                                                      []line
	}{
		is.r.Customer, inv.Currency, inv.Period.String(), inv.Issued.String(), inv.Group, inv.Reference, inv.Note,
		inv.Terms.Days(), is.total, lines,
	})
	if err != nil { // guard: strings and numbers always can be written
		return "", &provider.Error{Kind: provider.ErrInvalid, Field: "invoice"}
	}
	return hashOf(string(text)), nil
}

// run goes through the steps; each begins with what is there.
func (is *issue) run(ctx context.Context) (invoice.Invoice, error) {
	found, err := is.look(ctx)
	if err != nil {
		return invoice.Invoice{}, err
	}
	fresh := found == nil
	if fresh {
		if found, err = is.draft(ctx); err != nil {
			return invoice.Invoice{}, err
		}
	}
	if found.Metadata[metaPlan] != is.plan {
		return invoice.Invoice{}, &provider.Error{Kind: provider.ErrConflict, Message: "the key was used for another plan"}
	}
	if found.Status == stripe.InvoiceStatusDraft {
		if err := is.fill(ctx, found.ID, fresh); err != nil {
			return invoice.Invoice{}, err
		}
		if found, err = is.finalize(ctx, found.ID); err != nil {
			return invoice.Invoice{}, err
		}
	}
	if is.r.Send && found.Status == stripe.InvoiceStatusOpen {
		if err := is.send(ctx, found); err != nil {
			return invoice.Invoice{}, err
		}
	}
	return is.check(ctx, found.ID)
}

// check reads the invoice again and holds it against the plan: what is not it is never called issued.
func (is *issue) check(ctx context.Context, id string) (invoice.Invoice, error) {
	reader, _ := any(is.p).(provider.InvoiceReader)
	inv, err := reader.Invoice(ctx, is.r.Customer, id)
	if err != nil {
		return invoice.Invoice{}, err
	}
	same := inv.Currency == is.r.Invoice.Currency && inv.Total.Equal(is.r.Invoice.Total) && len(inv.Lines) == len(is.lines)
	for i := 0; same && i < len(inv.Lines); i++ {
		same = inv.Lines[i].Amount.Equal(is.r.Invoice.Lines[i].Amount)
	}
	if !same {
		return invoice.Invoice{}, &provider.Error{Kind: provider.ErrForeign, Message: "the invoice is not what was planned"}
	}
	return inv, nil
}

// noon is a day as an instant that is that day in nearly every zone.
func noon(day civil.Date) *int64 { return stripe.Int64(day.Start(time.UTC).Add(12 * time.Hour).Unix()) }
