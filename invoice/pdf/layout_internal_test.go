package pdf

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// lay makes the pages of an invoice without drawing them.
func lay(t testing.TB, o Options, inv *invoice.Invoice) *builder {
	t.Helper()
	r, err := New(o)
	require.NoError(t, err)
	b := r.builder(context.Background(), inv)
	require.NoError(t, b.check())
	require.NoError(t, b.layout())
	return b
}

// requireTidy checks that every text lies within the margins and that no text covers another one.
func requireTidy(t require.TestingT, b *builder) {
	type box struct {
		left, right, top, bottom float64
		text                     string
	}
	for n, page := range b.pages {
		var boxes []box
		for _, o := range page {
			if o.kind != opText || strings.TrimSpace(o.str) == "" {
				continue
			}
			width := 0
			for _, r := range o.str {
				f := b.chain.font(o.key)
				width += f.width(f.cmap.glyph(r))
			}
			now := box{o.x, o.x + float64(width)*o.size/1000, o.y - 0.7*o.size, o.y + 0.18*o.size, o.str}
			require.GreaterOrEqual(t, now.left, margin-0.1, "page %d: %q", n+1, o.str)
			require.LessOrEqual(t, now.right, b.right+0.1, "page %d: %q", n+1, o.str)
			require.GreaterOrEqual(t, now.top, margin-12, "page %d: %q", n+1, o.str)
			require.LessOrEqual(t, now.bottom, b.height-20, "page %d: %q", n+1, o.str)
			for _, other := range boxes {
				apart := now.left >= other.right-0.1 || now.right <= other.left+0.1 ||
					now.top >= other.bottom-0.1 || now.bottom <= other.top+0.1
				require.True(t, apart, "page %d: %q covers %q", n+1, now.text, other.text)
			}
			boxes = append(boxes, now)
		}
	}
}

func TestNoTextLeavesThePageOrCoversAnother(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Łongword", 12)
	wide := Labels{}
	wide.Title, wide.Quantity, wide.UnitPrice, wide.Amount = "GUTSCHRIFT UND RECHNUNG ZUGLEICH", "Anzahl der Nutzer im Zeitraum", long, long
	wide.AmountDue, wide.Total, wide.CarriedForward, wide.Due, wide.Period = long+long[:60], long, long, long, long
	wide.Number, wide.Draft, wide.Page, wide.Seller, wide.NoLines = long, long+" "+long[:50], long, long, long
	period, err := civil.Month(2026, time.November, time.UTC)
	require.NoError(t, err)
	for _, o := range []Options{{}, {Page: Letter, Locale: "en-US"}, {Locale: "fr", Labels: wide}, {Locale: "xx"}} {
		for _, amount := range []string{"36", "-1234567.89", "99999999999999999999999999999999.99", "9" + strings.Repeat("0", 51)} {
			for status := invoice.Unknown; status <= invoice.Uncollectible; status++ {
				for _, n := range []int{0, 1, 45} {
					inv := bill(n)
					inv.Status, inv.Period, inv.Reference, inv.PaidOn = status, period, long, inv.Issued
					inv.Seller.Name, inv.Customer.Name = long, strings.Repeat("Name ", 30)
					if n > 0 {
						inv.Lines[0].Amount = money.MustParse(amount, "EUR")
						inv.Lines[0].Unit = inv.Lines[0].Amount
						inv.Lines[0].Quantity = decimal.RequireFromString("1234567890123456.123456789012345678")
						inv.Lines[n/2].Description = strings.Repeat(long, 5)
					}
					sum, err := money.Zero("EUR")
					require.NoError(t, err)
					fits := true
					for _, line := range inv.Lines {
						if sum, err = sum.Add(line.Amount); err != nil {
							fits = false // beyond what an amount can hold
							break
						}
					}
					if !fits {
						continue
					}
					inv.Subtotal, inv.Total, inv.Paid = sum, sum, sum
					inv.Taxes = []invoice.Tax{{Name: long, Rate: decimal.NewFromInt(0), Base: sum, Amount: money.MustParse("0", "EUR")}}
					requireTidy(t, lay(t, o, inv))
				}
			}
		}
	}
}

func TestNoTextLeavesThePageWhateverItIs(t *testing.T) {
	t.Parallel()
	r, err := New(Options{})
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("iW m-/\nŁ日א,.")), 0, 400, -1)
		inv := bill(rapid.IntRange(0, 40).Draw(t, "lines"))
		for i := range inv.Lines {
			inv.Lines[i].Description = words.Draw(t, "description")
		}
		inv.Number, inv.Reference, inv.Note = words.Draw(t, "number"), words.Draw(t, "reference"), words.Draw(t, "note")
		inv.Customer.Name = words.Draw(t, "customer")
		b := r.builder(context.Background(), inv)
		require.NoError(t, b.check())
		if err := b.layout(); err != nil {
			require.ErrorIs(t, err, ErrTooLarge)
			return
		}
		requireTidy(t, b)
	})
}

func TestLinesBreakBetweenWordsWhereTheyCan(t *testing.T) {
	t.Parallel()
	r, err := New(Options{})
	require.NoError(t, err)
	cases := []struct {
		text string
		want []string
	}{
		{"one two three four", []string{"one two", "three four"}},
		{"one-two three", []string{"one-two", "three"}},
		{"well-known/things", []string{"well-", "known/", "things"}},
		{"minus -12345678", []string{"minus", "-12345678"}},
		{"  \n\na  b\n\n", []string{"a  b"}},
		{"a\n\nb", []string{"a", "", "b"}},
		{"WWWWWWWWWWWW", []string{"WWWWW", "WWWWW", "WW"}},
		{"a a\u00a0b\u00a0c\u00a0deee", []string{"a", "a\u00a0b\u00a0c\u00a0deee"}},
	}
	for _, c := range cases {
		require.Equal(t, c.want, r.chain.wrap(c.text, false, 10, 50), "%q", c.text)
	}
	require.Equal(t, []string{"WWWWWi\u0301", "WW"}, r.chain.wrap("WWWWWi\u0301WW", false, 10, 50), "a mark stays with its letter")
	for _, text := range []string{"", "\n", " ", strings.Repeat("a", 100)} {
		require.Equal(t, strings.TrimSpace(text), strings.Join(r.chain.wrap(text, false, 10, 0.01), ""), "%q", text)
	}
}
