package providertest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/providertest"
)

// payments is a provider in which some methods are replaced.
type payments struct {
	*memory.Payments
	customer   func(ctx context.Context, id string) (provider.Customer, error)
	invoices   func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error)
	invoice    func(ctx context.Context, customer, id string) (invoice.Invoice, error)
	email      func(ctx context.Context, c provider.EmailChange) (provider.Customer, error)
	find       func(ctx context.Context, email provider.Email, limit int) ([]string, error)
	pdf        func(ctx context.Context, customer, id string) (*provider.Document, error)
	portal     func(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error)
	login      func(ctx context.Context, email provider.Email) (provider.SecretURL, error)
	recipients func(ctx context.Context, customer string) (provider.Recipients, error)
	issue      func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error)
	void       func(ctx context.Context, customer, id, key string) (invoice.Invoice, error)
	credit     func(ctx context.Context, c provider.CreditRequest) (provider.CreditNote, error)
	verify     func(payload []byte, signature string, now time.Time) (provider.Event, error)
}

func (p *payments) Customer(ctx context.Context, id string) (provider.Customer, error) {
	if p.customer != nil {
		return p.customer(ctx, id)
	}
	return p.Payments.Customer(ctx, id)
}

func (p *payments) Invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	if p.invoices != nil {
		return p.invoices(ctx, q)
	}
	return p.Payments.Invoices(ctx, q)
}

func (p *payments) Invoice(ctx context.Context, customer, id string) (invoice.Invoice, error) {
	if p.invoice != nil {
		return p.invoice(ctx, customer, id)
	}
	return p.Payments.Invoice(ctx, customer, id)
}

func (p *payments) UpdateEmail(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
	if p.email != nil {
		return p.email(ctx, c)
	}
	return p.Payments.UpdateEmail(ctx, c)
}

func (p *payments) CustomersByEmail(ctx context.Context, email provider.Email, limit int) ([]string, error) {
	if p.find != nil {
		return p.find(ctx, email, limit)
	}
	return p.Payments.CustomersByEmail(ctx, email, limit)
}

func (p *payments) InvoicePDF(ctx context.Context, customer, id string) (*provider.Document, error) {
	if p.pdf != nil {
		return p.pdf(ctx, customer, id)
	}
	return p.Payments.InvoicePDF(ctx, customer, id)
}

func (p *payments) PortalSession(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
	if p.portal != nil {
		return p.portal(ctx, r)
	}
	return p.Payments.PortalSession(ctx, r)
}

func (p *payments) LoginLink(ctx context.Context, email provider.Email) (provider.SecretURL, error) {
	if p.login != nil {
		return p.login(ctx, email)
	}
	return p.Payments.LoginLink(ctx, email)
}

func (p *payments) Recipients(ctx context.Context, customer string) (provider.Recipients, error) {
	if p.recipients != nil {
		return p.recipients(ctx, customer)
	}
	return p.Payments.Recipients(ctx, customer)
}

func (p *payments) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	if p.issue != nil {
		return p.issue(ctx, r)
	}
	return p.Payments.Issue(ctx, r)
}

func (p *payments) Void(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
	if p.void != nil {
		return p.void(ctx, customer, id, key)
	}
	return p.Payments.Void(ctx, customer, id, key)
}

func (p *payments) Credit(ctx context.Context, c provider.CreditRequest) (provider.CreditNote, error) {
	if p.credit != nil {
		return p.credit(ctx, c)
	}
	return p.Payments.Credit(ctx, c)
}

func (p *payments) VerifyWebhook(payload []byte, signature string, now time.Time) (provider.Event, error) {
	if p.verify != nil {
		return p.verify(payload, signature, now)
	}
	return p.Payments.VerifyWebhook(payload, signature, now)
}

// seeded remembers what was put into a world.
type seeded struct {
	mu       sync.Mutex
	owner    map[string]string // customer by invoice
	drafts   map[string][]invoice.Invoice
	customer []string
}

func watch(pw *providertest.PaymentsWorld) *seeded {
	s := &seeded{owner: map[string]string{}, drafts: map[string][]invoice.Invoice{}}
	addInvoice, addCustomer := pw.AddInvoice, pw.AddCustomer
	pw.AddInvoice = func(customer string, inv invoice.Invoice) invoice.Invoice {
		got := addInvoice(customer, inv)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.owner[got.ID] = customer
		if inv.Status == invoice.Draft {
			s.drafts[customer] = append(s.drafts[customer], got)
		}
		return got
	}
	pw.AddCustomer = func(c provider.Customer) string {
		id := addCustomer(c)
		s.customer = append(s.customer, id)
		return id
	}
	return s
}

