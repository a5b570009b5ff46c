package memory_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

func TestTheTableOfStatusTransitions(t *testing.T) {
	t.Parallel()
	moves := map[invoice.Status]func(*memory.World, string) error{
		invoice.Paid:          (*memory.World).Pay,
		invoice.Void:          (*memory.World).Void,
		invoice.Uncollectible: (*memory.World).GiveUp,
	}
	allowed := map[invoice.Status][]invoice.Status{
		invoice.Open:          {invoice.Paid, invoice.Void, invoice.Uncollectible},
		invoice.Uncollectible: {invoice.Paid, invoice.Void},
	}
	for _, from := range []invoice.Status{invoice.Draft, invoice.Open, invoice.Paid, invoice.Void, invoice.Uncollectible, invoice.Unknown} {
		for to, move := range moves {
			t.Run(fmt.Sprintf("from %s to %s", from, to), func(t *testing.T) {
				t.Parallel()
				world := memory.New()
				acme := world.AddAccount(provider.Account{})
				id := world.AddInvoice(acme.ID, invoice.Invoice{}).ID
				world.SetStatus(id, from)
				err := move(world, id)
				can := false
				for _, s := range allowed[from] {
					can = can || s == to
				}
				if !can {
					require.ErrorIs(t, err, provider.ErrConflict)
					return
				}
				require.NoError(t, err)
				inv, err := world.Payments().Invoice(t.Context(), acme.Customer, id)
				require.NoError(t, err)
				require.Equal(t, to, inv.Status)
				due, err := inv.AmountDue()
				require.NoError(t, err)
				require.True(t, due.IsZero())
			})
		}
	}
}

func TestVoidingAgainDoesNothing(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	id, second := world.AddInvoice(acme.ID, invoice.Invoice{}).ID, world.AddInvoice(acme.ID, invoice.Invoice{}).ID
	for range 2 {
		inv, err := world.Payments().Void(t.Context(), acme.Customer, id, "k")
		require.NoError(t, err)
		require.Equal(t, invoice.Void, inv.Status)
	}
	require.Len(t, world.Webhooks(), 1)
	_, err := world.Payments().Void(t.Context(), acme.Customer, second, "k")
	require.ErrorIs(t, err, provider.ErrConflict, "the key belongs to the first invoice")
}

func TestCreditsTakeAtMostWhatIsLeft(t *testing.T) {
	t.Parallel()
	credit := func(world *memory.World, customer, id, amount, key string) error {
		_, err := world.Payments().Credit(t.Context(), provider.CreditRequest{
			Customer: customer, Invoice: id, Amount: usd(amount), Reason: "outage", Key: key,
		})
		return err
	}
	t.Run("off an open invoice until nothing is due", func(t *testing.T) {
		t.Parallel()
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		id := world.AddInvoice(acme.ID, invoice.Invoice{}).ID
		require.NoError(t, credit(world, acme.Customer, id, "60", "a"))
		require.NoError(t, credit(world, acme.Customer, id, "60", "a"), "the same key credits once")
		inv, err := world.Payments().Invoice(t.Context(), acme.Customer, id)
		require.NoError(t, err)
		due, err := inv.AmountDue()
		require.NoError(t, err)
		require.Equal(t, "40.00 USD", due.String())
		require.Equal(t, "100.00 USD", inv.Total.String())
		require.ErrorIs(t, credit(world, acme.Customer, id, "40.01", "b"), provider.ErrInvalid)
		require.NoError(t, credit(world, acme.Customer, id, "40", "b"))
		inv, err = world.Payments().Invoice(t.Context(), acme.Customer, id)
		require.NoError(t, err)
		require.Equal(t, invoice.Paid, inv.Status)
		require.ErrorIs(t, credit(world, acme.Customer, id, "0.01", "c"), provider.ErrInvalid)
	})
	t.Run("off a paid invoice until nothing is left of it", func(t *testing.T) {
		t.Parallel()
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		id := world.AddInvoice(acme.ID, invoice.Invoice{Status: invoice.Paid}).ID
		require.NoError(t, credit(world, acme.Customer, id, "99", "a"))
		require.ErrorIs(t, credit(world, acme.Customer, id, "1.01", "b"), provider.ErrInvalid)
		require.NoError(t, credit(world, acme.Customer, id, "1", "b"))
	})
	t.Run("not of a void invoice, of nothing, of parts of a cent, or in another currency", func(t *testing.T) {
		t.Parallel()
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		id, void := world.AddInvoice(acme.ID, invoice.Invoice{}).ID, world.AddInvoice(acme.ID, invoice.Invoice{}).ID
		require.NoError(t, world.Void(void))
		require.ErrorIs(t, credit(world, acme.Customer, void, "1", "a"), provider.ErrInvalid)
		require.ErrorIs(t, credit(world, acme.Customer, id, "0", "b"), provider.ErrInvalid)
		require.ErrorIs(t, credit(world, acme.Customer, id, "-1", "c"), provider.ErrInvalid)
		require.ErrorIs(t, credit(world, acme.Customer, id, "0.001", "d"), provider.ErrInvalid)
		require.ErrorIs(t, credit(world, acme.Customer, id, "1", ""), provider.ErrInvalid)
		_, err := world.Payments().Credit(t.Context(), provider.CreditRequest{
			Customer: acme.Customer, Invoice: id, Amount: money.MustParse("1", "EUR"), Key: "e",
		})
		require.ErrorIs(t, err, provider.ErrInvalid)
		require.NoError(t, credit(world, acme.Customer, id, "1", "f"))
		require.ErrorIs(t, credit(world, acme.Customer, id, "2", "f"), provider.ErrConflict, "the key with another amount")
	})
}

