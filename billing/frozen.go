package billing

import (
	"context"

	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// maxRevisions bounds how often a month can be closed anew.
const maxRevisions = 64

// frozen gives the statement with which a period was closed, as it was billed; nil when it is not closed, or when the
// records keep no closings. A statement that is missing or was changed is an error and never computed anew: what the
// records say today may be something else than what was billed.
//
// Its currency is that of the time: what the account has today makes no difference to it.
func (run *act) frozen(ctx context.Context, period civil.Period) (*usage.Statement, error) {
	ledger, ok1 := provider.As[provider.Ledger](run.service.cfg.Records)
	statements, ok2 := provider.As[provider.StatementStore](run.service.cfg.Records)
	if !ok1 || !ok2 {
		return nil, nil
	}
	closing, err := run.closing(ctx, ledger, period)
	if err != nil || closing == nil {
		return nil, err
	}
	stored, err := statements.Statement(ctx, closing.Key)
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		return nil, run.broken(ctx, period, "the statement of the closed month is missing", err)
	case err != nil:
		return nil, err
	case stored.Key != closing.Key:
		return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	case stored.Hash != closing.Hash || frozen.Hash(stored.Body) != closing.Hash:
		return nil, run.broken(ctx, period, "the statement of the closed month was changed", nil)
	}
	month, err := frozen.Decode(stored.Body)
	if err != nil {
		return nil, run.broken(ctx, period, "the statement of the closed month cannot be read", err)
	}
	st := month.Statement
	if st.Account.ID != run.account.ID || st.Period.From() != period.From() || st.Period.To() != period.To() {
		return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return st, nil
}

// closing gives the closing of the whole account whose statement counts: that of the latest revision which has frozen one.
// It is nil when there is none, also when the month was taken over from the payment provider as it had been billed there.
func (run *act) closing(ctx context.Context, ledger provider.Ledger, period civil.Period) (*provider.Closing, error) {
	var last *provider.Closing
	key := provider.ClosingKey{Account: run.account.ID, From: period.From(), To: period.To(), Revision: 1}
	for ; key.Revision <= maxRevisions; key.Revision++ {
		c, err := ledger.Closing(ctx, key)
		switch {
		case provider.IsKind(err, provider.ErrNotFound):
			return last, nil
		case err != nil:
			return nil, err
		case c.Key != key:
			return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
		case c.State == provider.Planned, c.State == provider.Parked && c.Hash == "": // nothing is frozen yet
		case c.Hash == "":
			last = nil
		default:
			last = &c
		}
	}
	return nil, run.broken(ctx, period, "the month was closed too often", nil)
}

// broken is the error of a closed month that cannot be shown. Somebody has to look at it, so that it is logged too.
func (run *act) broken(ctx context.Context, period civil.Period, message string, cause error) error {
	run.service.cfg.Logger.ErrorContext(ctx, "billing: "+message, "account", run.account.ID, "period", period.String())
	return &provider.Error{Op: run.op.Name, Kind: provider.ErrIncomplete, Message: message, Err: cause}
}

// sensitiveNow gives the tenants that the records call sensitive by now (O12).
func (run *act) sensitiveNow(ctx context.Context, period civil.Period) (map[string]bool, error) {
	sensitive := map[string]bool{}
	tenants, ok := provider.As[provider.TenantReader](run.service.cfg.Records)
	if !ok {
		return sensitive, nil
	}
	for tenant, err := range tenants.Tenants(ctx, run.account.ID, period) {
		if err != nil {
			return nil, err
		}
		sensitive[tenant.ID] = tenant.Sensitive
	}
	return sensitive, nil
}
