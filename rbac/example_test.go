package rbac_test

import (
	"fmt"

	"github.com/billhatch/billhatch/rbac"
)

// The organisation portal's table (O1), and the same without the Sales role.
func ExampleOrganizationPolicy() {
	policy := rbac.OrganizationPolicy()
	table := []rbac.Action{rbac.ViewBillingEmail, rbac.UpdateBillingEmail, rbac.OpenPortal, rbac.DownloadReport}
	fmt.Print(policy.Table(table...))
	fmt.Println()
	fmt.Print(policy.Without(rbac.Sales).Table(table...))
	// Output:
	// action                admin  full_member  sales  billing  external_guest
	// billing_email.view    yes    yes          no     yes      no
	// billing_email.update  yes    no           no     no       no
	// portal.open           yes    no           no     yes      no
	// report.download       yes    yes          no     yes      no
	//
	// action                admin  full_member  billing  external_guest
	// billing_email.view    yes    yes          yes      no
	// billing_email.update  yes    no           no       no
	// portal.open           yes    no           yes      no
	// report.download       yes    yes          yes      no
}

// A role of the host's own, without touching library code.
func ExamplePolicy_With() {
	policy := rbac.OrganizationPolicy().With("auditor", rbac.Own, rbac.ViewAudit, rbac.DownloadReport)
	for _, change := range rbac.OrganizationPolicy().Diff(policy) {
		fmt.Printf("%s %q: %q -> %q\n", change.Role, change.Action, change.Old, change.New)
	}
	engine, err := rbac.New(policy)
	if err != nil {
		fmt.Println(err)
		return
	}
	ada := rbac.Principal{ID: "ada", Roles: []rbac.Role{"auditor"}, Account: "acme"}
	for _, account := range []string{"acme", "globex"} {
		d := engine.Decide(rbac.Request{Principal: ada, Action: rbac.OpenPortal, Account: account})
		fmt.Println(account, d.Effect, d.Rule)
	}
	// Output:
	// auditor "": "" -> "known"
	// auditor "report.download": "no" -> "yes"
	// auditor "audit.view": "no" -> "yes"
	// acme forbid not_granted
	// globex hide scope
}