// fault is a mistake that an implementer could make, and the cases that must catch it.
type fault struct {
	name   string
	plant  func(p *payments, w *memory.World, pw *providertest.PaymentsWorld)
	caught []string
}

func TestEveryBadProviderIsCaught(t *testing.T) {
	t.Parallel()
	faults := slices.Concat(readingFaults(), pagingFaults(), secretFaults(), writingFaults(), documentFaults())
	require.GreaterOrEqual(t, len(faults), 10)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			h := providertest.PaymentsHarness{
				Want: providertest.PaymentAbilities(),
				New: func(*testing.T) providertest.PaymentsWorld {
					w, pw := good()
					p := &payments{Payments: w.Payments()}
					f.plant(p, w, &pw)
					pw.Payments = p
					return pw
				},
			}
			requireCaught(t, f.caught, func(groups ...string) []providertest.Failure {
				return providertest.PaymentFailures(t, h, groups...)
			})
		})
	}
}

// requireCaught runs the groups of the cases and wants each case to fail.
func requireCaught(t *testing.T, cases []string, run func(groups ...string) []providertest.Failure) {
	t.Helper()
	require.NotEmpty(t, cases)
	var groups []string
	for _, c := range cases {
		groups = append(groups, providertest.GroupOf(c))
	}
	failed := run(groups...)
	for _, c := range cases {
		require.True(t, slices.ContainsFunc(failed, func(f providertest.Failure) bool { return f.Case == c }),
			"want %q to fail; failed have:\n%s", c, list(failed))
	}
	for _, f := range failed {
		require.NotContains(t, f.Text, "panic:", f.Case)
	}
}

func readingFaults() []fault {
	return []fault{
		{"gives another customer's invoice", func(p *payments, _ *memory.World, pw *providertest.PaymentsWorld) {
			s := watch(pw)
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				if owner := s.owner[id]; owner != "" {
					customer = owner
				}
				return p.Payments.Invoice(ctx, customer, id)
			}
		}, []string{
			"invoices/Invoice answers the same for another customer's invoice as for none",
			"invoices/Invoice answers the same for an invoice of an unknown customer as for none",
		}},
		{"says that an invoice is another customer's", func(p *payments, _ *memory.World, pw *providertest.PaymentsWorld) {
			s := watch(pw)
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				if owner := s.owner[id]; owner != "" && owner != customer {
					return invoice.Invoice{}, &provider.Error{Op: "Invoice", Kind: provider.ErrNotFound, Message: "not yours"}
				}
				return p.Payments.Invoice(ctx, customer, id)
			}
		}, []string{"invoices/Invoice answers the same for another customer's invoice as for none"}},
		{"takes a status that it does not know for paid", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				inv, err := p.Payments.Invoice(ctx, customer, id)
				if err == nil && inv.Status == invoice.Unknown {
					inv.Status = invoice.Paid
				}
				return inv, err
			}
		}, []string{"invoices/an invoice that is unknown says so, in the list and alone"}},
		{"shows drafts", func(p *payments, _ *memory.World, pw *providertest.PaymentsWorld) {
			s := watch(pw)
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				if err == nil && q.Filter == provider.AllInvoices {
					page.Invoices = append(page.Invoices, s.drafts[q.Customer]...)
				}
				return page, err
			}
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				for _, d := range s.drafts[customer] {
					if d.ID == id {
						return d, nil
					}
				}
				return p.Payments.Invoice(ctx, customer, id)
			}
		}, []string{"invoices/drafts are in no list", "invoices/Invoice answers the same for a draft as for none"}},
		{"does not state the customer", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				inv, err := p.Payments.Invoice(ctx, customer, id)
				inv.CustomerID = ""
				return inv, err
			}
		}, []string{"invoices/every invoice states its customer, in the list and alone, and no account"}},
		{"gives the first ten lines of an invoice", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				inv, err := p.Payments.Invoice(ctx, customer, id)
				inv.Lines = inv.Lines[:min(10, len(inv.Lines))]
				return inv, err
			}
		}, []string{"invoices/an invoice of 250 lines is read with all of them, in order"}},
		{"gives the same slice to everybody", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var cache sync.Map
			p.invoice = func(ctx context.Context, customer, id string) (invoice.Invoice, error) {
				if inv, ok := cache.Load(customer + id); ok {
					kept, _ := inv.(invoice.Invoice)
					return kept, nil
				}
				inv, err := p.Payments.Invoice(ctx, customer, id)
				if err == nil {
					cache.Store(customer+id, inv)
				}
				return inv, err
			}
		}, []string{"invoices/what is read may be changed by the caller"}},
		{"returns errors of its own", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.customer = func(ctx context.Context, id string) (provider.Customer, error) {
				c, err := p.Payments.Customer(ctx, id)
				if err != nil {
					err = fmt.Errorf("reading the customer: %w", provider.ErrNotFound)
				}
				return c, err
			}
		}, []string{"customers/an unknown customer is not found"}},
		{"takes blanks off ids", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.customer = func(ctx context.Context, id string) (provider.Customer, error) {
				return p.Payments.Customer(ctx, strings.TrimSpace(id))
			}
		}, []string{"customers/an id with a blank behind is of no customer", "customers/an id with a line feed behind is of no customer"}},
		{"goes on although the context is done", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.customer = func(ctx context.Context, id string) (provider.Customer, error) {
				return p.Payments.Customer(context.WithoutCancel(ctx), id)
			}
			p.void = func(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
				_, _ = p.Payments.Void(context.WithoutCancel(ctx), customer, id, key)
				return p.Payments.Void(ctx, customer, id, key)
			}
		}, []string{"customers/reading a customer stops with its context", "voiding/voiding stops with its context and changes nothing"}},
		{"says that nobody receives mail while it synchronises", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.recipients = func(ctx context.Context, customer string) (provider.Recipients, error) {
				got, err := p.Payments.Recipients(ctx, customer)
				if errors.Is(err, provider.ErrSyncing) {
					return provider.Recipients{}, nil
				}
				return got, err
			}
		}, []string{"recipients/recipients that are not there yet are synchronising, which is not the same as none"}},
		{"compares addresses letter by letter", func(p *payments, w *memory.World, pw *providertest.PaymentsWorld) {
			s := watch(pw)
			p.find = func(ctx context.Context, email provider.Email, limit int) ([]string, error) {
				got, err := p.Payments.CustomersByEmail(ctx, email, limit)
				return slices.DeleteFunc(got, func(id string) bool {
					c, _ := w.Payments().Customer(ctx, id)
					return !slices.Contains(s.customer, id) || c.Email.Reveal() != email.Reveal()
				}), err
			}
		}, []string{"finding customers by email/every customer that shares an address is found, in any case of letters"}},
	}
}

