package portal

import (
	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
)

// apiRecipients shows masked addresses (C7, C8).
func (x *exchange) apiRecipients() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Recipients(x.r.Context())
	return respond(x, panel, err, func(p billing.RecipientsPanel) apimodel.Recipients {
		return apimodel.Recipients{
			Status: statusModel(p.Status), Invoices: list(p.Invoices, maskedModel), Changes: list(p.Changes, maskedModel),
			CanReveal: p.CanReveal, SettingsUrl: text(p.Settings),
		}
	})
}

func maskedModel(r billing.MaskedRecipient) apimodel.MaskedRecipient {
	return apimodel.MaskedRecipient{Id: r.ID, Masked: r.Masked}
}

// apiRecipientSettings gives the link to where recipients are edited (C7).
func (x *exchange) apiRecipientSettings() error {
	if _, err := x.query(); err != nil {
		return err
	}
	link, err := x.account.RecipientSettings(x.r.Context())
	return respond(x, link, err, func(l billing.SettingsLink) apimodel.RecipientSettings {
		return apimodel.RecipientSettings{Url: text(l.URL)}
	})
}

// apiReveal shows one address, which is recorded before (C7).
func (x *exchange) apiReveal() error {
	body, err := decode[apimodel.RevealRequest](x)
	if err != nil {
		return err
	}
	revealed, err := x.account.RevealRecipient(x.r.Context(), x.r.PathValue("recipient"), body.Purpose)
	return respond(x, revealed, err, func(r billing.Revealed) apimodel.RevealedRecipient {
		return apimodel.RevealedRecipient{Id: r.ID, Email: r.Email.Reveal()}
	})
}
