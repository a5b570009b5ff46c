package stripe

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/invoice"
	"github.com/stripe/stripe-go/v76/invoiceitem"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// BenchmarkIssue issues and sends an invoice, in one process with a Stripe that answers at once, so that what is counted
// is the work and not the waiting: of the fake, which is in both, and of Issue or the bare SDK with the same requests.
func BenchmarkIssue(b *testing.B) {
	for _, lines := range []int{3, 250} {
		ways := map[string]func(s *shop) func(provider.IssueRequest) error{"Issue": issued, "bare SDK": bare}
		for _, way := range []string{"Issue", "bare SDK"} {
			b.Run(fmt.Sprintf("%s/%d lines", way, lines), func(b *testing.B) {
				s := openShop(b)
				issue := ways[way](s)
				r := s.request(lines)
				r.Send = true
				requests, n := 0, 0
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					n++
					r.Key = fmt.Sprint(n)
					r.Customer = s.realm.AddCustomer(stripefake.Customer{Email: "a@acme.example", Currency: "usd"}).ID
					s.fake.ResetRequests()
					b.StartTimer()
					if err := issue(r); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					requests = len(s.fake.Requests())
					b.StartTimer()
				}
				b.ReportMetric(float64(requests), "requests/op")
			})
		}
	}
}

func issued(s *shop) func(provider.IssueRequest) error {
	p := s.process()
	return func(r provider.IssueRequest) error {
		_, err := p.Issue(context.Background(), r)
		return err
	}
}

// bare makes the same requests with the SDK and its own backend, and believes every answer.
func bare(s *shop) func(provider.IssueRequest) error {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String("https://api.stripe.com"), HTTPClient: &http.Client{Transport: s.fake.Transport()},
		EnableTelemetry: stripe.Bool(false), MaxNetworkRetries: stripe.Int64(0), LeveledLogger: &stripe.LeveledLogger{},
	})
	invoices, items := invoice.Client{B: backend, Key: s.fake.Key()}, invoiceitem.Client{B: backend, Key: s.fake.Key()}
	return func(r provider.IssueRequest) error {
		list := &stripe.InvoiceListParams{Customer: stripe.String(r.Customer)}
		list.Single = true
		if err := invoices.List(list).Err(); err != nil {
			return err
		}
		draft, err := invoices.New(&stripe.InvoiceParams{
			Customer: stripe.String(r.Customer), Currency: stripe.String("usd"), AutoAdvance: stripe.Bool(false),
			CollectionMethod: stripe.String("send_invoice"), DaysUntilDue: stripe.Int64(30),
			PendingInvoiceItemsBehavior: stripe.String("exclude"),
		})
		if err != nil {
			return err
		}
		for i := range r.Invoice.Lines {
			l := &r.Invoice.Lines[i]
			_, err := items.New(&stripe.InvoiceItemParams{
				Customer: stripe.String(r.Customer), Invoice: stripe.String(draft.ID), Description: stripe.String(l.Description),
				Amount: stripe.Int64(l.Amount.Decimal().Shift(2).IntPart()), Currency: stripe.String(strings.ToLower(l.Amount.Currency())),
			})
			if err != nil {
				return err
			}
		}
		if err := readWhole(invoices, draft.ID); err != nil {
			return err
		}
		if _, err := invoices.FinalizeInvoice(draft.ID, &stripe.InvoiceFinalizeInvoiceParams{AutoAdvance: stripe.Bool(false)}); err != nil {
			return err
		}
		if err := readWhole(invoices, draft.ID); err != nil {
			return err
		}
		_, err = invoices.SendInvoice(draft.ID, &stripe.InvoiceSendInvoiceParams{})
		return err
	}
}

// readWhole reads an invoice with all its lines.
func readWhole(invoices invoice.Client, id string) error {
	inv, err := invoices.Get(id, nil)
	if err != nil || !inv.Lines.HasMore {
		return err
	}
	params := &stripe.InvoiceListLinesParams{Invoice: stripe.String(id)}
	params.Limit, params.StartingAfter = stripe.Int64(provider.MaxPage), stripe.String(inv.Lines.Data[len(inv.Lines.Data)-1].ID)
	it := invoices.ListLines(params)
	for it.Next() {
	}
	return it.Err()
}

// TestTheBareSDKMakesTheSameRequests, or the benchmark compares nothing.
func TestTheBareSDKMakesTheSameRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	for _, lines := range []int{3, 250} {
		var counts [2]map[string]int
		for i, way := range []func(*shop) func(provider.IssueRequest) error{issued, bare} {
			s := openShop(t)
			r := s.request(lines)
			r.Send = true
			require.NoError(t, way(s)(r))
			counts[i] = map[string]int{}
			for _, route := range s.requests() {
				counts[i][route]++
			}
		}
		require.Equal(t, counts[0], counts[1])
	}
}
