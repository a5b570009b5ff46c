package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
)

// apiMethods shows how the account pays (C2).
func (x *exchange) apiMethods() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.PaymentMethods(x.r.Context())
	return respond(x, panel, err, func(p billing.MethodsPanel) apimodel.PaymentMethods {
		return apimodel.PaymentMethods{Status: statusModel(p.Status), Methods: list(p.Methods, methodModel)}
	})
}

func methodModel(m provider.PaymentMethod) apimodel.PaymentMethod {
	return apimodel.PaymentMethod{
		Id: m.ID, Kind: m.Kind, Brand: text(m.Brand), Last4: text(m.Last4), Expires: text(m.Expires), Default: m.Default,
	}
}

// apiEmail shows the billing email with its version (O2, O6).
func (x *exchange) apiEmail() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.BillingEmail(x.r.Context())
	return x.email(panel, err)
}

// email answers with the billing email and its version as the entity tag.
func (x *exchange) email(panel billing.EmailPanel, err error) error {
	if err == nil && panel.Version != "" {
		x.w.Header().Set("ETag", `"`+panel.Version+`"`)
	}
	return respond(x, panel, err, func(p billing.EmailPanel) apimodel.BillingEmail {
		return apimodel.BillingEmail{
			Status: statusModel(p.Status), Email: text(p.Email.Reveal()), CanChange: p.CanChange, Shared: p.Shared,
		}
	})
}

// apiChangeEmail changes the billing email that the caller has seen, and no other (O6).
func (x *exchange) apiChangeEmail() error {
	tags, err := strongTags(x.r.Header.Values("If-Match"))
	if err != nil {
		return err
	}
	body, err := decode[apimodel.BillingEmailChange](x)
	if err != nil {
		return err
	}
	version, err := x.versionAmong(tags)
	if err != nil {
		return err
	}
	panel, err := x.account.ChangeBillingEmail(x.r.Context(), billing.EmailChange{Version: version, New: body.Email})
	if billing.Kind(err) == provider.ErrConflict { //nolint:errorlint // the sentinel itself
		return errPrecondition
	}
	return x.email(panel, err)
}

// noVersion is none that an address ever has: to change it fails as with one that is out of date, after the caller's
// right to change it at all was checked.
const noVersion = "-"

// versionAmong gives the version that is on file if it is among the tags of If-Match, and else one that is out of date.
func (x *exchange) versionAmong(tags []string) (string, error) {
	switch len(tags) {
	case 0:
		return noVersion, nil
	case 1:
		return tags[0], nil
	}
	panel, err := x.account.BillingEmail(x.r.Context())
	if err != nil {
		return "", err
	}
	if slices.Contains(tags, panel.Version) {
		return panel.Version, nil
	}
	return noVersion, nil
}

// maxTags bounds the list in If-Match.
const maxTags = 16

// strongTags reads the entity tags of If-Match (RFC 9110, 8.8.3 and 13.1.1). Without the header a version is required;
// weak tags never match, so that they are read and left out. Any version at all ("*") is not enough to change something.
func strongTags(header []string) ([]string, error) {
	if len(header) == 0 {
		return nil, errNoVersion
	}
	var strong []string
	rest := strings.Join(header, ",")
	for n := 0; ; n++ {
		rest = strings.TrimLeft(rest, " \t")
		opaque, weak := strings.CutPrefix(rest, "W/")
		tag, after, ok := cutTag(opaque)
		if !ok || n == maxTags {
			return nil, &fieldError{errBody, "If-Match"}
		}
		if !weak && tag != "" {
			strong = append(strong, tag)
		}
		if rest = strings.TrimLeft(after, " \t"); rest == "" {
			return strong, nil
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, &fieldError{errBody, "If-Match"}
		}
	}
}

// cutTag reads one quoted tag from the beginning of a text.
func cutTag(s string) (tag, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", "", false
	}
	tag, rest, ok = strings.Cut(s, `"`)
	for i := range len(tag) {
		if tag[i] <= ' ' || tag[i] == 0x7f {
			return "", "", false
		}
	}
	return tag, rest, ok
}

// apiPortal tells the way into the payment portal (O4, O5). It opens nothing.
func (x *exchange) apiPortal() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Portal(x.r.Context())
	seen := x.account.Can("BillingEmail")
	return respond(x, panel, err, func(p billing.PortalPanel) apimodel.PortalWay {
		out := apimodel.PortalWay{
			Status: statusModel(p.Status), MaskedEmail: text(p.Email.Masked()), Shared: p.Shared, Confirm: text(p.Confirm),
		}
		if p.Way != "" {
			way := apimodel.Way(p.Way)
			out.Way = &way
		}
		if seen {
			out.Email = text(p.Email.Reveal())
		}
		return out
	})
}

// apiOpenPortal makes the link into the payment portal after the person has confirmed (C10). The link stands in this
// answer and nowhere else.
func (x *exchange) apiOpenPortal() error {
	body, err := decode[apimodel.PortalSessionRequest](x)
	if err != nil {
		return err
	}
	entry, err := x.account.OpenPortal(x.r.Context(), body.Confirm)
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, apimodel.PortalSession{Way: apimodel.Way(entry.Way), Url: entry.URL.Reveal()})
}
