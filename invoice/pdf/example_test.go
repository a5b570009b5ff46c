package pdf_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

func ExampleRenderer_Render() {
	renderer, err := pdf.New(pdf.Options{Locale: "en-US", Page: pdf.Letter, Accent: "#0f766e"})
	if err != nil {
		fmt.Println(err)
		return
	}
	inv := &invoice.Invoice{
		Number: "2026-0042", Status: invoice.Open, Currency: "USD",
		Issued:   civil.MustDate(2026, time.December, 1),
		Seller:   invoice.Party{Name: "Northwind Software Inc."},
		Customer: invoice.Party{Name: "Yoshinoya 吉野家"},
		Lines: []invoice.Line{{
			Description: "12 users, Standard plan", Quantity: decimal.NewFromInt(12),
			Unit: money.MustParse("3", "USD"), Amount: money.MustParse("36", "USD"),
		}},
		Subtotal: money.MustParse("36", "USD"),
		Total:    money.MustParse("36", "USD"),
	}
	var document bytes.Buffer
	result, err := renderer.Render(context.Background(), &document, inv)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, pages: %d\n", document.Bytes()[:5], result.Pages)
	for _, w := range result.Warnings {
		fmt.Println(w)
	}
	// Output:
	// %PDF-, pages: 1
	// replaced U+5409 once
	// replaced U+91CE once
	// replaced U+5BB6 once
}
