package rbac

// Effect is what a decision says. The zero value is [Hide].
type Effect uint8

const (
	// Hide is "not found": for this principal the thing does not exist (404).
	Hide Effect = iota
	// Forbid is for an act that a known role may not do in its own account (403).
	Forbid
	// Allow lets the act happen.
	Allow
)

var effectNames = [...]string{"hide", "forbid", "allow"}

// String names the effect.
func (e Effect) String() string {
	if int(e) < len(effectNames) {
		return effectNames[e]
	}
	return "hide"
}

// Rule is the rule that decided.
type Rule string

// The rules, in the order in which they are tried.
const (
	RuleNobody      Rule = "nobody"       // no principal
	RuleSuspended   Rule = "suspended"    // the principal is suspended
	RuleAction      Rule = "action"       // the action is not known
	RuleScope       Rule = "scope"        // the account is not in the principal's scope
	RuleUnknownRole Rule = "unknown_role" // no role, or one that the policy does not know
	RuleManyRoles   Rule = "many_roles"   // several roles, which the policy does not unite
	RuleGranted     Rule = "granted"      // the policy grants it
	RuleNotGranted  Rule = "not_granted"  // the policy does not
)

// Decision is the answer to a request. The zero value hides.
type Decision struct {
	Effect Effect
	Rule   Rule
	Role   Role // the role that was granted it; empty unless it was allowed to a role
}

// Allowed tells whether the act may happen.
func (d Decision) Allowed() bool { return d.Effect == Allow }

// Authorizer decides. It is the one method that a host implements to plug in an engine of its own. It must be safe for
// concurrent use, and it should look nothing up: what it needs is in the request. An answer beyond [Allow] counts as
// [Hide].
type Authorizer interface {
	Decide(Request) Decision
}

// AuthorizerFunc is a function that decides.
type AuthorizerFunc func(Request) Decision

// Decide calls the function.
func (f AuthorizerFunc) Decide(r Request) Decision { return f(r) }
