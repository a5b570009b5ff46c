package billing

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
)

// Way is how a person gets into the portal (O4).
type Way string

// The ways in.
const (
	Direct    Way = "direct"     // without a login
	MagicLink Way = "magic_link" // through the portal's login page, by mail to the billing email
)

// confirmFor is how long a confirmation of the portal holds.
const confirmFor = 15 * time.Minute

// PortalPanel offers the way into the portal (O2 to O5, C10).
type PortalPanel struct {
	Status
	Way    Way
	Email  provider.Email // magic link: the exact address that can log in; to be shown (O5)
	Shared bool           // magic link: another customer has the address, so that the login may open the wrong one
	// Confirm is handed back to OpenPortal when the person has confirmed (C10). It holds for 15 minutes, for this
	// principal and account only.
	Confirm string
}

// Portal tells which way a person gets into the portal. It opens nothing.
func (a *Account) Portal(ctx context.Context) (PortalPanel, error) {
	run, err := a.begin(ctx, "Portal", target{})
	if err != nil {
		return PortalPanel{}, err
	}
	panel, err := run.portal(ctx)
	status, err := run.status(ctx, err)
	if err != nil {
		return PortalPanel{}, err
	}
	if status.State != Ready {
		return PortalPanel{Status: status}, nil
	}
	panel.Status = Status{State: Ready, Step: StepOpenPortal}
	panel.Confirm = run.service.seal.confirmation(run.service.now().Add(confirmFor), run.principal.ID, run.account.ID)
	return panel, nil
}

// portal chooses the way in. Being listed for direct entry chooses it and permits nothing: who is here may open it.
func (run *act) portal(ctx context.Context) (PortalPanel, error) {
	payments := run.service.cfg.Payments
	customer, err := run.readCustomer(ctx)
	if err != nil {
		return PortalPanel{}, err
	}
	if run.account.Direct || slices.ContainsFunc(run.principal.Roles, run.direct) {
		if _, ok := provider.As[provider.PortalOpener](payments); !ok {
			return PortalPanel{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
		}
		return PortalPanel{Way: Direct}, nil
	}
	if _, ok := provider.As[provider.LoginLinker](payments); !ok {
		return PortalPanel{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	if customer.Email.IsZero() {
		return PortalPanel{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrNotConfigured}
	}
	shared, err := run.shared(ctx, customer.ID, customer.Email)
	return PortalPanel{Way: MagicLink, Email: customer.Email, Shared: shared}, err
}

func (run *act) direct(role rbac.Role) bool {
	return slices.Contains(run.service.cfg.DirectRoles, role)
}

// PortalEntry is a way into the portal, for one redirect.
type PortalEntry struct {
	Way Way
	URL provider.SecretURL
}

// OpenPortal makes the link after the person has confirmed: confirm is what Portal gave. A direct way is a session for
// the account's own customer; a link for anybody else, or to another host than the portal's, is ErrForeign and is not
// handed out (C10).
func (a *Account) OpenPortal(ctx context.Context, confirm string) (PortalEntry, error) {
	const op = "OpenPortal"
	run, err := a.begin(ctx, op, target{what: "portal"})
	if err != nil {
		return PortalEntry{}, err
	}
	entry, err := run.openPortal(ctx, confirm)
	run.end(ctx, err)
	if err != nil {
		return PortalEntry{}, wrap(op, err)
	}
	return entry, nil
}

func (run *act) openPortal(ctx context.Context, confirm string) (PortalEntry, error) {
	s := run.service
	if !s.seal.confirmed(confirm, s.now(), run.principal.ID, run.account.ID) {
		return PortalEntry{}, &Error{Op: run.op.Name, Kind: ErrConfirmation}
	}
	panel, err := run.portal(ctx)
	if err != nil {
		return PortalEntry{}, err
	}
	entry := PortalEntry{Way: panel.Way}
	if panel.Way == MagicLink {
		if panel.Shared && !s.cfg.AllowSharedEmail {
			return PortalEntry{}, &Error{Op: run.op.Name, Kind: ErrSharedEmail}
		}
		linker, _ := provider.As[provider.LoginLinker](s.cfg.Payments)
		entry.URL, err = linker.LoginLink(ctx, panel.Email)
	} else {
		entry.URL, err = run.session(ctx)
	}
	if err != nil {
		return PortalEntry{}, err
	}
	if !slices.Contains(s.cfg.PortalHosts, entry.URL.Host()) {
		return PortalEntry{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return entry, nil
}

// session opens a portal session for the account's own customer.
func (run *act) session(ctx context.Context) (provider.SecretURL, error) {
	opener, _ := provider.As[provider.PortalOpener](run.service.cfg.Payments)
	session, err := opener.PortalSession(ctx, provider.PortalRequest{
		Customer: run.account.Customer, ReturnURL: returnTo(run.service.cfg.ReturnURL, run.account.ID),
	})
	if err != nil {
		return provider.SecretURL{}, err
	}
	if session.Customer != run.account.Customer {
		return provider.SecretURL{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return session.URL, nil
}

// returnTo adds the account to the host's return URL.
func returnTo(base, account string) string {
	u, err := url.Parse(base)
	if base == "" || err != nil {
		return base
	}
	q := u.Query()
	q.Set("account", account)
	u.RawQuery = q.Encode()
	return u.String()
}