func pagingFaults() []fault {
	return []fault{
		{"ignores the cursor", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				q.Cursor = ""
				return p.Payments.Invoices(ctx, q)
			}
		}, []string{"pages of invoices/pages of 3 hold every item once, in order", "pages of invoices/a cursor of another customer is refused"}},
		{"gives the last item of a page again on the next", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				if err == nil && page.Next != "" && q.Limit > 1 {
					q.Limit--
					shorter, _ := p.Payments.Invoices(ctx, q)
					page.Next = shorter.Next
				}
				return page, err
			}
		}, []string{"pages of invoices/pages of 3 hold every item once, in order"}},
		{"forgets the last page", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				if err == nil && len(page.Invoices) == q.Limit {
					q.Cursor = page.Next
					if next, err := p.Payments.Invoices(ctx, q); err == nil && len(next.Invoices) < q.Limit {
						page.Next = ""
					}
				}
				return page, err
			}
		}, []string{"pages of invoices/pages of 3 hold every item once, in order"}},
		{"counts pages by numbers", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = byNumber(p)
		}, []string{
			"pages of invoices/items that come while pages are read lose and double nothing",
			"pages of invoices/a cursor of another customer is refused",
			"pages of invoices/a cursor of another filter is refused",
		}},
		{"takes any cursor for the first page", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				if errors.Is(err, provider.ErrInvalidCursor) {
					q.Cursor = ""
					return p.Payments.Invoices(ctx, q)
				}
				return page, err
			}
		}, []string{
			"pages of invoices/a cursor that is made up is refused", "pages of invoices/a cursor of 64 KiB is refused",
			"pages of invoices/a cursor that is cut is refused, wherever it is cut",
			"pages of invoices/a cursor that is changed is refused, wherever it is changed",
			"pages of invoices/a cursor of another filter is refused",
		}},
		{"makes limits fit", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				q.Limit = max(1, min(q.Limit, provider.MaxPage))
				return p.Payments.Invoices(ctx, q)
			}
		}, []string{"pages of invoices/a page of 0 is invalid", "pages of invoices/a page of -1 is invalid", "pages of invoices/a page of 101 is invalid"}},
		{"cannot go back", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				page.Prev = ""
				return page, err
			}
		}, []string{"pages of invoices/reading back from the end gives every invoice once, in order"}},
		{"lists the oldest first", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.invoices = func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
				page, err := p.Payments.Invoices(ctx, q)
				slices.Reverse(page.Invoices)
				return page, err
			}
		}, []string{"pages of invoices/pages of 100 hold every item once, in order"}},
	}
}

