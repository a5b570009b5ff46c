package portal

import (
	"errors"
	"net/http"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
)

// recipientsPage shows masked addresses, or only the link to the settings (C1, C7, C8).
func (x *exchange) recipientsPage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	view, err := x.recipients()
	return x.draw("recipients", view, err)
}

func (x *exchange) recipients() (RecipientsView, error) {
	if x.account.RecipientsView() == billing.RecipientsLink {
		link, err := x.account.RecipientSettings(x.r.Context())
		return RecipientsView{
			RecipientsPanel: billing.RecipientsPanel{Status: billing.Status{State: billing.Ready}, Settings: link.URL}, LinkOnly: true,
		}, err
	}
	panel, err := x.account.Recipients(x.r.Context())
	return RecipientsView{RecipientsPanel: panel}, err
}

// revealRecipient shows one address once, as the answer to the form that says why (C7). It lies at no address of its
// own, so that nothing of it stands in a history or a log.
func (x *exchange) revealRecipient() error {
	form, err := x.form("purpose")
	if err != nil {
		return err
	}
	id, purpose := x.r.PathValue("recipient"), form["purpose"]
	revealed, err := x.account.RevealRecipient(x.r.Context(), id, purpose)
	switch {
	case err == nil:
		return x.draw("revealed", RevealedView{Email: revealed.Email, Purpose: purpose}, nil)
	case !wrongField(err, "purpose"):
		return err
	}
	view, err := x.recipients()
	if err != nil {
		return err
	}
	view.Failed, view.Purpose = id, purpose
	return x.show(http.StatusUnprocessableEntity, x.page("recipients", view))
}

// wrongField tells whether an operation refused what was typed into a field, so that the form is drawn again.
func wrongField(err error, field string) bool {
	var e *billing.Error
	return errors.As(err, &e) && e.Kind == provider.ErrInvalid && e.Field == field //nolint:errorlint // kinds are the sentinels themselves
}
