package money_test

import (
	"encoding/json"
	"fmt"

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

func ExampleAmount_MarshalJSON() {
	b, err := json.Marshal(money.MustParse("0.0035", "USD"))
	fmt.Println(string(b), err)
	// Output: {"amount":"0.0035","currency":"USD"} <nil>
}