// byNumber pages with offsets.
func byNumber(p *payments) func(context.Context, provider.InvoiceQuery) (provider.InvoicePage, error) {
	return func(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
		at := 0
		if q.Cursor != "" {
			raw, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
			if err == nil {
				at, err = strconv.Atoi(string(raw))
			}
			if err != nil {
				return provider.InvoicePage{}, &provider.Error{Op: "Invoices", Kind: provider.ErrInvalidCursor}
			}
		}
		limit := q.Limit
		if limit > 0 && limit < provider.MaxPage {
			q.Limit = provider.MaxPage
		}
		q.Cursor = ""
		page, err := p.Payments.Invoices(ctx, q)
		if err != nil {
			return page, err
		}
		all := page.Invoices
		page.Invoices, page.Next = all[min(at, len(all)):min(at+limit, len(all))], ""
		if at+limit < len(all) {
			page.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(at + limit)))
		}
		return page, nil
	}
}

func secretFaults() []fault {
	return []fault{
		{"prints a URL in an error", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.portal = func(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
				got, err := p.Payments.PortalSession(ctx, r)
				if err != nil {
					err = &provider.Error{Op: "PortalSession", Kind: provider.Kind(err), Message: "cannot come back to " + r.ReturnURL}
				}
				return got, err
			}
		}, []string{
			"portal sessions/a return address that is no web address is invalid, and is not repeated",
			"portal sessions/an unknown customer has no session",
		}},
		{"prints an address in an error", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.email = func(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
				got, err := p.Payments.UpdateEmail(ctx, c)
				if errors.Is(err, provider.ErrConflict) {
					err = &provider.Error{Op: "UpdateEmail", Kind: provider.ErrConflict, Message: "it is not " + c.Expected.Reveal()}
				}
				return got, err
			}
		}, []string{"changing the billing email/a change of an address that was not seen is a conflict and changes nothing"}},
		{"opens the portal for the first customer", func(p *payments, _ *memory.World, pw *providertest.PaymentsWorld) {
			s := watch(pw)
			p.portal = func(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
				asked := r.Customer
				if slices.Contains(s.customer, asked) {
					r.Customer = s.customer[0]
				}
				got, err := p.Payments.PortalSession(ctx, r)
				if err == nil {
					got.Customer = asked
				}
				return got, err
			}
		}, []string{
			"portal sessions/a session is for the customer that was asked for",
			"portal sessions/sessions that are opened at once are not mixed up",
		}},
		{"gives the same portal link again", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var links sync.Map
			p.portal = func(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
				got, err := p.Payments.PortalSession(ctx, r)
				if err != nil {
					return got, err
				}
				first, _ := links.LoadOrStore(r.Customer, got)
				got, _ = first.(provider.PortalSession)
				return got, nil
			}
		}, []string{"portal sessions/every session has a link of its own"}},
		{"does not encode the address in the login link", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.login = func(ctx context.Context, email provider.Email) (provider.SecretURL, error) {
				if _, err := p.Payments.LoginLink(ctx, email); err != nil {
					return provider.SecretURL{}, err
				}
				return provider.NewSecretURL("https://portal.example.com/login?prefilled_email=" + email.Reveal())
			}
		}, []string{"the login link of the portal/an address with signs that mean something in a URL arrives whole"}},
		{"uses addresses as ids of recipients", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.recipients = func(ctx context.Context, customer string) (provider.Recipients, error) {
				got, err := p.Payments.Recipients(ctx, customer)
				for i := range got.Invoices {
					got.Invoices[i].ID = got.Invoices[i].Email.Reveal()
				}
				return got, err
			}
		}, []string{"recipients/every recipient has an id that is stable, unique in its group and no address"}},
		{"trusts webhooks of any time", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				t, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
				if seconds, err := strconv.ParseInt(t, 10, 64); err == nil {
					now = time.Unix(seconds, 0)
				}
				return p.Payments.VerifyWebhook(payload, signature, now)
			}
		}, []string{"webhooks/a signature that is 301 seconds away is refused", "webhooks/a signature that is -301 seconds away is refused"}},
		{"trusts webhooks for less than five minutes", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				if _, err := p.Payments.VerifyWebhook(payload, signature, now.Add(time.Second)); err != nil {
					return provider.Event{}, err
				}
				return p.Payments.VerifyWebhook(payload, signature, now.Add(-time.Second))
			}
		}, []string{"webhooks/a signature that is 300 seconds away is trusted", "webhooks/a signature that is -300 seconds away is trusted"}},
		{"verifies what is left of a payload without blanks", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				return p.Payments.VerifyWebhook(bytes.TrimSpace(payload), signature, now)
			}
		}, []string{"webhooks/a payload with a line feed behind is refused"}},
		{"does not tell what an event is about", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				e, err := p.Payments.VerifyWebhook(payload, signature, now)
				e.Kind = ""
				return e, err
			}
		}, []string{"webhooks/a webhook that is signed gives its event", "webhooks/an event of a customer says so"}},
		{"does not tell of which account an event is", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				e, err := p.Payments.VerifyWebhook(payload, signature, now)
				e.Account = ""
				return e, err
			}
		}, []string{"webhooks/an event of a connected account says of which"}},
		{"does not verify the secret", func(p *payments, w *memory.World, _ *providertest.PaymentsWorld) {
			p.verify = func(payload []byte, signature string, now time.Time) (provider.Event, error) {
				if strings.HasPrefix(signature, "t=") {
					signature = w.Sign(payload, now)
				}
				return p.Payments.VerifyWebhook(payload, signature, now)
			}
		}, []string{"webhooks/a signature with another secret is refused", "webhooks/a payload that is changed in any byte is refused"}},
	}
}

