package providertest

import (
	"context"
	"slices"

	"github.com/billhatch/billhatch/provider"
)

func (r *rec) accountPages() pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		page, err := ability[provider.AccountLister](r.r).Accounts(ctx, provider.AccountQuery{Limit: limit, Cursor: cursor})
		var out []string
		for i := range page.Accounts {
			out = append(out, page.Accounts[i].ID)
		}
		return out, page.Next, err
	}
}

func accountListCases() group[*rec] {
	cases := pagingCases(func(r *rec) *paged {
		return &paged{
			check: r.check, op: "Accounts", page: r.accountPages(), sorted: slices.Sort[[]string],
			add: func(n int) []string {
				var out []string
				for range n {
					out = append(out, r.account())
				}
				return out
			},
		}
	})
	return group[*rec]{name: "all accounts", ability: provider.CanListAccounts, cases: append(cases, []testCase[*rec]{
		{name: "an account stands in the list with everything that it has", run: func(r *rec) {
			id := r.account()
			page, err := ability[provider.AccountLister](r.r).Accounts(r.Context(), provider.AccountQuery{Limit: 1})
			r.ok(err, "accounts")
			same(r.check, "number of accounts", len(page.Accounts), 1)
			r.sameAccount("account", page.Accounts[0], r.reads(id))
		}},
		{name: "listing stops with its context", run: func(r *rec) {
			r.account()
			r.stopped("Accounts", func(ctx context.Context) error {
				_, err := ability[provider.AccountLister](r.r).Accounts(ctx, provider.AccountQuery{Limit: 1})
				return err
			})
		}},
	}...)}
}
