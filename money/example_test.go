package money_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/billhatch/billhatch/money"
)

// A seat at 4.00 USD a month, covered for 17 of 31 days, three times.
func Example() {
	price := money.MustParse("4.00", "USD")
	row, err := price.MulRat(17, 31, money.HalfUp)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := money.Sum("USD", row, row, row)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(row, total)
	// Output: 2.19 USD 6.57 USD
}

func ExampleAmount_Allocate() {
	total := money.MustParse("100.00", "USD")
	parts, err := total.Allocate(1, 1, 1)
	fmt.Println(parts, err)
	// Output: [33.34 USD 33.33 USD 33.33 USD] <nil>
}

// A total that was rounded once is shared over the exact amounts that it was made of.
func ExampleAmount_AllocateRat() {
	total := money.MustParse("3.87", "USD")
	parts, err := total.AllocateRat(big.NewRat(68, 31), big.NewRat(40, 31), big.NewRat(12, 31))
	fmt.Println(parts, err)
	// Output: [2.19 USD 1.29 USD 0.39 USD] <nil>
}

func ExampleAmount_Display() {
	a := money.MustParse("-1234.5", "EUR")
	for _, locale := range []string{"en", "ja", "nl"} {
		fmt.Println(a.Display(locale))
	}
	// Output:
	// -€1,234.50
	// -€1,234.50
	// -EUR 1,234.50
}

func ExampleParse() {
	_, err := money.Parse("1e2147483647", "USD")
	fmt.Println(err, errors.Is(err, money.ErrInvalidNumber))
	// Output: money: invalid number "1e2147483647": exponent beyond 18 true
}

func ExampleAmount_MarshalJSON() {
	b, err := json.Marshal(money.MustParse("0.0035", "USD"))
	fmt.Println(string(b), err)
	// Output: {"amount":"0.0035","currency":"USD"} <nil>
}
