package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

func TestAnOpenInvoiceShowsEverythingThatIsNeededToPayAndBookIt(t *testing.T) {
	t.Parallel()
	result, pages := render(t, pdf.Options{Logo: picture(t, 360, 92)}, sample(3, "EUR"))
	require.Equal(t, pdf.Result{Pages: 1}, result)
	all := text(pages)
	for _, want := range []string{
		"INVOICE", "Invoice number\n2026-0042", "Issue date\n1\u00a0Dec\u00a02026", "Due date\n31\u00a0Dec\u00a02026",
		"Billing period\n1\u00a0Nov\u00a02026 – 30\u00a0Nov\u00a02026", "Terms\nNet 30", "Reference\nPO 4500018273", "Currency\nEUR",
		"From\nNorthwind Software GmbH\nTorstraße 140\n10119 Berlin\nGermany\nbilling@northwind.example\nVAT DE123456789",
		"Bill to\nŁódź University Press\nul. Piotrkowska 12\n90-001 Łódź\nPoland\naccounts@press.example\nVAT PL5252344078",
		"Description\nQuantity\nUnit price\nAmount",
		"12\n€3.00\n€36.00\nTenant campus-1, covered users, Standard plan",
		"Subtotal\n€117.00", "VAT 19% on €117.00\n€22.23", "Total\n€139.23", "Amount due\n€139.23",
		"Payment\nPlease pay by bank transfer to IBAN DE02 1203 0000 0000 2020 51.\nState the invoice number.",
		"Page 1 of 1\nNorthwind Software GmbH",
	} {
		require.Contains(t, all, want)
	}
	require.NotContains(t, all, "Paid")
	require.NotContains(t, all, "forward")
}

func TestTheStatusDecidesWhatIsDemanded(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*invoice.Invoice)
		has    []string
		lacks  []string
	}{
		{"a draft is no demand for payment", func(inv *invoice.Invoice) {
			inv.Status, inv.Number, inv.Issued = invoice.Draft, "", civil.Date{}
		}, []string{"DRAFT – not a demand for payment", "Total\n€139.23"}, []string{"Amount due", "Due date", "Invoice number"}},
		{
			"a void invoice says that it must not be paid", func(inv *invoice.Invoice) { inv.Status = invoice.Void },
			[]string{"VOID – this invoice has been cancelled, do not pay it"},
			[]string{"Amount due"},
		},
		{
			"an invoice that was given up expects nothing", func(inv *invoice.Invoice) { inv.Status = invoice.Uncollectible },
			[]string{"CLOSED – no payment is expected"},
			[]string{"Amount due"},
		},
		{
			"a status that is not known is not taken for paid", func(inv *invoice.Invoice) { inv.Status = invoice.Unknown },
			[]string{"STATUS UNKNOWN – ask before you pay"},
			[]string{"Amount due", "PAID"},
		},
		{"a paid invoice is settled", func(inv *invoice.Invoice) {
			inv.Status, inv.Paid, inv.PaidOn = invoice.Paid, inv.Total, civil.MustDate(2026, time.December, 20)
		}, []string{"PAID – thank you", "Paid on\n20\u00a0Dec\u00a02026", "Paid\n-€139.23", "Amount due\n€0.00"}, nil},
		{
			"a part that was paid is taken off", func(inv *invoice.Invoice) { inv.Paid = money.MustParse("39.23", "EUR") },
			[]string{"Paid\n-€39.23", "Amount due\n€100.00"},
			[]string{"PAID"},
		},
		{
			"what was credited stands apart from what was paid", func(inv *invoice.Invoice) {
				inv.Credited, inv.Paid = money.MustParse("30.00", "EUR"), money.MustParse("9.23", "EUR")
			},
			[]string{"Credited\n-€30.00", "Paid\n-€9.23", "Amount due\n€100.00"},
			[]string{"PAID"},
		},
		{
			"no days mean due on receipt", func(inv *invoice.Invoice) { inv.Terms = must(invoice.Net(0)) },
			[]string{"Terms\nDue on receipt", "Due date\n1\u00a0Dec\u00a02026"},
			nil,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := sample(3, "EUR")
			c.change(inv)
			_, pages := render(t, pdf.Options{}, inv)
			for _, want := range c.has {
				require.Contains(t, text(pages), want)
			}
			for _, bad := range c.lacks {
				require.NotContains(t, text(pages), bad)
			}
		})
	}
}

