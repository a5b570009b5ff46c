package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// A host mounts the billing area beside its own pages and tells who is signed in.
func Example() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{ID: "acme", Name: "Acme"})
	people := map[string]rbac.Principal{
		"ada": {ID: "ada", Account: acme.ID, Roles: []rbac.Role{rbac.ClientAdmin}},
		"bob": {ID: "bob", Account: acme.ID, Roles: []rbac.Role{rbac.ClientStaff}},
	}
	engine, err := rbac.New(rbac.ClientPolicy())
	if err != nil {
		fmt.Println(err)
		return
	}
	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now,
		Authority: func(_ context.Context, id string) (rbac.Principal, error) { return people[id], nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	area, err := portal.New(service, portal.Config{
		Identify: func(r *http.Request) (rbac.Principal, error) { return people[r.Header.Get("Signed-In")], nil },
		Clock:    time.Now,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer area.Close(context.Background()) //nolint:errcheck // no report is being written
	mux := http.NewServeMux()
	mux.Handle(area.Pattern(), area)

	for _, who := range []string{"ada", "bob", ""} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/billing/payment-methods", nil)
		r.Header.Set("Signed-In", who)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		_, title, _ := strings.Cut(string(body), "<h1")
		_, title, _ = strings.Cut(title, ">")
		title, _, _ = strings.Cut(title, "</h1>")
		fmt.Printf("%q: %d %s\n", who, w.Code, title)
	}
	// Output:
	// "ada": 200 Payment methods
	// "bob": 403 Billing is for administrators
	// "": 401 Please sign in
}
