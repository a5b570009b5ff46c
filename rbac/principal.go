package rbac

// Principal is who is asking, as the host has authenticated him. The zero value may do nothing.
type Principal struct {
	ID      string // the host's id of the user; empty: nobody
	Roles   []Role
	Account string // home account; empty for people of a partner organisation
	Partner string // partner organisation with an active membership; empty: none
	// Suspended people may do nothing, whatever their role.
	Suspended bool

	system bool
}

// System gives the principal of a job of the host, such as the month close. It acts in every account, but only within
// what the policy grants to jobs.
func System(name string) Principal { return Principal{ID: name, system: true} }

// IsSystem tells whether the principal is a job.
func (p *Principal) IsSystem() bool { return p.system }

// IsZero tells whether nobody is asking.
func (p *Principal) IsZero() bool { return p.ID == "" }

// Relation is how an account is related to who is asking.
type Relation uint8

const (
	// Unrelated accounts do not exist for the principal. It is the zero value.
	Unrelated Relation = iota
	// Own is the principal's home account.
	Own
	// Assigned is an account that is assigned to the principal's partner organisation right now.
	Assigned
	// Organisation is the principal's partner organisation itself, where no single account is meant.
	Organisation
)

var relationNames = [...]string{"unrelated", "own", "assigned", "organisation"}

// String names the relation.
func (r Relation) String() string {
	if int(r) < len(relationNames) {
		return relationNames[r]
	}
	return "unknown"
}

// Request asks whether somebody may do something to an account.
type Request struct {
	Principal Principal
	Action    Action
	Account   string // empty: no single account is meant, as in a list of clients
	// Assigned states that Account is assigned to Principal.Partner right now. It comes from the host's records, read
	// for this request, and never from the browser (C3).
	Assigned bool
}

// Relation tells how the account of the request is related to who is asking.
func (r *Request) Relation() Relation {
	p := &r.Principal
	switch {
	case p.ID == "" || p.Suspended:
		return Unrelated
	case r.Account == "" && p.Partner != "":
		return Organisation
	case r.Account == "":
		return Unrelated
	case p.Account == r.Account:
		return Own
	case r.Assigned && p.Partner != "":
		return Assigned
	}
	return Unrelated
}
