package main

import (
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// person is a user of one of the two products, as the host's own database has it. The library knows none of this: it is
// told a principal for each request.
type person struct {
	id, name, job string
	product       string // which of the products
	role          rbac.Role
	title         string // the role in words
	home          string // account; empty for people of a partner
	partner       string // partner organisation; empty for people of a customer
	place         string // name of the account or partner
	may           string // what the table of the roles says (O1, C1)
}

// principal is what the library is told of a person.
func (p *person) principal() rbac.Principal {
	return rbac.Principal{ID: p.id, Roles: []rbac.Role{p.role}, Account: p.home, Partner: p.partner}
}

// people are all ten roles.
func people() []*person {
	customer := func(id, name, job string, role rbac.Role, title, may string) *person {
		return &person{
			id: id, name: name, job: job, product: gatehouse, role: role, title: title,
			home: memory.DemoOrganization, place: "Meridian Learning Group", may: may,
		}
	}
	client := func(id, name, job string, role rbac.Role, title, may string) *person {
		return &person{
			id: id, name: name, job: job, product: clearline, role: role, title: title,
			home: memory.DemoClient, place: "Aster Dental Group", may: may,
		}
	}
	partner := func(id, name, job string, role rbac.Role, title, may string) *person {
		return &person{
			id: id, name: name, job: job, product: clearline, role: role, title: title,
			partner: memory.DemoPartner, place: "Brightline Partners", may: may,
		}
	}
	return []*person{
		customer("usr_priya", "Priya Raman", "Director of IT", rbac.Admin, "Admin",
			"Sees and changes the billing email, opens the payment portal, downloads usage reports, reads the audit trail."),
		customer("usr_daniel", "Daniel Osei", "Systems engineer", rbac.FullMember, "Full Member",
			"Sees the billing email and downloads usage reports, without the tenants that he may not see."),
		customer("usr_lucia", "Lucia Ferrer", "Partnerships", rbac.Sales, "Sales", "Has no billing rights at all."),
		customer("usr_marta", "Marta Kowalski", "Accounts payable", rbac.Billing, "Billing",
			"Sees the billing email, opens the payment portal without a login, downloads every tab of the usage report."),
		customer("usr_tom", "Tom Becker", "Auditor", rbac.ExternalGuest, "External Guest", "Has no billing rights at all."),

		client("usr_hannah", "Hannah Lee", "Practice owner", rbac.ClientAdmin, "Client Admin",
			"Usage, invoices, recipients with their addresses on request, payment methods and portal, the audit trail."),
		client("usr_omar", "Omar Haddad", "Office manager", rbac.ClientManager, "Client Manager",
			"Usage, invoices, payment methods and portal; of recipients only the link to the settings."),
		client("usr_jess", "Jess Tran", "Front desk", rbac.ClientStaff, "Client Staff", "Nothing: staff asks an administrator."),
		partner("usr_erik", "Erik Lindgren", "Account director", rbac.PartnerAdmin, "Partner Admin",
			"Usage and invoices of the clients that are assigned to Brightline, and nothing else."),
		partner("usr_chloe", "Chloe Martin", "Consultant", rbac.PartnerUser, "Partner User", "Nothing."),
	}
}
