package billing

import (
	"context"

	"github.com/billhatch/billhatch/provider"
)

// ClientsQuery asks for a page of a partner's clients.
type ClientsQuery struct {
	Cursor string // Next of a panel; empty: the first
}

// ClientsPanel lists the clients that are assigned to a partner organisation (C3).
type ClientsPanel struct {
	Status
	Clients []Client
	Next    string
}

// Client is an account in the list of a partner.
type Client struct {
	ID, Name string
}

// Clients lists the clients that are assigned to the principal's partner organisation right now. Without an active
// membership there is nothing to find. The host is asked again for the membership.
func (s *Session) Clients(ctx context.Context, q ClientsQuery) (ClientsPanel, error) {
	const name = "Clients"
	op := operation(name)
	if err := s.decide(s.principal, op.Action, "", false); err != nil {
		return ClientsPanel{}, inOp(err, name)
	}
	p, err := s.fresh(ctx)
	if err != nil {
		return ClientsPanel{}, inOp(err, name)
	}
	if err := s.decide(p, op.Action, "", false); err != nil {
		return ClientsPanel{}, inOp(err, name)
	}
	cursor, err := s.service.seal.openCursor(name, q.Cursor, "clients", p.Partner)
	if err != nil {
		return ClientsPanel{}, err
	}
	page, err := s.service.cfg.Records.Clients(ctx, provider.ClientQuery{
		Partner: p.Partner, Limit: s.service.cfg.PageSize, Cursor: cursor,
	})
	if err != nil {
		state, step, ok := stateOf(err)
		if !ok {
			return ClientsPanel{}, wrap(name, err)
		}
		return ClientsPanel{Status: Status{State: state, Step: step, RetryAfter: provider.RetryAfter(err)}}, nil
	}
	panel := ClientsPanel{Status: Status{State: Ready}, Next: s.service.seal.cursor(page.Next, "clients", p.Partner)}
	for _, account := range page.Accounts {
		panel.Clients = append(panel.Clients, Client{ID: account.ID, Name: account.Name})
	}
	if len(panel.Clients) == 0 && q.Cursor == "" {
		panel.State = NothingYet
	}
	return panel, nil
}
