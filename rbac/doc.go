// Package rbac decides who may do what: roles, actions and policies as data, and scope.
//
// A [Policy] is a table: which role may do which action, and whether in its own account, in the accounts that are
// assigned to its partner organisation, or both. [OrganizationPolicy] and [ClientPolicy] are the two tables that the
// library ships (O1, C1); a host prints them, compares them, copies and changes them without touching library code.
//
// [New] makes an [Engine] of a policy. The engine is pure: it looks nothing up and remembers nothing. Whoever asks
// states in the [Request] who is asking, for which account, and whether that account is assigned right now.
//
// The answer is a [Decision]: allow, forbid or hide. Forbid (403) is only for an act that a known role may not do in
// its own account. Everything else that is not allowed is hide (404), so that nobody learns whether the account of
// somebody else exists (C12). Whatever is not known (a role, an action, a scope) is not allowed. The zero principal may
// do nothing.
//
// # Units
//
// Ids are compared byte for byte; nothing is folded or trimmed.
//
// # Errors
//
// [New] and the methods that change a policy return *[PolicyError], which wraps [ErrPolicy]. Deciding cannot fail.
//
// # Concurrency
//
// Policies and requests are values. An [Engine] does not change after it was made and is safe for concurrent use.
// Deciding allocates nothing.
package rbac