// Whatever is credited and paid in whatever order, credits never exceed the total.
func TestCreditsNeverExceedTheTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		id := world.AddInvoice(acme.ID, invoice.Invoice{}).ID
		var sum int64
		for i := range rapid.IntRange(1, 20).Draw(r, "n") {
			if rapid.IntRange(0, 9).Draw(r, "pay") == 0 {
				_ = world.Pay(id)
			}
			minor := rapid.Int64Range(-5, 6000).Draw(r, "minor")
			amount, err := money.FromMinor(minor, "USD")
			require.NoError(r, err)
			_, err = world.Payments().Credit(t.Context(), provider.CreditRequest{
				Customer: acme.Customer, Invoice: id, Amount: amount, Key: fmt.Sprint(i),
			})
			if err == nil {
				require.Positive(r, minor)
				sum += minor
			} else {
				require.ErrorIs(r, err, provider.ErrInvalid)
				require.True(r, minor <= 0 || sum+minor > 10_000, "%d after %d was refused", minor, sum)
			}
			require.LessOrEqual(r, sum, int64(10_000))
		}
	})
}

func TestOneOfManyChangesOfAnEmailWins(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	before, err := world.Payments().Customer(t.Context(), acme.Customer)
	require.NoError(t, err)
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			_, err := world.Payments().UpdateEmail(t.Context(), provider.EmailChange{
				Customer: acme.Customer, Expected: before.Email, New: email(t, fmt.Sprintf("a%d@acme.example", i)), Key: fmt.Sprint(i),
			})
			if err == nil {
				won.Add(1)
			} else if errors.Is(err, provider.ErrConflict) {
				lost.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.EqualValues(t, 31, lost.Load())
}

func TestChangesOfAnEmail(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.SetEmail(acme.ID, "")
	change := func(expected, to, key string) error {
		c := provider.EmailChange{Customer: acme.Customer, Key: key}
		if expected != "" {
			c.Expected = email(t, expected)
		}
		if to != "" {
			c.New = email(t, to)
		}
		_, err := world.Payments().UpdateEmail(t.Context(), c)
		return err
	}
	require.ErrorIs(t, change("", "", "0"), provider.ErrInvalid)
	require.NoError(t, change("", "a@acme.example", "1"), "there was none")
	require.ErrorIs(t, change("", "b@acme.example", "2"), provider.ErrConflict, "there is one now")
	require.NoError(t, change("x@acme.example", "a@acme.example", "3"), "the same address does nothing")
	require.NoError(t, change("A@Acme.example", "b@acme.example", "4"), "case does not matter")
	require.NoError(t, change("A@Acme.example", "b@acme.example", "4"), "the same key changes once")
	require.ErrorIs(t, change("b@acme.example", "c@acme.example", "4"), provider.ErrConflict, "the key was used")
	require.NoError(t, change("b@acme.example", "a@acme.example", "5"))
	require.ErrorIs(t, change("A@Acme.example", "b@acme.example", "4"), provider.ErrConflict, "done once, and undone since")
	require.Len(t, world.Webhooks(), 3)
}
