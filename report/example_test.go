package report_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// exampleStatement is the month of an account with two tenants.
func exampleStatement() (*usage.Statement, error) {
	month, err := civil.Month(2026, time.October, time.UTC)
	if err != nil {
		return nil, err
	}
	since := func(d int) usage.Interval { return usage.Days(civil.MustDate(2026, time.October, d), civil.Date{}) }
	return usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Holdings"},
		Period:  month,
		Plan: usage.Plan{
			Name: "Business", Currency: "EUR",
			Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("6.20", "EUR")},
		},
		Tenants: func(yield func(usage.Tenant, error) bool) {
			_ = yield(usage.Tenant{ID: "t1", Name: "Acme Oslo", Users: usageRecords(
				usage.Record{User: "u1", Name: "Ada", Address: "ada@acme.example", Covered: since(1)},
				usage.Record{User: "u2", Name: "=Bob", Address: "bob@acme.example", Covered: since(17)},
			)}, nil) && yield(usage.Tenant{ID: "t2", Name: "Acme Rome", Users: usageRecords(
				usage.Record{User: "u3", Name: "Cleo", Address: "cleo@acme.example", Covered: since(1)},
			)}, nil)
		},
	})
}

func usageRecords(records ...usage.Record) func(func(usage.Record, error) bool) {
	return func(yield func(usage.Record, error) bool) {
		for record := range slices.Values(records) {
			if !yield(record, nil) {
				return
			}
		}
	}
}

func ExampleWorkbook() {
	st, err := exampleStatement()
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := report.Workbook(context.Background(), io.Discard, st, report.Options{
		Visible: func(tenantID string) bool { return tenantID != "t2" }, // what this reader may see
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.FileName(st, "xlsx"), "has", result.Tabs, "tabs and", result.Rows, "users")
	fmt.Println("partial:", result.Partial, "hidden:", result.Hidden, "shown:", result.Shown, "of", st.Total)
	// Output:
	// usage-acme-2026-10.xlsx has 2 tabs and 2 users
	// partial: true hidden: 1 shown: 9.20 EUR of 15.40 EUR
}

func ExampleCSV() {
	st, err := exampleStatement()
	if err != nil {
		fmt.Println(err)
		return
	}
	var file strings.Builder
	if _, err := report.CSV(context.Background(), &file, st, report.Options{}); err != nil {
		fmt.Println(err)
	}
	fmt.Print(strings.ReplaceAll(file.String(), "\r\n", "\n"))
	// Output:
	// account,period,status,kind,tenant,tenant_name,group,project,project_name,item,user,name,address,first_day,last_day,covered,of,stretches,used,included,overage,unit_price,amount,currency
	// acme,2026-10,final,user,t1,Acme Oslo,,,,,u1,Ada,ada@acme.example,2026-10-01,2026-10-31,31,31,1,,,,6.20,6.20,EUR
	// acme,2026-10,final,user,t1,Acme Oslo,,,,,u2,'=Bob,bob@acme.example,2026-10-17,2026-10-31,15,31,1,,,,6.20,3.00,EUR
	// acme,2026-10,final,user,t2,Acme Rome,,,,,u3,Cleo,cleo@acme.example,2026-10-01,2026-10-31,31,31,1,,,,6.20,6.20,EUR
	// acme,2026-10,final,end,,,,,,3,,,,,,,,,,,,,,EUR
}

func ExampleJSONLines() {
	st, err := exampleStatement()
	if err != nil {
		fmt.Println(err)
		return
	}
	st.Tenants = nil // only what belongs to the account itself
	st.Total, err = money.Zero(st.Currency)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := report.JSONLines(context.Background(), os.Stdout, st, report.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"statement","account":{"id":"acme","name":"Acme Holdings"},"period":{"from":"2026-10-01","to":"2026-11-01","zone":"UTC"},"status":"final","plan":"Business","policy":"half_open_days","currency":"EUR","incomplete":false,"partial":false,"hidden":0}
	// {"type":"end","lines":1,"rows":0,"partial":false,"shown":{"amount":"0.00","currency":"EUR"},"total":{"amount":"0.00","currency":"EUR"}}
}