func writingFaults() []fault {
	return []fault{
		{"looks first and writes then", func(p *payments, w *memory.World, _ *providertest.PaymentsWorld) {
			p.email = func(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
				now, err := p.Payments.Customer(ctx, c.Customer)
				if err != nil {
					return now, err
				}
				if !now.Email.Equal(c.Expected) {
					return now, &provider.Error{Op: "UpdateEmail", Kind: provider.ErrConflict}
				}
				time.Sleep(20 * time.Millisecond)
				w.SetEmail(c.Customer, c.New.Reveal())
				return p.Payments.Customer(ctx, c.Customer)
			}
		}, []string{"changing the billing email/of 64 writers that saw the same address one wins, in every round"}},
		{"writes the address whatever was seen", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.email = func(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
				if now, err := p.Payments.Customer(ctx, c.Customer); err == nil {
					c.Expected = now.Email
				}
				return p.Payments.UpdateEmail(ctx, c)
			}
		}, []string{"changing the billing email/a change of an address that was not seen is a conflict and changes nothing"}},
		{"changes again for a key that was used", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.email = func(ctx context.Context, c provider.EmailChange) (provider.Customer, error) {
				c.Key = ""
				return p.Payments.UpdateEmail(ctx, c)
			}
		}, []string{"changing the billing email/the same key changes once even when the address is back"}},
		{"makes a second invoice for one key", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var n atomic.Int64
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				if r.Key != "" {
					r.Key = fmt.Sprintf("%s-%d", r.Key, n.Add(1))
				}
				return p.Payments.Issue(ctx, r)
			}
		}, []string{
			"issuing/the same request gives the same invoice, every time", "issuing/64 attempts of one request at once make one invoice",
			"issuing/an invoice whose answer was lost is made once, when it is asked for again",
			"issuing/the same key with another plan is a conflict, and the first invoice stays",
		}},
		{"gives the first invoice for another plan", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var made sync.Map
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				if first, ok := made.Load(r.Key); ok {
					r, _ = first.(provider.IssueRequest)
				}
				got, err := p.Payments.Issue(ctx, r)
				if err == nil {
					r.Invoice.Lines = slices.Clone(r.Invoice.Lines)
					made.LoadOrStore(r.Key, r)
				}
				return got, err
			}
		}, []string{"issuing/the same key with another plan is a conflict, and the first invoice stays"}},
		{"cuts an invoice at 250 lines", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				if inv := &r.Invoice; len(inv.Lines) > invoice.MaxLines {
					cut := inv.Lines[invoice.MaxLines].Amount
					inv.Lines = inv.Lines[:invoice.MaxLines]
					inv.Subtotal, _ = inv.Subtotal.Sub(cut)
					inv.Total = inv.Subtotal
				}
				return p.Payments.Issue(ctx, r)
			}
		}, []string{"issuing/a plan of 251 lines is invalid and makes nothing"}},
		{"issues everything with 30 days", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				r.Invoice.Terms = invoice.Terms{}
				return p.Payments.Issue(ctx, r)
			}
		}, []string{"issuing/an invoice with terms of 14 days is due so many days after its issue"}},
		{"puts the lines in another order", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				r.Invoice.Lines = slices.Clone(r.Invoice.Lines)
				slices.Reverse(r.Invoice.Lines)
				return p.Payments.Issue(ctx, r)
			}
		}, []string{"issuing/a planned invoice becomes an open one with its lines and total"}},
		{"changes the plan that it was given", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var mu sync.Mutex
			p.issue = func(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
				mu.Lock()
				defer mu.Unlock()
				got, err := p.Payments.Issue(ctx, r)
				for i := range r.Invoice.Lines {
					r.Invoice.Lines[i].Key = got.ID
				}
				return got, err
			}
		}, []string{"issuing/the plan that is given is not changed"}},
		{"voids what is paid", func(p *payments, w *memory.World, _ *providertest.PaymentsWorld) {
			p.void = func(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
				got, err := p.Payments.Void(ctx, customer, id, key)
				if errors.Is(err, provider.ErrConflict) {
					w.SetStatus(id, invoice.Void)
					return p.Payments.Invoice(ctx, customer, id)
				}
				return got, err
			}
		}, []string{"voiding/a paid invoice is a conflict and stays paid"}},
		{"credits again for the same key", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			var n atomic.Int64
			p.credit = func(ctx context.Context, c provider.CreditRequest) (provider.CreditNote, error) {
				c.Key = fmt.Sprintf("%s-%d", c.Key, n.Add(1))
				return p.Payments.Credit(ctx, c)
			}
		}, []string{"crediting/the same request credits once and gives the same note", "crediting/64 attempts of one request at once credit once"}},
		{"credits as much as is left", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.credit = func(ctx context.Context, c provider.CreditRequest) (provider.CreditNote, error) {
				got, err := p.Payments.Credit(ctx, c)
				if errors.Is(err, provider.ErrInvalid) && c.Amount.Sign() > 0 {
					return provider.CreditNote{ID: "cn", Invoice: c.Invoice, Amount: c.Amount}, nil
				}
				return got, err
			}
		}, []string{"crediting/more than all of an invoice that is open is invalid", "crediting/64 credits of a tenth at once credit all of the invoice and no more"}},
	}
}

