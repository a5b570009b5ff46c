package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// Payments is what every payment provider can do. Further abilities are the interfaces below.
type Payments interface {
	// Name is a short name for logs, such as "stripe".
	Name() string
	CustomerReader
	InvoiceReader
}

// CustomerReader reads a customer by its id. A deleted customer is [ErrNotFound].
type CustomerReader interface {
	Customer(ctx context.Context, id string) (Customer, error)
}

// Customer is an account as the payment provider knows it.
type Customer struct {
	ID       string
	Name     string
	Email    Email  // for invoices and for the login of the portal (O5, O6); zero: none yet
	Currency string // ISO 4217; empty: not fixed yet
	Live     bool   // false: a test customer
}

// InvoiceReader lists and reads the invoices of a customer. Drafts do not exist for it. Every invoice states the
// customer that it belongs to in CustomerID, as the provider has it, so that the caller can check it.
type InvoiceReader interface {
	// Invoices gives a page, newest first. An unknown customer is ErrNotFound.
	Invoices(ctx context.Context, q InvoiceQuery) (InvoicePage, error)
	// Invoice gives one invoice with all its lines. An invoice of another customer is ErrNotFound.
	Invoice(ctx context.Context, customer, id string) (invoice.Invoice, error)
}

// MaxPage is the most that one page holds.
const MaxPage = 100

// InvoiceFilter chooses invoices by status. There is one filter at a time.
type InvoiceFilter uint8

// The filters (C6).
const (
	AllInvoices  InvoiceFilter = iota // everything but drafts
	PaidInvoices                      // paid
	OpenInvoices                      // open, overdue or not
)

// InvoiceQuery asks for a page.
type InvoiceQuery struct {
	Customer string
	Filter   InvoiceFilter
	Limit    int    // 1 to MaxPage
	Cursor   string // Next or Prev of a page with the same customer and filter; empty: the newest
}

// InvoicePage is a page of invoices, newest first. Lines may be left out; [InvoiceReader.Invoice] has them all.
type InvoicePage struct {
	Invoices []invoice.Invoice
	Next     string // cursor of the older page; empty: there is none
	Prev     string // cursor of the newer page; empty: there is none
}

// EmailUpdater changes the billing email of a customer (O6).
type EmailUpdater interface {
	// UpdateEmail changes the address when it is still what the caller last saw; else it is ErrConflict and nothing
	// changes. Changing to the same address does nothing.
	UpdateEmail(ctx context.Context, c EmailChange) (Customer, error)
}

// EmailChange is a change of a billing email.
type EmailChange struct {
	Customer string
	Expected Email  // what the caller last saw; zero: none
	New      Email  // not zero
	Key      string // idempotency key: the same key changes once
}

// EmailFinder finds customers by billing email, to warn when several share one (O5).
type EmailFinder interface {
	// CustomersByEmail gives the ids of at most limit customers (1 to MaxPage) with the address, in any case of letters.
	CustomersByEmail(ctx context.Context, email Email, limit int) ([]string, error)
}

// PDFReader reads the document of an invoice (C9).
type PDFReader interface {
	// InvoicePDF gives the document as a bounded stream that has been seen to begin like a PDF. ErrNoDocument,
	// ErrTooLarge, ErrTimeout and ErrNotPDF say why there is none; reading may still fail with ErrTooLarge and
	// ErrTimeout. The caller closes it.
	InvoicePDF(ctx context.Context, customer, id string) (*Document, error)
}

// Document is a stream of a known type.
type Document struct {
	Body io.ReadCloser
	Size int64 // in bytes; -1: not known
}

// PortalOpener opens a session of the hosted portal (O3, O4).
type PortalOpener interface {
	// PortalSession makes a link that lets whoever has it act for the customer. It belongs to one redirect.
	PortalSession(ctx context.Context, r PortalRequest) (PortalSession, error)
}

// PortalRequest asks for a portal session.
type PortalRequest struct {
	Customer  string
	ReturnURL string // where the portal leads back to; chosen by the host, never by the browser
}

// PortalSession is a way into the portal without a login.
type PortalSession struct {
	Customer string // whom it is for, as the provider says
	URL      SecretURL
}

// LoginLinker knows the portal's own login page, to which a person signs in by mail (O4).
type LoginLinker interface {
	// LoginLink gives the page with the address filled in.
	LoginLink(ctx context.Context, email Email) (SecretURL, error)
}

// NextInvoicer tells when the next invoice comes.
type NextInvoicer interface {
	// NextInvoice gives the date, or the zero date when none is planned.
	NextInvoice(ctx context.Context, customer string) (civil.Date, error)
}

// DiscountLister lists discounts and adjustments, those of the past too (C4).
type DiscountLister interface {
	Discounts(ctx context.Context, q HistoryQuery) (HistoryPage, error)
}

// HistoryQuery asks for a page of discounts and adjustments, newest first.
type HistoryQuery struct {
	Customer string
	Limit    int    // 1 to MaxPage
	Cursor   string // Next of a page of the same customer; empty: the newest
}

// HistoryPage is a page of discounts and adjustments.
type HistoryPage struct {
	Items []HistoryItem
	Next  string
}

// HistoryItem is a discount or an adjustment as it is shown.
type HistoryItem struct {
	ID     string
	Name   string
	From   civil.Date
	Until  civil.Date   // first day on which it is not valid any more; zero: open, or of one day for an adjustment
	Text   string       // such as "10 %"; empty for an adjustment
	Amount money.Amount // of an adjustment, negative for a credit; unset for a percentage
	Active bool         // in force now, as the provider says
}

// RecipientLister lists who receives mail about billing (C7).
type RecipientLister interface {
	// Recipients is ErrSyncing while the provider has not got them yet (C8).
	Recipients(ctx context.Context, customer string) (Recipients, error)
}