func TestTheMarkStandsOnEveryPage(t *testing.T) {
	t.Parallel()
	inv := sample(80, "EUR")
	inv.Status = invoice.Draft
	_, pages := render(t, pdf.Options{}, inv)
	require.Greater(t, len(pages), 2)
	for _, p := range pages {
		require.Contains(t, p.String(), "DRAFT – not a demand for payment")
	}
}

func TestManyLinesBreakOverPagesWithCarriedTotals(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 14, 15, 16, 17, 18, 19, 20, 21, 60, 250} {
		inv := sample(n, "EUR")
		_, pages := render(t, pdf.Options{}, inv)
		sum, line := must(money.Zero("EUR")), 0
		for i, p := range pages {
			require.Contains(t, p, lastWord(p, "Page "+strconv.Itoa(i+1)+" of "+strconv.Itoa(len(pages))))
			if i > 0 {
				require.Equal(t, sum.Display("en"), p.after("Amount")[0], "brought forward on page %d of %d lines", i+1, n)
				require.Equal(t, "Brought forward", p.after("Amount")[1])
			}
			for line < n && strings.Contains(p.String()+"\n", "Tenant campus-"+strconv.Itoa(line+1)+",") {
				sum = must(sum.Add(inv.Lines[line].Amount))
				line++
			}
			if i+1 < len(pages) {
				require.Equal(t, "Carried forward", p.after(sum.Display("en"))[0], "page %d of %d lines", i+1, n)
			}
		}
		require.Equal(t, n, line, "every line is printed once")
		require.Equal(t, inv.Subtotal.Display("en"), pages[len(pages)-1].after("Subtotal")[0])
		if n == 0 {
			require.Contains(t, text(pages), "No charges in this period")
		}
	}
}

func lastWord(p page, want string) word {
	for _, w := range p {
		if w.text == want {
			return w
		}
	}
	return word{}
}

func TestADescriptionLongerThanAPageIsPrintedWhole(t *testing.T) {
	t.Parallel()
	inv := sample(3, "EUR")
	inv.Lines[1].Description = strings.Repeat("Wort ", 3000) + "Ende"
	_, pages := render(t, pdf.Options{}, inv)
	require.Greater(t, len(pages), 3)
	require.Equal(t, 3000, strings.Count(text(pages), "Wort"))
	require.Contains(t, text(pages), "Ende")
	require.Equal(t, "€75.00", pages[1].after("Amount")[0], "its amount is carried from the page where it stands")
}

func TestAWordWithoutSpacesIsBrokenAndNotCut(t *testing.T) {
	t.Parallel()
	inv := sample(1, "EUR")
	inv.Lines[0].Description = strings.Repeat("Donaudampfschifffahrt", 40)
	_, pages := render(t, pdf.Options{}, inv)
	require.Contains(t, strings.ReplaceAll(text(pages), "\n", ""), inv.Lines[0].Description)
}

func TestAmountsKeepEveryDigit(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, currency, amount, want string }{
		{"yen have no decimals", "JPY", "1234567", "¥1,234,567"},
		{"dinars have three", "KWD", "1234.5", "KWD\u00a01,234.500"},
		{"the smallest amount", "EUR", "0.01", "€0.01"},
		{"a credit", "EUR", "-1234.5", "-€1,234.50"},
		{"thirty-four digits", "EUR", "99999999999999999999999999999999.99", "€99,999,999,999,999,999,999,999,999,999,999.99"},
		{"the largest magnitude", "EUR", "9" + strings.Repeat("0", 51), "€9" + strings.Repeat(",000", 17) + ".00"},
		{"a sign that the face lacks becomes the code", "INR", "1200", "INR\u00a01,200.00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := sample(1, c.currency)
			inv.Lines[0].Amount = money.MustParse(c.amount, c.currency)
			inv.Lines[0].Unit = inv.Lines[0].Amount
			settle(inv, "")
			result, pages := render(t, pdf.Options{}, inv)
			require.Empty(t, result.Warnings)
			count := 0
			for _, w := range pages[0].after("Amount") {
				if w == c.want {
					count++
				}
			}
			require.Equal(t, 5, count, "unit, amount, subtotal, total, due, each on one line")
		})
	}
}

