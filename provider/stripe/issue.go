package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

const opIssue = "Issue"

// Issue brings about one finalised invoice for the key, step by step: look for what an earlier request has left, draft,
// lines, read back and compare, finalise, read again and compare, send. Drafts bill nobody: the commit point is
// finalising, and only a draft that has exactly the lines and the total of the plan gets there.
//
// Without faults that is a request for each line and five more, six with Send. Stripe gives ten lines with an invoice:
// beyond ten, comparing and reading again take one more for each hundred. A request for what is issued already takes two.
//
// What has been made is found again by its metadata, in the list of the customer's invoices, so that a request can be
// taken up again after days and by another process. Between processes the idempotency keys of Stripe decide, which live
// a day: no step is taken when the look is older than an hour.
//
// A draft that was deleted is made anew. One that was changed is put right, unless somebody has put a line of their own
// on it: that, and an invoice that became final with something else than the plan, is provider.ErrConflict, which a
// person has to settle. So is, for up to 26 hours, the key of a plan that Stripe has refused, with another plan.
//
// With the hooks of a ledger the same requests are made, and the ledger decides instead of Stripe's idempotency keys: what
// it holds is read by its id and gone on with, and what it does not hold is deleted. A draft that it holds and that was
// deleted is not made anew. An error of a hook is given back as it is.
//
// Stripe sends invoices by mail: a customer without an address is provider.ErrInvalid with the field "email", with Send
// or without. An invoice of nothing, or of less than Stripe charges, is paid at once and not sent. One that is sent is
// sent once: for a day because Stripe knows the key, for 29 days because its events tell; when it is open for longer and
// Send asks for it, that is provider.ErrConflict. Taxes cannot be planned.
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
	is.began = p.wallClock()
	inv, err := is.run(ctx)
	return inv, unhalted(is.named(err))
}

// named gives an error of any step as one of Issue.
func (is *issue) named(err error) error {
	var e *provider.Error
	if !errors.As(err, &e) {
		return err
	}
	copied := *e
	copied.Op = opIssue
	return &copied
}

// issue is a plan on its way.
type issue struct {
	p     *Provider
	r     *provider.IssueRequest
	plan  string // hash
	lines []planned
	total int64 // on the wire
	memo  string
	began time.Time
	known string            // id that holds for the key by the caller's ledger; empty: none yet
	other []*stripe.Invoice // drafts of the key that the look has seen and that a ledger has not chosen
}

// planned is a line as it is sent.
type planned struct {
	Text   string
	Amount int64
	Meta   map[string]string
}

// What Stripe takes, in characters.
const (
	maxMemo        = 1500
	maxField       = 30
	maxDescription = 5000
)

// maxKey bounds the key of a request, in bytes.
const maxKey = 255

// customerID is what ids of customers look like.
var customerID = regexp.MustCompile(`^cus_[A-Za-z0-9]{1,64}$`)

func invalid(field, why string) error {
	return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: why}
}

// newIssue refuses what Stripe would refuse, or would take for something else, before anything is sent.
func (p *Provider) newIssue(r *provider.IssueRequest) (*issue, error) {
	if r.Key == "" || len(r.Key) > maxKey {
		return nil, invalid("key", "missing or too long")
	}
	if !customerID.MatchString(r.Customer) {
		return nil, provider.NotFound(opIssue)
	}
	if r.Known != "" && !invoiceID.MatchString(r.Known) {
		return nil, &provider.Error{Kind: provider.ErrNotFound, Field: "known", Message: "not the id of an invoice"}
	}
	if err := checkPlan(&r.Invoice); err != nil {
		return nil, err
	}
	is := &issue{p: p, r: r, known: r.Known}
	if p.cfg.Clock().Before(is.since().AddDays(1).Start(time.UTC)) {
		return nil, invalid("period", "too far ahead")
	}
	var err error
	if is.total, err = toWire(r.Invoice.Total, "total"); err != nil {
		return nil, err
	}
	for i := range r.Invoice.Lines {
		l := &r.Invoice.Lines[i]
		amount, err := toWire(l.Amount, "lines")
		if err != nil {
			return nil, err
		}
		is.lines = append(is.lines, planned{describe(l), amount, lineMetadata(i, l)})
	}
	if is.memo, err = memoOf(&r.Invoice); err != nil {
		return nil, err
	}
	is.plan, err = is.fingerprint()
	return is, err
}

func checkPlan(inv *invoice.Invoice) error {
	_, known := money.Exponent(inv.Currency)
	switch {
	case !known:
		return invalid("currency", "not in ISO 4217")
	case inv.Status != invoice.Draft:
		return invalid("status", "want a draft")
	case len(inv.Lines) == 0 || len(inv.Lines) > invoice.MaxLines:
		return invalid("lines", strconv.Itoa(len(inv.Lines))+" lines, want 1 to "+strconv.Itoa(invoice.MaxLines))
	case len(inv.Taxes) > 0:
		return invalid("taxes", "cannot be planned with this payment provider")
	case inv.Period.IsZero():
		return invalid("period", "missing")
	case inv.Issued.IsZero():
		return invalid("issued", "missing")
	case inv.Verify() != nil:
		return invalid("total", "does not add up")
	case inv.Total.Sign() < 0:
		return invalid("total", "negative")
	}
	return nil
}

// memoOf is what stands below the totals: the note, and a reference that is too long for a field of its own. Nothing is
// cut: what is printed for a customer to pay by is whole, or refused.
func memoOf(inv *invoice.Invoice) (string, error) {
	memo := readable(inv.Note)
	if utf8.RuneCountInString(inv.Reference) > maxField {
		memo = strings.TrimSuffix(referenceField+": "+readable(inv.Reference)+"\n"+memo, "\n")
	}
	if utf8.RuneCountInString(memo) > maxMemo {
		return "", invalid("note", "longer than "+strconv.Itoa(maxMemo)+" characters")
	}
	return memo, nil
}

// referenceField is the name of the field that shows the customer's reference.
const referenceField = "Reference"

// fingerprint tells plans apart by everything that is sent.
func (is *issue) fingerprint() (string, error) {
	inv := &is.r.Invoice
	text, err := json.Marshal(struct {
		Customer, Currency, Period, Issued, Group, Reference, Note string
		Terms                                                      int
		Total                                                      int64
		Lines                                                      []planned
	}{
		is.r.Customer, inv.Currency, inv.Period.String(), inv.Issued.String(), inv.Group, inv.Reference, inv.Note,
		inv.Terms.Days(), is.total, is.lines,
	})
	if err != nil { // guard: strings and numbers always can be written
		return "", invalid("invoice", "cannot be written")
	}
	return hashOf(string(text)), nil
}

// ahead is how long before its period, and before its issue date, an invoice can be made at the earliest. What is older
// need not be looked through.
const ahead = 35

// since is the first day on which the invoice of the plan can have been made.
func (is *issue) since() civil.Date {
	first := is.r.Invoice.Period.From()
	if issued := is.r.Invoice.Issued; issued.Before(first) {
		first = issued
	}
	return first.AddDays(-ahead)
}

// wallClock is the time as other machines see it: a process that was asleep has not kept it on its own clock.
func (p *Provider) wallClock() time.Time { return p.cfg.Clock().Round(0) }

// noon is a day as an instant that is that day in nearly every zone.
func noon(day civil.Date) *int64 { return stripe.Int64(day.Start(time.UTC).Add(12 * time.Hour).Unix()) }
