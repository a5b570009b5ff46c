package stripefake_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// BenchmarkIssue issues an invoice with ten lines in 14 requests, without a network.
func BenchmarkIssue(b *testing.B) {
	fake := stripefake.New(stripefake.Options{})
	acme := fake.Test().AddCustomer(stripefake.Customer{Email: "billing@acme.example", Currency: "usd"})
	c := newClient(fake)
	send := func(method, path, key string, params ...any) reply {
		r, err := c.send(b.Context(), method, path, key, params...)
		if err != nil || r.status != http.StatusOK {
			b.Fatal(err, r.raw)
		}
		return r
	}
	for n := 0; b.Loop(); n++ {
		send(http.MethodGet, "/v1/invoices", "", "customer", acme.ID, "limit", 10)
		id := send(http.MethodPost, "/v1/invoices", fmt.Sprint(n), "customer", acme.ID, "collection_method", "send_invoice",
			"days_until_due", 30, "metadata[key]", n).id()
		for i := range 10 {
			send(http.MethodPost, "/v1/invoiceitems", fmt.Sprint(n, i), "customer", acme.ID, "invoice", id, "amount", 100)
		}
		send(http.MethodPost, "/v1/invoices/"+id+"/finalize", fmt.Sprint(n, "final"))
		send(http.MethodPost, "/v1/invoices/"+id+"/send", fmt.Sprint(n, "send"))
		fake.ResetRequests()
	}
}

// BenchmarkNew makes a server with one customer, as a simulation does for each of its worlds.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		stripefake.New(stripefake.Options{}).Test().AddCustomer(stripefake.Customer{Email: "billing@acme.example"})
	}
}