func TestAmountsEndAtTheSameRightEdge(t *testing.T) {
	t.Parallel()
	inv := sample(0, "EUR")
	for _, amount := range []string{"1", "11.11", "-100000", "7654321.09"} {
		inv.Lines = append(inv.Lines, invoice.Line{Description: "x", Amount: money.MustParse(amount, "EUR")})
	}
	_, pages := render(t, pdf.Options{}, settle(inv, ""))
	// Digits of Liberation Sans are 556/1000 wide, comma and point 278, hyphen 333, at 9.5 points.
	for _, want := range []struct {
		text  string
		width float64
	}{{"€1.00", 4*556 + 278}, {"€11.11", 5*556 + 278}, {"-€100,000.00", 9*556 + 2*278 + 333}, {"€7,654,321.09", 10*556 + 3*278}} {
		w := lastWord(pages[0], want.text)
		require.InDelta(t, 595.28-48, w.x+want.width*9.5/1000, 0.02, want.text)
	}
}

func TestTheLocaleAndTheLabelsAreTheHosts(t *testing.T) {
	t.Parallel()
	inv := sample(2, "EUR")
	inv.Lines[0].Quantity = decimal.RequireFromString("1234.5")
	_, pages := render(t, pdf.Options{Page: pdf.Letter, Locale: "de-DE", Accent: "#0F766E", Labels: pdf.Labels{
		Title: "RECHNUNG", Page: "Seite {page} von {pages}", NetTerms: "{days} Tage netto", Tax: "{name} {rate} % auf {base}",
	}}, inv)
	for _, want := range []string{
		"RECHNUNG", "Seite 1 von 1", "30 Tage netto", "31.12.2026", "1.234,5", "36,00\u00a0€",
		"VAT 19 % auf 75,00\u00a0€", "Amount due",
	} {
		require.Contains(t, text(pages), want)
	}
	for locale, date := range map[string]string{
		"en-US": "Dec\u00a01, 2026", "en-GB": "1\u00a0Dec\u00a02026", "fr": "01/12/2026", "ja-JP": "2026/12/01", "sv": "2026-12-01",
	} {
		_, pages := render(t, pdf.Options{Locale: locale}, sample(1, "USD"))
		require.Contains(t, text(pages), "Issue date\n"+date, locale)
	}
}

func TestTheSameInvoiceGivesTheSameBytesInEveryRendererAndGoroutine(t *testing.T) {
	t.Parallel()
	o := pdf.Options{Logo: picture(t, 90, 30)}
	inv := sample(40, "EUR")
	var want bytes.Buffer
	_, err := must(pdf.New(o)).Render(context.Background(), &want, inv)
	require.NoError(t, err)
	r := must(pdf.New(o))
	var group sync.WaitGroup
	got := make([]bytes.Buffer, 8)
	for i := range got {
		group.Go(func() { _, _ = r.Render(context.Background(), &got[i], inv) })
	}
	group.Wait()
	for i := range got {
		require.True(t, bytes.Equal(want.Bytes(), got[i].Bytes()), "goroutine %d", i)
	}
	require.Contains(t, want.String(), "/CreationDate (D:20261201000000)")
	require.Contains(t, want.String(), "/ModDate (D:20261201000000)")
	require.Contains(t, want.String(), "\x00B\x00i\x00l\x00l\x00h\x00a\x00t\x00c\x00h", "producer")
	require.Contains(t, want.String(), "\x00I\x00N\x00V\x00O\x00I\x00C\x00E\x00 \x002\x000\x002\x006\x00-\x000\x000\x004\x002", "title")
	require.Contains(t, want.String(), "/Lang (en)")
}