// Recipients are the two groups of addresses (C7).
type Recipients struct {
	Invoices []Recipient // invoices and receipts
	Changes  []Recipient // plan and billing changes
}

// Recipient is one address with an id that is stable and not secret.
type Recipient struct {
	ID    string
	Email Email
}

// PaymentMethodLister lists the ways in which a customer pays.
type PaymentMethodLister interface {
	PaymentMethods(ctx context.Context, customer string) ([]PaymentMethod, error)
}

// PaymentMethod is what may be shown of a way to pay.
type PaymentMethod struct {
	ID      string
	Kind    string // such as "card"
	Brand   string
	Last4   string
	Expires string // "2028-03"; empty: never
	Default bool
}

// Issuer turns planned invoices into real ones.
type Issuer interface {
	// Issue brings about one finalised invoice for the key, with exactly the lines, total and terms of the plan, and
	// sends it when asked. It is resumable: the same request continues where an earlier one stopped and never makes a
	// second invoice. The same key with another plan is ErrConflict; whether to send is not part of the plan. A plan
	// without lines, with more than invoice.MaxLines, with a negative total or with parts of a minor unit is ErrInvalid.
	// ErrUnknown means: ask again with the same request.
	//
	// When Known, Claim or Before is given, a ledger of the caller decides which draft becomes the invoice, see there.
	Issue(ctx context.Context, r IssueRequest) (invoice.Invoice, error)
}

// IssueRequest plans an invoice.
type IssueRequest struct {
	Key      string // of the account, period, group and revision; the same for every attempt
	Customer string
	Invoice  invoice.Invoice // draft: lines, totals, period, issue date, terms
	Send     bool

	// Known is the id that the caller's ledger has for the key; empty: none yet. A draft that is known and was deleted is
	// ErrNotFound with the field "known": it is not made anew under this key.
	Known string
	// Claim is asked with the id of the draft, or of the invoice that was found, before anything is put onto it; not when
	// it is Known. It answers which id holds for the key: this one, or the one that another process has claimed before. Only
	// that one becomes final, and a draft of this request that lost is deleted. A draft of the key for another plan, which
	// nobody can have claimed, is deleted once it is 20 minutes old; until then it is ErrUnavailable. Nil: there is no
	// ledger, and the provider alone decides.
	Claim func(ctx context.Context, id string) (string, error)
	// Before is asked directly before each request that changes something at the provider, however long the request has
	// waited for its turn. Its error ends the operation, unchanged, and nothing more is sent. Nil: nobody is asked.
	Before func(ctx context.Context, step IssueStep) error
}

// KeyHash is how a payment provider keeps the key of an IssueRequest with the invoice: see invoice.Invoice.IssueKey.
func KeyHash(key string) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(len(key)) + ":" + key))
	return hex.EncodeToString(sum[:20])
}

// IssueStep is what Issue is about to do.
type IssueStep string

// The steps of Issue.
const (
	StepDraft    IssueStep = "draft"    // make the draft
	StepLine     IssueStep = "line"     // put a line, or all of them, onto the draft
	StepDelete   IssueStep = "delete"   // take a line off the draft, or delete a draft that lost
	StepFinalize IssueStep = "finalize" // the commit point
	StepSend     IssueStep = "send"
)

// Voider cancels an invoice that was issued.
type Voider interface {
	// Void cancels an open or uncollectible invoice. Voiding it again does nothing; a paid one is ErrConflict.
	Void(ctx context.Context, customer, id, key string) (invoice.Invoice, error)
}

// Crediter lowers an invoice that was issued.
type Crediter interface {
	// Credit takes an amount off an open or paid invoice, at most what is left of it; else it is ErrInvalid.
	Credit(ctx context.Context, c CreditRequest) (CreditNote, error)
}

// CreditRequest plans a credit note.
type CreditRequest struct {
	Customer, Invoice string
	Amount            money.Amount
	Reason            string
	Key               string // idempotency key
}

// CreditNote is a document that lowers an invoice.
type CreditNote struct {
	ID, Invoice string
	Amount      money.Amount
}

// WebhookVerifier verifies what a webhook delivers.
type WebhookVerifier interface {
	// VerifyWebhook checks signature and time (now, within five minutes on either side) and gives the event. An event is
	// a hint that something changed, never data. Anything that cannot be trusted is ErrSignature.
	VerifyWebhook(payload []byte, signature string, now time.Time) (Event, error)
	// SignatureHeader is the name of the HTTP header that carries the signature.
	SignatureHeader() string
}

// Event says that an object of the provider has changed.
type Event struct {
	ID       string
	Type     string    // the provider's own name
	Kind     EventKind // what to read again; empty: nothing that this contract can read
	Object   string    // id of what to read again; empty: not told
	Customer string    // empty: not told
	Account  string    // of the provider's accounts that are connected to one's own; empty: one's own
	At       time.Time
	Live     bool
}

// EventKind is the kind of object that an event is about.
type EventKind string

// The kinds of events. Whatever else a provider tells of has the empty kind.
const (
	InvoiceEvent  EventKind = "invoice"  // Object is an invoice: it has changed, or a credit note or payment of it
	CustomerEvent EventKind = "customer" // Object is the customer: it has changed, or what is its own, such as a payment method
	PortalEvent   EventKind = "portal"   // the configuration of the hosted portal has changed
)

// HealthChecker looks at the provider's configuration.
type HealthChecker interface {
	// Health gives what is wrong; an empty list is healthy. It fails only when the provider cannot be asked.
	Health(ctx context.Context) ([]Problem, error)
}

// Problem is something in the provider's configuration that needs attention.
type Problem struct {
	Code   string // stable, such as "portal.not_saved"
	Detail string // safe to show to the host's operators
}
