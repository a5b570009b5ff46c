package sqlstore

import (
	"context"
	"database/sql"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

const accountColumns = "a.account_id, a.name, a.customer_id, a.currency, a.zone, a.terms_days, a.direct, a.settings_url"

// scanAccount reads what accountColumns name.
func (c *core) scanAccount(scan func(...any) error) (provider.Account, error) {
	var a provider.Account
	var zone string
	var days sql.NullInt64
	err := scan(&a.ID, &a.Name, &a.Customer, &a.Currency, &zone, &days, &a.Direct, &a.SettingsURL)
	if err != nil {
		return provider.Account{}, err
	}
	if days.Valid {
		if a.Terms, err = invoice.Net(int(days.Int64)); err != nil {
			return provider.Account{}, damaged("an account", err)
		}
	}
	if a.Zone, err = c.zones(zone); err != nil || a.Zone == nil {
		return provider.Account{}, &provider.Error{Kind: provider.ErrMisconfigured, Message: "the time zone of an account cannot be loaded", Err: err}
	}
	return a, nil
}

// Account reads an account.
func (s *Store) Account(ctx context.Context, id string) (provider.Account, error) {
	return ask(ctx, s, "Account", func(here session) (provider.Account, error) {
		if !possible(id) {
			return provider.Account{}, notFound()
		}
		row := here.row(ctx, "SELECT "+accountColumns+" FROM billhatch_accounts a WHERE a.account_id = ?", id)
		a, err := s.scanAccount(row.Scan)
		if noRows(err) {
			return provider.Account{}, notFound()
		}
		return a, err
	})
}

// Accounts gives a page of all accounts, in order of id.
func (s *Store) Accounts(ctx context.Context, q provider.AccountQuery) (provider.AccountPage, error) {
	return ask(ctx, s, "Accounts", func(here session) (provider.AccountPage, error) {
		list := accountList{
			name: []string{"accounts"}, limit: q.Limit, cursor: q.Cursor, columns: []order{{column: "a.account_id"}},
			place: func(a *provider.Account) []string { return []string{a.ID} },
			query: "SELECT " + accountColumns + " FROM billhatch_accounts a WHERE TRUE",
		}
		accounts, next, err := here.accounts(ctx, list)
		return provider.AccountPage{Accounts: accounts, Next: next}, err
	})
}

// Assigned tells whether the account is assigned to the partner. It is not when either does not exist.
func (s *Store) Assigned(ctx context.Context, partner, account string) (bool, error) {
	return ask(ctx, s, "Assigned", func(here session) (bool, error) {
		if !possible(partner, account) {
			return false, nil
		}
		return here.some(ctx, "SELECT 1 FROM billhatch_assignments WHERE account_id = ? AND partner_id = ?", account, partner)
	})
}

// Clients gives a page of the accounts of a partner. A partner that nobody knows has none.
func (s *Store) Clients(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
	return ask(ctx, s, "Clients", func(here session) (provider.ClientPage, error) {
		list := accountList{
			name: []string{"clients", q.Partner}, limit: q.Limit, cursor: q.Cursor,
			columns: []order{{column: "a.name"}, {column: "a.account_id"}},
			place:   func(a *provider.Account) []string { return []string{a.Name, a.ID} },
			query: "SELECT " + accountColumns + ` FROM billhatch_assignments p
				JOIN billhatch_accounts a ON a.account_id = p.account_id WHERE p.partner_id = ?`,
			args: []any{q.Partner}, nothing: !possible(q.Partner),
		}
		accounts, next, err := here.accounts(ctx, list)
		return provider.ClientPage{Accounts: accounts, Next: next}, err
	})
}

// accountList is a list of accounts that is read in pages.
type accountList struct {
	name    []string // of the list, for its cursors
	limit   int
	cursor  string
	columns []order
	place   func(a *provider.Account) []string // the values of columns
	query   string                             // up to its WHERE and a first condition
	args    []any
	nothing bool // nothing can be on the list
}

func (s session) accounts(ctx context.Context, list accountList) (page []provider.Account, next string, err error) {
	if err := limit(list.limit); err != nil {
		return nil, "", err
	}
	after, err := s.keys.unseal(list.cursor, len(list.columns), list.name)
	if err != nil || list.nothing {
		return nil, "", err
	}
	query, args := list.query, list.args
	if after != nil {
		condition, more := behind(list.columns, values(after))
		query, args = query+" AND "+condition, append(args, more...)
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		a, err := s.scanAccount(scan)
		page = append(page, a)
		return err
	}, query+orderBy(list.columns)+" LIMIT ?", append(args, list.limit+1)...)
	if err != nil {
		return nil, "", err
	}
	if len(page) > list.limit {
		page = page[:list.limit:list.limit]
		next = s.keys.seal(list.place(&page[list.limit-1]), list.name)
	}
	return page, next, nil
}

// values makes parameters of texts.
func values(texts []string) []any {
	out := make([]any, len(texts))
	for i := range texts {
		out[i] = texts[i]
	}
	return out
}