func TestFiguresThatDoNotFitTogetherAreRefusedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*invoice.Invoice)
		kind   error
	}{
		{"a subtotal that is not the sum of the lines", func(inv *invoice.Invoice) { inv.Subtotal = inv.Total }, pdf.ErrInvoice},
		{"a total that is not subtotal and taxes", func(inv *invoice.Invoice) { inv.Total = inv.Subtotal }, pdf.ErrInvoice},
		{"a missing total", func(inv *invoice.Invoice) { inv.Total = money.Amount{} }, pdf.ErrInvoice},
		{"a missing amount", func(inv *invoice.Invoice) { inv.Lines[1].Amount = money.Amount{} }, pdf.ErrInvoice},
		{"an amount in another currency", func(inv *invoice.Invoice) { inv.Lines[1].Amount = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a unit price in another currency", func(inv *invoice.Invoice) { inv.Lines[1].Unit = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a tax in another currency", func(inv *invoice.Invoice) { inv.Taxes[0].Amount = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a base in another currency", func(inv *invoice.Invoice) { inv.Taxes[0].Base = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a credit in another currency", func(inv *invoice.Invoice) { inv.Credited = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a payment in another currency", func(inv *invoice.Invoice) { inv.Paid = money.MustParse("1", "USD") }, pdf.ErrInvoice},
		{"a currency that is none", func(inv *invoice.Invoice) { inv.Currency = "XYZ" }, pdf.ErrInvoice},
		{"a quantity of a million digits", func(inv *invoice.Invoice) { inv.Lines[0].Quantity = decimal.New(1, 1_000_000) }, pdf.ErrInvoice},
		{"a rate of a million digits", func(inv *invoice.Invoice) { inv.Taxes[0].Rate = decimal.New(1, -1_000_000) }, pdf.ErrInvoice},
		{"the name of a tax that fills a page", func(inv *invoice.Invoice) { inv.Taxes[0].Name = strings.Repeat("x", 201) }, pdf.ErrInvoice},
		{"an address that fills the page", func(inv *invoice.Invoice) {
			inv.Customer.Lines = make([]string, 0)
			inv.Customer.Name = strings.Repeat("name ", 500)
		}, pdf.ErrTooLarge},
		{"a note of thousands of pages", func(inv *invoice.Invoice) { inv.Note = strings.Repeat("\n.", 100_000) }, pdf.ErrTooLarge},
		{"megabytes of text", func(inv *invoice.Invoice) { inv.Lines[0].Description = strings.Repeat("x", pdf.MaxText+1) }, pdf.ErrTooLarge},
		{"too many lines", func(inv *invoice.Invoice) { inv.Lines = make([]invoice.Line, pdf.MaxLines+1) }, pdf.ErrTooLarge},
		{"too many taxes", func(inv *invoice.Invoice) { inv.Taxes = make([]invoice.Tax, pdf.MaxTaxes+1) }, pdf.ErrTooLarge},
	}
	r := must(pdf.New(pdf.Options{}))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := sample(3, "EUR")
			c.change(inv)
			var out bytes.Buffer
			result, err := r.Render(context.Background(), &out, inv)
			require.ErrorIs(t, err, c.kind)
			var typed *pdf.Error
			require.ErrorAs(t, err, &typed)
			require.Zero(t, result)
			require.Zero(t, out.Len())
			require.NotContains(t, err.Error(), "Łódź", "no name in a message")
		})
	}
	_, err := r.Render(context.Background(), io.Discard, nil)
	require.ErrorIs(t, err, pdf.ErrInvoice)
}

func TestManyTaxesGoOverThePage(t *testing.T) {
	t.Parallel()
	inv := sample(1, "EUR")
	for len(inv.Taxes) < pdf.MaxTaxes {
		inv.Taxes = append(inv.Taxes, invoice.Tax{Name: strings.Repeat("Tax ", 40), Amount: money.MustParse("0", "EUR")})
	}
	_, pages := render(t, pdf.Options{}, inv)
	require.Greater(t, len(pages), 2)
	require.Equal(t, 40*(pdf.MaxTaxes-1), strings.Count(text(pages), "Tax"))
	for _, p := range pages {
		for _, w := range p {
			require.Greater(t, w.y, 20.0, "%q stands on the page", w.text)
		}
	}
}

func TestACancelledContextStopsTheWork(t *testing.T) {
	t.Parallel()
	r := must(pdf.New(pdf.Options{}))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	_, err := r.Render(ctx, &out, sample(1, "EUR"))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, out.Len())
}

// stopAfter is a context that ends when it has been asked a number of times.
type stopAfter struct {
	context.Context
	left int
}

func (c *stopAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestAContextThatEndsDuringTheWorkStopsItAtAnyPoint(t *testing.T) {
	t.Parallel()
	r := must(pdf.New(pdf.Options{}))
	inv := sample(30, "EUR")
	for n := 0; ; n++ {
		var out bytes.Buffer
		_, err := r.Render(&stopAfter{context.Background(), n}, &out, inv)
		if err == nil {
			require.Greater(t, n, 30, "asked at least once per line")
			return
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, out.Len())
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write(p []byte) (int, error) { return len(p) / 2, w.err }

func TestAWriterThatFailsIsReported(t *testing.T) {
	t.Parallel()
	r := must(pdf.New(pdf.Options{}))
	full := errors.New("disk full")
	_, err := r.Render(context.Background(), brokenWriter{full}, sample(1, "EUR"))
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, err, pdf.ErrWrite)
	_, err = r.Render(context.Background(), brokenWriter{}, sample(1, "EUR"))
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.ErrorIs(t, err, pdf.ErrWrite)
}
