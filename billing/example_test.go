package billing_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// A host's unit test (L1, L4): the fake is a whole payment provider and record store.
func Example() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{ID: "acme", Name: "Acme Inc"})
	world.AddInvoice(acme.ID, invoice.Invoice{Total: usd("120.00")})
	engine, _ := rbac.New(rbac.ClientPolicy())
	ada := rbac.Principal{ID: "ada", Account: "acme", Roles: []rbac.Role{rbac.ClientManager}}

	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now,
		Authority: func(context.Context, string) (rbac.Principal, error) { return ada, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	session := service.Session(ada)
	account, err := session.Account(ctx, "acme")
	if err != nil {
		fmt.Println(err)
		return
	}
	panel, err := account.Invoices(ctx, billing.InvoicesQuery{})
	fmt.Println(panel.State, len(panel.Invoices), panel.Invoices[0].Total, err)

	_, err = account.Recipients(ctx) // Client Managers see only the link
	fmt.Println(errors.Is(err, billing.ErrForbidden))
	_, err = session.Account(ctx, "globex") // somebody else's
	fmt.Println(errors.Is(err, billing.ErrNotFound))
	// Output:
	// ready 1 120.00 USD <nil>
	// true
	// true
}

// A host's own authorizer is one method.
func Example_authorizer() {
	readOnly := rbac.AuthorizerFunc(func(r rbac.Request) rbac.Decision {
		switch {
		case r.Relation() != rbac.Own:
			return rbac.Decision{} // hide
		case r.Action == rbac.ViewUsage || r.Action == rbac.ViewInvoices:
			return rbac.Decision{Effect: rbac.Allow}
		}
		return rbac.Decision{Effect: rbac.Forbid}
	})
	world := memory.New()
	world.AddAccount(provider.Account{ID: "acme"})
	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: readOnly, Clock: world.Now,
		Authority: func(_ context.Context, id string) (rbac.Principal, error) {
			return rbac.Principal{ID: id, Account: "acme"}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	account, _ := service.Session(rbac.Principal{ID: "ada", Account: "acme"}).Account(ctx, "acme")
	fmt.Println(account.Can("Invoices"), account.Can("OpenPortal"))
	panel, err := account.Invoices(ctx, billing.InvoicesQuery{})
	fmt.Println(panel.State, err)
	_, err = account.Portal(ctx)
	fmt.Println(err)
	// Output:
	// true false
	// nothing_yet <nil>
	// billing: Portal: forbidden
}
