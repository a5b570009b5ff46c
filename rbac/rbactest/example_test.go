package rbactest_test

import (
	"fmt"
	"testing"

	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// A host checks its own authorizer against what it expects, written down apart from it.
func Example() {
	auditorsOnly := rbac.AuthorizerFunc(func(r rbac.Request) rbac.Decision {
		if r.Relation() != rbac.Own {
			return rbac.Decision{}
		}
		for _, role := range r.Principal.Roles {
			if role == "auditor" && r.Action == rbac.ViewAudit {
				return rbac.Decision{Effect: rbac.Allow}
			}
		}
		return rbac.Decision{Effect: rbac.Forbid}
	})
	_ = func(t *testing.T) { // TestAuthorizer
		rbactest.Run(t, auditorsOnly, rbactest.Walk{Roles: []rbac.Role{"auditor", "clerk"}}, func(c rbactest.Cell) rbac.Effect {
			switch {
			case c.Scope != rbactest.Own, c.Subject.Name == "nobody", c.Subject.Name == "suspended":
				return rbac.Hide
			case c.Subject.Name == "auditor" && c.Action == rbac.ViewAudit:
				return rbac.Allow
			}
			return rbac.Forbid
		})
	}
	n := 0
	for range (rbactest.Walk{Roles: []rbac.Role{"auditor", "clerk"}}).Cells() {
		n++
	}
	fmt.Println(n, "cells")
	// Output:
	// 900 cells
}
