package billing

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// EmailPanel shows the billing email (O2, O5, O6).
type EmailPanel struct {
	Status
	Email     provider.Email // zero: none on file
	CanChange bool           // only then a form is drawn
	Shared    bool           // another customer has the same address, so that the portal's login may open the wrong one
	// Version stands for the address without telling it: it is another one when the address is. Empty: could not be read.
	Version string
}

// BillingEmail shows the address for invoices and for the login of the portal: that of the provider's customer.
func (a *Account) BillingEmail(ctx context.Context) (EmailPanel, error) {
	run, err := a.begin(ctx, "BillingEmail", target{})
	if err != nil {
		return EmailPanel{}, err
	}
	customer, err := run.readCustomer(ctx)
	panel := EmailPanel{Email: customer.Email, CanChange: a.Can("ChangeBillingEmail")}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return EmailPanel{}, err
	}
	if panel.State != Ready {
		return EmailPanel{Status: panel.Status}, nil
	}
	panel.Version = run.version(customer)
	if customer.Email.IsZero() {
		panel.State = NothingYet
	}
	shared, err := run.shared(ctx, customer.ID, customer.Email)
	if err != nil { // the address is still good
		panel.State, panel.Step = Partial, StepRefresh
	}
	panel.Shared = shared
	return panel, nil
}

// readCustomer reads the account's customer and refuses what is not it.
func (run *act) readCustomer(ctx context.Context) (provider.Customer, error) {
	id, err := run.customer()
	if err != nil {
		return provider.Customer{}, err
	}
	customer, err := run.service.cfg.Payments.Customer(ctx, id)
	return run.own(customer, err)
}

// own refuses a customer that is not the account's, or has another currency.
func (run *act) own(c provider.Customer, err error) (provider.Customer, error) {
	switch {
	case err != nil:
		return provider.Customer{}, run.unknownCustomer(err)
	case c.ID != run.account.Customer, c.Currency != "" && c.Currency != run.account.Currency:
		return provider.Customer{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return c, nil
}

// shared tells whether another customer has the address. A provider that cannot tell has none.
func (run *act) shared(ctx context.Context, customer string, email provider.Email) (bool, error) {
	finder, ok := provider.As[provider.EmailFinder](run.service.cfg.Payments)
	if !ok || email.IsZero() {
		return false, nil
	}
	ids, err := finder.CustomersByEmail(ctx, email, 2)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if id != customer {
			return true, nil
		}
	}
	return false, nil
}

// EmailChange asks to change the billing email.
type EmailChange struct {
	Expected string // the address that the form was drawn with; empty: none was on file
	Version  string // of the panel that the form was drawn with; given, it takes the place of Expected
	New      string // the new one
	Key      string // idempotency key of the form; empty: one is made
}

// ChangeBillingEmail changes the address at the provider (O6). An address that is not one is ErrInvalid with the field
// "email"; a change made meanwhile by somebody else is ErrConflict and nothing is overwritten; an address that another
// customer has is ErrSharedEmail, unless the host allows it (O5).
func (a *Account) ChangeBillingEmail(ctx context.Context, c EmailChange) (EmailPanel, error) {
	const op = "ChangeBillingEmail"
	updater, ok := provider.As[provider.EmailUpdater](a.session.service.cfg.Payments)
	change, invalid := readChange(c)
	run, err := a.begin(ctx, op, target{what: change.New.Masked()})
	if err != nil {
		return EmailPanel{}, err
	}
	panel, err := func() (EmailPanel, error) {
		if invalid != nil {
			return EmailPanel{}, wrap(op, invalid)
		}
		if !ok {
			return EmailPanel{}, &Error{Op: op, Kind: provider.ErrUnsupported}
		}
		return run.changeEmail(ctx, updater, change, c.Version)
	}()
	run.end(ctx, err)
	return panel, err
}

func (run *act) changeEmail(
	ctx context.Context, updater provider.EmailUpdater, change provider.EmailChange, version string,
) (EmailPanel, error) {
	var err error
	if change.Customer, err = run.customer(); err != nil {
		return EmailPanel{}, wrap(run.op.Name, err)
	}
	if version != "" {
		if change.Expected, err = run.expected(ctx, version); err != nil {
			return EmailPanel{}, wrap(run.op.Name, err)
		}
	}
	shared, err := run.shared(ctx, change.Customer, change.New)
	if err != nil {
		return EmailPanel{}, wrap(run.op.Name, err)
	}
	if shared && !run.service.cfg.AllowSharedEmail {
		return EmailPanel{}, &Error{Op: run.op.Name, Kind: ErrSharedEmail, Field: "email"}
	}
	customer, err := run.own(updater.UpdateEmail(ctx, change))
	if err != nil {
		return EmailPanel{}, wrap(run.op.Name, err)
	}
	return EmailPanel{
		Status: Status{State: Ready}, Email: customer.Email, CanChange: true, Shared: shared, Version: run.version(customer),
	}, nil
}

// version stands for the address of a customer.
func (run *act) version(c provider.Customer) string {
	return base64.RawURLEncoding.EncodeToString(run.service.seal.tag("email", run.account.ID, c.ID, c.Email.Reveal()))
}

// expected gives the address that a version stands for, if it is still on file.
func (run *act) expected(ctx context.Context, version string) (provider.Email, error) {
	customer, err := run.readCustomer(ctx)
	if err != nil {
		return provider.Email{}, err
	}
	if !hmac.Equal([]byte(version), []byte(run.version(customer))) {
		return provider.Email{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrConflict}
	}
	return customer.Email, nil
}

// readChange reads the two addresses of a form.
func readChange(c EmailChange) (provider.EmailChange, error) {
	change := provider.EmailChange{Key: c.Key}
	if change.Key == "" {
		change.Key = rand.Text()
	}
	var err error
	if change.New, err = provider.NewEmail(strings.TrimSpace(c.New)); err != nil {
		return change, err
	}
	if c.Expected != "" {
		if change.Expected, err = provider.NewEmail(c.Expected); err != nil {
			return change, &provider.Error{Kind: provider.ErrConflict, Err: err} // not what is on file
		}
	}
	return change, nil
}
