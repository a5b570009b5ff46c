package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// Recipients of mail about billing are edited in the host's own settings (C7): the billing area only links to them.

// linkSettings tells the records where that page is.
func (d *demo) linkSettings(ctx context.Context, world *memory.World) {
	for _, p := range d.products {
		for _, id := range accountsOf(p.id) {
			if account, err := world.Records().Account(ctx, id); err == nil {
				account.SettingsURL = d.origin + "/settings"
				world.SetAccount(account)
			}
		}
	}
}

// settingsBody is the page of the host's settings. Its form begins empty: addresses are shown to Client Admins only, one
// at a time, and audited.
type settingsBody struct{ May bool }

// mayEdit tells who may edit the settings of a product's account. This is the host's own rule.
func mayEdit(who *person) bool {
	return who.role == rbac.Admin || who.role == rbac.ClientAdmin || who.role == rbac.ClientManager
}

func (d *demo) settings(r *http.Request, s session) page {
	body := settingsBody{May: mayEdit(s.person)}
	if !body.May {
		return page{Name: "settings", Title: "Settings", Status: http.StatusForbidden, Body: body}
	}
	return page{Name: "settings", Title: "Settings", Body: body}
}

// saveSettings replaces the recipients.
func (d *demo) saveSettings(_ context.Context, on *stage, r *http.Request) ([]string, error) {
	who := d.sessions.of(r).person
	if who == nil || !mayEdit(who) {
		return nil, errors.New("your role may not edit the settings")
	}
	invoices, changes := strings.Fields(r.PostFormValue("invoices")), strings.Fields(r.PostFormValue("changes"))
	for _, address := range append(invoices, changes...) {
		if _, err := provider.NewEmail(address); err != nil {
			return nil, errors.New("one of the lines is not a mail address")
		}
	}
	on.world.SetRecipients(who.home, invoices, changes)
	return []string{"The recipients are saved."}, nil
}
