package portal

import (
	"net/http"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
)

// emailChanged is what the settings say after the billing email was changed.
const emailChanged = "email_changed"

// settingsPage shows the billing email, the way into the portal and the reports, as far as the reader may see them
// (O2 to O7).
func (x *exchange) settingsPage() error {
	q, err := x.query("done")
	if err != nil {
		return err
	}
	if q["done"] != "" && q["done"] != emailChanged {
		return &fieldError{provider.ErrInvalid, "done"}
	}
	view, err := x.settings()
	if err != nil {
		return err
	}
	p := x.page("settings", view)
	p.Done = q["done"]
	return x.show(http.StatusOK, p)
}

// settings reads what the page shows. The billing email is what it is for; what stands beside it may be missing.
func (x *exchange) settings() (SettingsView, error) {
	var view SettingsView
	var err error
	if view.Email, err = x.account.BillingEmail(x.r.Context()); err != nil {
		return SettingsView{}, err
	}
	missing := billing.Status{State: billing.Unavailable, Step: billing.StepRefresh}
	if x.account.Can("Portal") {
		way, err := x.account.Portal(x.r.Context())
		if err != nil {
			way = billing.PortalPanel{Status: missing}
		}
		view.Portal = &way
	}
	if x.account.Can("ReportMonths") {
		months, err := x.account.ReportMonths(x.r.Context())
		reports := reportsView(months)
		if err != nil {
			reports.Status = missing
		}
		view.Reports = &reports
	}
	return view, nil
}

// changeEmail changes the billing email (O6). What cannot be accepted is drawn again as it was typed; somebody else's
// change meanwhile is shown and not overwritten.
func (x *exchange) changeEmail() error {
	form, err := x.form("email", "version")
	if err != nil {
		return err
	}
	if form["version"] == "" {
		return &fieldError{errBody, "version"}
	}
	_, err = x.account.ChangeBillingEmail(x.r.Context(), billing.EmailChange{Version: form["version"], New: form["email"]})
	kind := billing.Kind(err)
	status, problem := http.StatusConflict, ""
	switch {
	case err == nil:
		return x.redirect(x.portal.pages.path("settings", x.client) + "?done=" + emailChanged)
	case wrongField(err, "email"):
		status, problem = http.StatusUnprocessableEntity, "invalid"
	case kind == billing.ErrSharedEmail: //nolint:errorlint // kinds are the sentinels themselves
		problem = "shared_email"
	case kind == provider.ErrConflict: //nolint:errorlint // as above
		problem = "conflict"
	default:
		return err
	}
	view, err := x.settings()
	if err != nil {
		return err
	}
	view.Typed, view.Problem = form["email"], problem
	return x.show(status, x.page("settings", view))
}

// portalPage asks for confirmation before a session of the portal is created (C10), and tells which way leads in (O4).
func (x *exchange) portalPage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Portal(x.r.Context())
	return x.draw("portal", panel, err)
}

// openPortal leads a confirmed person into the portal. The link stands in the Location of this one answer only.
func (x *exchange) openPortal() error {
	form, err := x.form("confirm")
	if err != nil {
		return err
	}
	entry, err := x.account.OpenPortal(x.r.Context(), form["confirm"])
	if err != nil {
		return err
	}
	return x.redirect(entry.URL.Reveal())
}
