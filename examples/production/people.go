package main

import (
	"context"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// user is somebody in the host's own user database, which here is a list in the program.
type user struct {
	id, name, title, place string
	role                   rbac.Role // empty: staff of the host, who has no billing area and may operate it
	account, partner       string
}

func (u *user) operator() bool { return u.role == "" }

// principal is what the library is told of a user.
func (u *user) principal() rbac.Principal {
	return rbac.Principal{ID: u.id, Roles: []rbac.Role{u.role}, Account: u.account, Partner: u.partner}
}

// users are two of every role, and two operators.
func users() []*user {
	const organization, client, partner = "Meridian Learning Group", "Aster Dental Group", "Brightline Partners"
	var all []*user
	two := func(role rbac.Role, title, place, account, partner string, names ...string) {
		for i, name := range names {
			id := string(role)
			if id == "" {
				id = "operator"
			}
			all = append(all, &user{
				id: id + "_" + string(rune('1'+i)), name: name, title: title, place: place, role: role, account: account, partner: partner,
			})
		}
	}
	two(rbac.Admin, "Admin", organization, memory.DemoOrganization, "", "Priya Raman", "Ines Duarte")
	two(rbac.FullMember, "Full Member", organization, memory.DemoOrganization, "", "Daniel Osei", "Mei Tan")
	two(rbac.Sales, "Sales", organization, memory.DemoOrganization, "", "Lucia Ferrer", "Jon Aldous")
	two(rbac.Billing, "Billing", organization, memory.DemoOrganization, "", "Marta Kowalski", "Sam Reyes")
	two(rbac.ExternalGuest, "External Guest", organization, memory.DemoOrganization, "", "Tom Becker", "Noor Aziz")
	two(rbac.ClientAdmin, "Client Admin", client, memory.DemoClient, "", "Hannah Lee", "Victor Stone")
	two(rbac.ClientManager, "Client Manager", client, memory.DemoClient, "", "Omar Haddad", "Julia Weiss")
	two(rbac.ClientStaff, "Client Staff", client, memory.DemoClient, "", "Jess Tran", "Paul Mensah")
	two(rbac.PartnerAdmin, "Partner Admin", partner, "", memory.DemoPartner, "Erik Lindgren", "Sofia Marino")
	two(rbac.PartnerUser, "Partner User", partner, "", memory.DemoPartner, "Chloe Martin", "Ravi Shah")
	two("", "Operator", "our own staff", "", "", "Alex Morgan", "Kim Novak")
	return all
}

// find looks a user up.
func (h *house) find(id string) *user {
	for _, u := range h.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

// authority is asked by the library at the moment of portal sessions, reveals and writes: is this user still who the
// session says?
func (h *house) authority(_ context.Context, id string) (rbac.Principal, error) {
	u := h.find(id)
	if u == nil || u.operator() {
		return rbac.Principal{}, provider.NotFound("Authority")
	}
	return u.principal(), nil
}

// policy is both tables of the requirements in one, with the audit trail for admins.
func policy() rbac.Policy {
	p := rbac.OrganizationPolicy().With(rbac.Admin, rbac.Own, rbac.ViewAudit, rbac.ViewInvoices, rbac.ViewUsage, rbac.DownloadPDF)
	p.Name = "production"
	clients := rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Own, rbac.ViewAudit)
	p.Roles = append(p.Roles, clients.Roles...)
	p.Grants = append(p.Grants, clients.Grants...)
	return p
}

// seesTenant tells who may see a sensitive tenant in a report (O12). The Billing role has every tab by the policy.
func seesTenant(_ context.Context, p rbac.Principal, _, _ string) (bool, error) {
	return len(p.Roles) == 1 && p.Roles[0] == rbac.Admin, nil
}
