package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
)

// invoiceStore keeps what webhooks and sweeps tell of invoices, in a table of the host's own.
type invoiceStore struct{ db *database }

// State reads what is kept of an invoice.
func (i *invoiceStore) State(ctx context.Context, invoice string) (webhook.State, error) {
	var text string
	var version int64
	err := i.db.sql.QueryRowContext(ctx, i.db.text("SELECT state, version FROM host_invoices WHERE invoice = ?"), invoice).Scan(&text, &version)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return webhook.State{}, provider.NotFound("State")
	case err != nil:
		return webhook.State{}, err
	}
	var state webhook.State
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return webhook.State{}, err
	}
	state.Version = version
	return state, nil
}

// PutState keeps a state when its version is still the one that is kept.
func (i *invoiceStore) PutState(ctx context.Context, s webhook.State) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	settled := 0
	if webhook.Settled(s.Status) {
		settled = 1
	}
	var done sql.Result
	if s.Version == 0 {
		done, err = i.db.sql.ExecContext(ctx, i.db.text(`INSERT INTO host_invoices (invoice, account, settled, version, state)
			VALUES (?, ?, ?, 1, ?) ON CONFLICT (invoice) DO NOTHING`), s.Invoice, s.Account, settled, string(text))
	} else {
		done, err = i.db.sql.ExecContext(ctx, i.db.text(`UPDATE host_invoices SET account = ?, settled = ?, version = version + 1,
			state = ? WHERE invoice = ? AND version = ?`), s.Account, settled, string(text), s.Invoice, s.Version)
	}
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return &provider.Error{Op: "PutState", Kind: provider.ErrConflict}
}

// Unsettled gives the invoices of an account that may still change.
func (i *invoiceStore) Unsettled(ctx context.Context, account string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ids, err := i.unsettled(ctx, account)
		if err != nil {
			yield("", err)
			return
		}
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func (i *invoiceStore) unsettled(ctx context.Context, account string) (ids []string, err error) {
	rows, err := i.db.sql.QueryContext(ctx, i.db.text("SELECT invoice FROM host_invoices WHERE account = ? AND settled = 0 ORDER BY invoice"), account)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// owners tells whose customer somebody is. The host has few accounts: it goes through them, and remembers for a while.
type owners struct {
	records records
	clock   func() time.Time

	mu    sync.Mutex
	until time.Time
	known map[string]string // accounts by customer
}

// ownersFor is how long the accounts are remembered.
const ownersFor = time.Minute

func (o *owners) of(ctx context.Context, customer string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.clock(); o.known == nil || !now.Before(o.until) {
		known := map[string]string{}
		for account, err := range all(ctx, o.records, "") {
			if err != nil {
				return "", err
			}
			if account.Customer != "" {
				known[account.Customer] = account.ID
			}
		}
		o.known, o.until = known, now.Add(ownersFor)
	}
	account, ok := o.known[customer]
	if !ok {
		return "", provider.NotFound("AccountOf")
	}
	return account, nil
}

// behind gives the accounts that come behind one, for sweeps.
func (o *owners) behind(ctx context.Context, after string) iter.Seq2[provider.Account, error] {
	return all(ctx, o.records, after)
}

// sweepEvery is how often everything that may have changed is read again, for events that never came.
const sweepEvery = 24 * time.Hour

// sweeping sweeps once a day until the context is done. The channel is closed then.
func (h *house) sweeping(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			swept, err := h.events.Sweep(ctx, webhook.SweepQuery{})
			h.s.log.Info("swept", "accounts", swept.Accounts, "repaired", swept.Repaired, "failed", swept.Failed, "complete", err == nil)
		}
	}()
	return ended
}
