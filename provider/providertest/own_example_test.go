package providertest_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providertest"
)

// books is a payment provider of a host's own: customers and invoices that an accounting system keeps. It has the
// mandatory part and nothing else.
type books struct {
	mu        sync.Mutex
	customers map[string]provider.Customer
	invoices  map[string][]invoice.Invoice // by customer, newest first
}

func (b *books) Name() string { return "books" }

func (b *books) Customer(ctx context.Context, id string) (provider.Customer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.customers[id]
	return c, b.check(ctx, "Customer", ok)
}

func (b *books) Invoice(ctx context.Context, customer, id string) (invoice.Invoice, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.invoices[customer], func(inv invoice.Invoice) bool { return inv.ID == id && inv.Status != invoice.Draft })
	if err := b.check(ctx, "Invoice", i >= 0); err != nil {
		return invoice.Invoice{}, err
	}
	return own(b.invoices[customer][i]), nil
}

// Invoices pages by the id of the invoice at the edge: "<" is older than it, ">" is newer.
func (b *books) Invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.customers[q.Customer]
	if err := b.check(ctx, "Invoices", ok); err != nil {
		return provider.InvoicePage{}, err
	}
	if q.Limit < 1 || q.Limit > provider.MaxPage || q.Filter > provider.OpenInvoices {
		return provider.InvoicePage{}, &provider.Error{Op: "Invoices", Kind: provider.ErrInvalid, Field: "query"}
	}
	var all []invoice.Invoice
	for _, inv := range b.invoices[q.Customer] {
		wanted := []bool{true, inv.Status == invoice.Paid, inv.Status == invoice.Open}[q.Filter]
		if wanted && inv.Status != invoice.Draft {
			all = append(all, own(inv))
		}
	}
	from, to := 0, min(q.Limit, len(all))
	if q.Cursor != "" {
		edge := slices.IndexFunc(all, func(inv invoice.Invoice) bool {
			return q.Cursor == seal(q, "<", inv.ID) || q.Cursor == seal(q, ">", inv.ID)
		})
		if edge < 0 {
			return provider.InvoicePage{}, &provider.Error{Op: "Invoices", Kind: provider.ErrInvalidCursor}
		}
		if from, to = edge+1, min(edge+1+q.Limit, len(all)); q.Cursor == seal(q, ">", all[edge].ID) {
			from, to = max(edge-q.Limit, 0), edge
		}
	}
	page := provider.InvoicePage{Invoices: all[from:to]}
	if from > 0 {
		page.Prev = seal(q, ">", all[min(from, len(all)-1)].ID)
	}
	if to < len(all) {
		page.Next = seal(q, "<", all[max(to-1, 0)].ID)
	}
	return page, nil
}

// check is what every method begins with.
func (b *books) check(ctx context.Context, op string, found bool) error {
	switch {
	case ctx.Err() != nil:
		return &provider.Error{Op: op, Kind: provider.ErrTimeout, Err: ctx.Err()}
	case !found:
		return provider.NotFound(op)
	}
	return nil
}

// seal makes a cursor that is good for one customer, filter and direction only.
func seal(q provider.InvoiceQuery, direction, id string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "a key of the host|%s|%d|%s|%s", q.Customer, q.Filter, direction, id))
	return hex.EncodeToString(sum[:])
}

// own copies an invoice, so that the caller may change it.
func own(inv invoice.Invoice) invoice.Invoice {
	inv.Lines, inv.Taxes = slices.Clone(inv.Lines), slices.Clone(inv.Taxes)
	inv.Seller.Lines, inv.Customer.Lines = slices.Clone(inv.Seller.Lines), slices.Clone(inv.Customer.Lines)
	inv.Seller.TaxIDs, inv.Customer.TaxIDs = slices.Clone(inv.Seller.TaxIDs), slices.Clone(inv.Customer.TaxIDs)
	return inv
}

// TestAProviderOfAHostsOwn keeps its part of the contract.
func TestAProviderOfAHostsOwn(t *testing.T) {
	t.Parallel()
	providertest.Payments(t, providertest.PaymentsHarness{Lacks: []string{"DeleteCustomer", "SetStatus"}, New: func(*testing.T) providertest.PaymentsWorld {
		return newBooks().world()
	}})
}

func newBooks() *books {
	return &books{customers: map[string]provider.Customer{}, invoices: map[string][]invoice.Invoice{}}
}

// world puts customers and invoices into the books.
func (b *books) world() providertest.PaymentsWorld {
	return providertest.PaymentsWorld{
		Payments: b, Now: func() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) },
		AddCustomer: func(c provider.Customer) string {
			b.mu.Lock()
			defer b.mu.Unlock()
			c.ID = fmt.Sprintf("c%d", len(b.customers)+1)
			c.Currency = cmp.Or(c.Currency, "USD")
			b.customers[c.ID] = c
			return c.ID
		},
		AddInvoice: func(customer string, inv invoice.Invoice) invoice.Invoice {
			b.mu.Lock()
			defer b.mu.Unlock()
			inv = own(inv)
			inv.CustomerID, inv.ID = customer, cmp.Or(inv.ID, fmt.Sprintf("i%s-%d", customer, len(b.invoices[customer])))
			inv.Number = cmp.Or(inv.Number, "N-"+inv.ID)
			list := append(b.invoices[customer], inv)
			slices.Reverse(list)
			slices.SortStableFunc(list, func(x, y invoice.Invoice) int { return y.Issued.Compare(x.Issued) })
			b.invoices[customer] = list
			return own(inv)
		},
	}
}

// A payment provider of a host's own needs the mandatory part only; the suite checks that part, and nothing that was
// not declared.
func Example_ownProvider() {
	b := newBooks()
	world := b.world()
	ada := world.AddCustomer(provider.Customer{Name: "Ada"})
	world.AddInvoice(ada, invoice.Invoice{Status: invoice.Open})
	page, err := b.Invoices(context.Background(), provider.InvoiceQuery{Customer: ada, Limit: 20})
	fmt.Println(len(page.Invoices), page.Invoices[0].Status, err)
	_, err = b.Invoice(context.Background(), "somebody", page.Invoices[0].ID)
	fmt.Println(strings.Contains(err.Error(), "not found"), len(provider.Capabilities(b)))
	// Output:
	// 1 open <nil>
	// true 0
}
