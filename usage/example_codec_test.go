package usage_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// What was billed is kept as text: its hash names it, and it explains itself in years to come.
func ExampleEncodeStatement() {
	zone, _ := civil.LoadZone("Europe/Berlin")
	october, _ := civil.Month(2026, time.October, zone)
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme"},
		Period:  october,
		Plan:    usage.Plan{Currency: "EUR", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("4.30", "EUR")}},
		Tenants: func(yield func(usage.Tenant, error) bool) {
			yield(usage.Tenant{ID: "hq", Users: func(yield func(usage.Record, error) bool) {
				yield(usage.Record{User: "u1", Name: "Ada", Covered: usage.Days(civil.MustDate(2026, time.October, 11), civil.Date{})}, nil)
			}}, nil)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var text bytes.Buffer
	if err := usage.EncodeStatement(&text, st); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Split(text.String(), "\n")[3])
	hash := sha256.Sum256(text.Bytes())

	kept, err := usage.DecodeStatement(&text)
	if err != nil {
		fmt.Println(err)
		return
	}
	var again bytes.Buffer
	if err := usage.EncodeStatement(&again, kept); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kept.Total, hash == sha256.Sum256(again.Bytes()))
	// Output:
	// ["u1","Ada","",21,291,10,31]
	// 2.91 EUR true
}
