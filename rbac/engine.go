package rbac

import "slices"

// Engine decides by a policy.
type Engine struct {
	policy Policy
	roles  map[Role]*rights
	jobs   uint32
	unite  bool
}

// rights are sets of actions by relation.
type rights [Organisation + 1]uint32

// New makes an engine of a copy of the policy. An invalid policy is a *[PolicyError].
func New(p Policy) (*Engine, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{policy: p.Clone(), roles: make(map[Role]*rights, len(p.Roles)), jobs: set(p.Jobs), unite: p.Unite}
	for _, role := range p.Roles {
		e.roles[role] = &rights{}
	}
	for _, g := range p.Grants {
		e.roles[g.Role][g.In] |= set(g.Actions)
	}
	return e, nil
}

func set(list []Action) (bits uint32) {
	for _, a := range list {
		bits |= 1 << a.index()
	}
	return bits
}

// Policy gives a copy of the policy that the engine decides by.
func (e *Engine) Policy() Policy { return e.policy.Clone() }

// Decide answers a request; see the package documentation for what is allowed, forbidden and hidden.
func (e *Engine) Decide(r Request) Decision {
	p := &r.Principal
	if p.ID == "" {
		return Decision{Rule: RuleNobody}
	}
	if p.Suspended {
		return Decision{Rule: RuleSuspended}
	}
	action := r.Action.index()
	if action < 0 {
		return Decision{Rule: RuleAction}
	}
	bit := uint32(1) << action
	if p.system {
		return e.decideJob(r.Account, bit)
	}
	in := r.Relation()
	if in == Unrelated {
		return Decision{Rule: RuleScope}
	}
	if len(p.Roles) > 1 && !e.unite {
		return Decision{Rule: RuleManyRoles}
	}
	if len(p.Roles) == 0 {
		return Decision{Rule: RuleUnknownRole}
	}
	var granted Role
	for _, role := range p.Roles {
		has, ok := e.roles[role]
		if !ok { // whatever else it may be, we do not know who this is
			return Decision{Rule: RuleUnknownRole}
		}
		if has[in]&bit != 0 && granted == "" {
			granted = role
		}
	}
	switch {
	case granted != "":
		return Decision{Effect: Allow, Rule: RuleGranted, Role: granted}
	case in == Own:
		return Decision{Effect: Forbid, Rule: RuleNotGranted}
	}
	return Decision{Rule: RuleNotGranted}
}

// decideJob answers a job of the host.
func (e *Engine) decideJob(account string, bit uint32) Decision {
	switch {
	case account == "":
		return Decision{Rule: RuleScope}
	case e.jobs&bit == 0:
		return Decision{Rule: RuleNotGranted}
	}
	return Decision{Effect: Allow, Rule: RuleGranted}
}

// Knows tells whether the policy lists the role.
func (e *Engine) Knows(role Role) bool { return slices.Contains(e.policy.Roles, role) }
