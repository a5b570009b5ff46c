package billing

import (
	"context"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
)

// Session is the service as one principal sees it.
type Session struct {
	service   *Service
	principal rbac.Principal
}

// Principal gives who is asking.
func (s *Session) Principal() rbac.Principal { return s.principal }

// Can tells whether an operation of the session, such as Clients, would be allowed, to draw a page by; see [Account.Can]
// for those of an account, which are never allowed here. It looks nothing up, and it protects nothing: the operation
// itself decides.
func (s *Session) Can(operationName string) bool {
	const clients = "Clients" // the only one there is
	return operationName == clients && s.decide(s.principal, operation(clients).Action, "", false) == nil
}

// Account finds an account in the principal's scope: its own, or one that is assigned to its partner organisation right
// now. Any other id, also one that is empty or cannot exist, is ErrNotFound, after the same look-ups. A failed look-up is
// ErrAuthority.
//
// The id may come from the browser: it is a hint and is checked here and again at every operation (C3).
func (s *Session) Account(ctx context.Context, id string) (*Account, error) {
	a := &Account{session: s, id: id}
	assigned, err := s.assigned(ctx, s.principal, id)
	if err != nil {
		return nil, err
	}
	r := rbac.Request{Principal: s.principal, Account: id, Assigned: assigned}
	if id == "" || r.Relation() == rbac.Unrelated && !s.principal.IsSystem() {
		return nil, notFound()
	}
	a.assigned = assigned
	return a, nil
}

// assigned reads whether an account is assigned to the principal's partner organisation. People of a partner cost one
// look-up for every id, everybody else none.
func (s *Session) assigned(ctx context.Context, p rbac.Principal, id string) (bool, error) {
	if p.Partner == "" || p.ID == "" || p.Suspended || p.Account == id && id != "" {
		return false, nil
	}
	yes, err := s.service.cfg.Records.Assigned(ctx, p.Partner, id)
	if err != nil && !provider.IsKind(err, provider.ErrNotFound) {
		return false, &Error{Op: "Account", Kind: ErrAuthority, Err: err}
	}
	return err == nil && yes, nil
}

// decide asks the authorizer. An answer that is not of the set hides.
func (s *Session) decide(p rbac.Principal, action rbac.Action, account string, assigned bool) error {
	d := s.service.cfg.Authorizer.Decide(rbac.Request{Principal: p, Action: action, Account: account, Assigned: assigned})
	switch d.Effect {
	case rbac.Allow:
		return nil
	case rbac.Forbid:
		return &Error{Kind: ErrForbidden}
	default:
		return notFound()
	}
}

// fresh asks the host who the principal is right now. Somebody else, or nobody, does not exist.
func (s *Session) fresh(ctx context.Context) (rbac.Principal, error) {
	if s.principal.IsSystem() || s.principal.ID == "" {
		return s.principal, nil
	}
	now, err := s.service.cfg.Authority(ctx, s.principal.ID)
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		return rbac.Principal{}, notFound()
	case err != nil:
		return rbac.Principal{}, &Error{Kind: ErrAuthority, Err: err}
	case now.ID != s.principal.ID || now.IsSystem():
		return rbac.Principal{}, notFound()
	}
	return now, nil
}
