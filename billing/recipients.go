package billing

import (
	"context"

	"github.com/billhatch/billhatch/provider"
)

// RecipientsPanel shows who receives mail about billing, masked (C7, C8).
type RecipientsPanel struct {
	Status
	Invoices  []MaskedRecipient // invoices and receipts
	Changes   []MaskedRecipient // plan and billing changes
	CanReveal bool              // only then "Show email" is drawn
	Settings  string            // the host's page where recipients are edited; empty: not for this principal
}

// MaskedRecipient is an address that cannot be read.
type MaskedRecipient struct {
	ID     string
	Masked string
}

// Recipients shows the masked addresses. While the provider has not got them yet the state is Syncing.
func (a *Account) Recipients(ctx context.Context) (RecipientsPanel, error) {
	run, err := a.begin(ctx, "Recipients", target{})
	if err != nil {
		return RecipientsPanel{}, err
	}
	got, err := run.recipients(ctx)
	panel := RecipientsPanel{CanReveal: a.Can("RevealRecipient")}
	if a.Can("RecipientSettings") {
		panel.Settings = run.account.SettingsURL
	}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return RecipientsPanel{}, err
	}
	panel.Invoices, panel.Changes = mask(got.Invoices), mask(got.Changes)
	if panel.State == Ready && len(panel.Invoices)+len(panel.Changes) == 0 {
		panel.State = NothingYet
	}
	return panel, nil
}

func mask(list []provider.Recipient) []MaskedRecipient {
	var out []MaskedRecipient
	for _, r := range list {
		out = append(out, MaskedRecipient{ID: r.ID, Masked: r.Email.Masked()})
	}
	return out
}

func (run *act) recipients(ctx context.Context) (provider.Recipients, error) {
	lister, ok := provider.As[provider.RecipientLister](run.service.cfg.Payments)
	if !ok {
		return provider.Recipients{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	customer, err := run.customer()
	if err != nil {
		return provider.Recipients{}, err
	}
	got, err := lister.Recipients(ctx, customer)
	return got, run.unknownCustomer(err)
}

// RecipientsView is what a page shows of recipients, by role (C1, C7).
type RecipientsView string

// The views.
const (
	NoRecipients   RecipientsView = ""     // nothing
	RecipientsList RecipientsView = "list" // masked addresses: see Recipients
	RecipientsLink RecipientsView = "link" // only the link to the settings: see RecipientSettings
	RecipientsNote RecipientsView = "note" // only a note that the client's admins manage billing emails
)

// RecipientsView tells what a page shows of recipients. Like Can it looks nothing up and protects nothing.
func (a *Account) RecipientsView() RecipientsView {
	switch {
	case a.Can("Recipients"):
		return RecipientsList
	case a.Can("RecipientSettings"):
		return RecipientsLink
	case a.assigned && a.Can("Invoices"):
		return RecipientsNote
	}
	return NoRecipients
}

// SettingsLink leads to the host's page where recipients are edited.
type SettingsLink struct {
	URL string // empty: the host has none
}

// RecipientSettings gives the link for those who see only the link (C1: Client Managers).
func (a *Account) RecipientSettings(ctx context.Context) (SettingsLink, error) {
	run, err := a.begin(ctx, "RecipientSettings", target{})
	if err != nil {
		return SettingsLink{}, err
	}
	return SettingsLink{URL: run.account.SettingsURL}, nil
}

// Revealed is an address that was asked for explicitly.
type Revealed struct {
	ID    string
	Email provider.Email
}

// MinPurpose is the least that a purpose says, in bytes.
const MinPurpose = 3

// RevealRecipient gives one address, for Client Admins only (C7). The purpose is required; the audit record is durable
// before the address is read, and without it there is no address.
func (a *Account) RevealRecipient(ctx context.Context, id, purpose string) (Revealed, error) {
	const op = "RevealRecipient"
	run, err := a.begin(ctx, op, target{what: plain(id, maxTarget), purpose: purpose})
	if err != nil {
		return Revealed{}, err
	}
	got, err := run.reveal(ctx, id, purpose)
	run.end(ctx, err)
	if err != nil {
		return Revealed{}, wrap(op, err)
	}
	return got, nil
}

// maxTarget bounds what an audit entry says of its target, in bytes.
const maxTarget = 100

func (run *act) reveal(ctx context.Context, id, purpose string) (Revealed, error) {
	if len(purpose) < MinPurpose || len(purpose) > provider.MaxPurpose {
		return Revealed{}, &Error{Op: run.op.Name, Kind: provider.ErrInvalid, Field: "purpose"}
	}
	all, err := run.recipients(ctx)
	if err != nil {
		return Revealed{}, err
	}
	for _, r := range append(append([]provider.Recipient(nil), all.Invoices...), all.Changes...) {
		if r.ID == id && id != "" {
			return Revealed{ID: r.ID, Email: r.Email}, nil
		}
	}
	return Revealed{}, notFound()
}
