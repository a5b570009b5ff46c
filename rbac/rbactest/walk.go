package rbactest

import (
	"fmt"
	"iter"
	"testing"

	"github.com/billhatch/billhatch/rbac"
)

// Scope is how the account that is asked for is related to the subject.
type Scope string

// The scopes. Only Own and Assigned can ever be allowed.
const (
	Own              Scope = "own"             // home account of people of a client
	Other            Scope = "other"           // home account of somebody else
	Assigned         Scope = "assigned"        // assigned to the subject's partner organisation
	Unassigned       Scope = "unassigned"      // a client of nobody
	Revoked          Scope = "revoked"         // was assigned to the subject's partner organisation
	OthersAssigned   Scope = "others_assigned" // assigned to another partner organisation
	PartnersOwn      Scope = "partners_own"    // the account of the partner organisation itself
	MissingScope     Scope = "missing"         // no account at all
	NonexistentScope Scope = "nonexistent"     // an account that there is not
	MalformedScope   Scope = "malformed"       // the own account's id in another spelling
)

// Scopes gives all scopes in a fixed order.
func Scopes() []Scope {
	return []Scope{
		Own, Other, Assigned, Unassigned, Revoked, OthersAssigned, PartnersOwn, MissingScope, NonexistentScope, MalformedScope,
	}
}

// AccountOf is the id of the account of a scope. [Home] is the home account of people of a client.
func (s Scope) AccountOf() string {
	switch s {
	case Own:
		return Home
	case MissingScope:
		return ""
	case MalformedScope:
		return "ACME "
	}
	return "account-" + string(s)
}

// Ids of the world that is walked.
const (
	Home         = "acme"      // home account of people of a client
	Partner      = "partner-1" // partner organisation of people of a partner
	OtherPartner = "partner-2"
)

// Resource says where a thing lies that an act is about, such as an invoice.
type Resource string

// The resources. An authorizer does not see them; a stack on top of it does.
const (
	InTarget    Resource = "in_target"   // belongs to the account that is asked for
	Elsewhere   Resource = "elsewhere"   // belongs to another account
	Nonexistent Resource = "nonexistent" // there is none with this id
	Malformed   Resource = "malformed"   // the id cannot be one
)

// Resources gives all resources in a fixed order.
func Resources() []Resource { return []Resource{InTarget, Elsewhere, Nonexistent, Malformed} }

// Subject is who is asking.
type Subject struct {
	Name      string // the role, or what the subject is instead
	Principal rbac.Principal
}

// Cell is one combination.
type Cell struct {
	Subject  Subject
	Action   rbac.Action
	Scope    Scope
	Resource Resource
	Request  rbac.Request
}

// String names the cell.
func (c Cell) String() string {
	return fmt.Sprintf("%s does %s, account %s, thing %s", c.Subject.Name, c.Action, c.Scope, c.Resource)
}

// Walk says what is walked.
type Walk struct {
	Roles        []rbac.Role   // of people of a client: they have a home account
	PartnerRoles []rbac.Role   // of people of a partner organisation
	Actions      []rbac.Action // nil: all
	Resources    []Resource    // nil: only InTarget
}

// Subjects gives a subject for every role, and four who have none that counts.
func (w Walk) Subjects() []Subject {
	var out []Subject
	for _, role := range w.Roles {
		out = append(out, Subject{string(role), rbac.Principal{ID: "user-" + string(role), Account: Home, Roles: []rbac.Role{role}}})
	}
	for _, role := range w.PartnerRoles {
		out = append(out, Subject{string(role), rbac.Principal{ID: "user-" + string(role), Partner: Partner, Roles: []rbac.Role{role}}})
	}
	suspended := rbac.Principal{ID: "user-suspended", Account: Home, Suspended: true}
	if len(w.Roles) > 0 {
		suspended.Roles = w.Roles[:1]
	}
	return append(out,
		Subject{"nobody", rbac.Principal{}},
		Subject{"unknown role", rbac.Principal{ID: "user-unknown", Account: Home, Roles: []rbac.Role{"no such role"}}},
		Subject{"no role", rbac.Principal{ID: "user-none", Account: Home}},
		Subject{"suspended", suspended},
	)
}

// Cells gives every combination.
func (w Walk) Cells() iter.Seq[Cell] {
	actions, resources := w.Actions, w.Resources
	if actions == nil {
		actions = rbac.Actions()
	}
	if resources == nil {
		resources = []Resource{InTarget}
	}
	return func(yield func(Cell) bool) {
		for _, subject := range w.Subjects() {
			for _, action := range actions {
				for _, scope := range Scopes() {
					for _, resource := range resources {
						c := Cell{Subject: subject, Action: action, Scope: scope, Resource: resource}
						c.Request = rbac.Request{
							Principal: subject.Principal, Action: action, Account: scope.AccountOf(),
							Assigned: scope == Assigned && subject.Principal.Partner == Partner,
						}
						if !yield(c) {
							return
						}
					}
				}
			}
		}
	}
}

// Run asks the authorizer for every cell and compares with what is expected. It gives the number of cells.
func Run(t testing.TB, a rbac.Authorizer, w Walk, want func(Cell) rbac.Effect) int {
	t.Helper()
	n := 0
	for c := range w.Cells() {
		n++
		if got, expected := a.Decide(c.Request).Effect, want(c); got != expected {
			t.Errorf("%s: %s, want %s", c, got, expected)
		}
	}
	return n
}