// chunk is a document of any bytes.
type chunk struct{ io.Reader }

func (chunk) Close() error { return nil }

func documentFaults() []fault {
	return []fault{
		{"gives documents of any size", func(_ *payments, _ *memory.World, pw *providertest.PaymentsWorld) {
			pw.MaxPDF = maxPDF / 2 // the provider's own limit is twice what it says
		}, []string{"documents of invoices/a document that is too large is refused, and never given whole"}},
		{"cuts a document that is too large", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.pdf = func(ctx context.Context, customer, id string) (*provider.Document, error) {
				doc, err := p.Payments.InvoicePDF(ctx, customer, id)
				if errors.Is(err, provider.ErrTooLarge) {
					return &provider.Document{Body: chunk{strings.NewReader("%PDF-1.7" + strings.Repeat("x", 100))}, Size: -1}, nil
				}
				return doc, err
			}
		}, []string{"documents of invoices/a document that is too large is refused, and never given whole"}},
		{"gives whatever it has got for a PDF", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.pdf = func(ctx context.Context, customer, id string) (*provider.Document, error) {
				doc, err := p.Payments.InvoicePDF(ctx, customer, id)
				if errors.Is(err, provider.ErrNotPDF) {
					return &provider.Document{Body: chunk{strings.NewReader("<html>")}, Size: 6}, nil
				}
				return doc, err
			}
		}, []string{"documents of invoices/a page of HTML is no PDF", "documents of invoices/four bytes of a PDF are none"}},
		{"says a wrong size", func(p *payments, _ *memory.World, _ *providertest.PaymentsWorld) {
			p.pdf = func(ctx context.Context, customer, id string) (*provider.Document, error) {
				doc, err := p.Payments.InvoicePDF(ctx, customer, id)
				if err == nil {
					doc.Size = 0
				}
				return doc, err
			}
		}, []string{"documents of invoices/the document of an invoice begins like a PDF and has the size that it says"}},
	}
}
