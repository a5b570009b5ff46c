package stripefake

import (
	"strings"
	"time"
)

// Configuration is a configuration of the customer portal.
type Configuration struct {
	ID               string
	Default          bool // what sessions use that name none; there is one
	Inactive         bool
	LoginPage        bool // it has a login page
	DefaultReturnURL string
	NoEmailUpdate    bool // customers cannot change their address in the portal
	Created, Updated time.Time
}

func (x *Configuration) ident() string    { return x.ID }
func (x *Configuration) made() time.Time  { return x.Created }
func (x *Configuration) owner() string    { return "" }
func (x *Configuration) kind() string     { return "configuration" }
func (x *Configuration) snapshot() object { copied := *x; return &copied }

func (x *Configuration) render(r *Realm) obj {
	var page any
	if x.LoginPage {
		page = "https://billing.stripe.com/p/login/" + r.mode() + "_" + hashed(x.ID, 18)
	}
	updates := []any{"email", "tax_id"}
	if x.NoEmailUpdate {
		updates = []any{"tax_id"}
	}
	return obj{
		"id": x.ID, "object": "billing_portal.configuration", "active": !x.Inactive, "application": nil,
		"business_profile": obj{"headline": nil, "privacy_policy_url": nil, "terms_of_service_url": nil},
		"created":          x.Created.Unix(), "default_return_url": textOrNull(x.DefaultReturnURL),
		"features": obj{
			"customer_update":       obj{"allowed_updates": updates, "enabled": true},
			"invoice_history":       obj{"enabled": true},
			"payment_method_update": obj{"enabled": true},
			"subscription_cancel": obj{
				"cancellation_reason": obj{"enabled": false, "options": []any{}}, "enabled": false, "mode": "at_period_end",
				"proration_behavior": "none",
			},
			"subscription_pause":  obj{"enabled": false},
			"subscription_update": obj{"default_allowed_updates": []any{}, "enabled": false, "proration_behavior": "none"},
		},
		"is_default": x.Default, "livemode": r.live, "login_page": obj{"enabled": x.LoginPage, "url": page}, "metadata": obj{},
		"updated": x.Updated.Unix(),
	}
}

// AddConfiguration saves a portal configuration; a default one takes the place of the one before.
func (r *Realm) AddConfiguration(x Configuration) (added Configuration) {
	r.seed(func(c *call) {
		made := r.saveConfiguration(x)
		c.emit("billing_portal.configuration.created", made, nil)
		added = *made
	})
	return added
}

// ChangeConfiguration changes a configuration, as its owner would in the dashboard.
func (r *Realm) ChangeConfiguration(id string, change func(x *Configuration)) {
	r.seed(func(c *call) {
		x := mustFind(r.configurations, id)
		before := *x
		change(x)
		x.Updated = c.now
		c.emit("billing_portal.configuration.updated", x, &before)
	})
}

// ForgetConfigurations makes the portal settings ones that were never saved.
func (r *Realm) ForgetConfigurations() {
	r.seed(func(*call) { r.configurations = newTable[*Configuration]() })
}

// Configurations are the saved configurations, oldest first.
func (r *Realm) Configurations() []Configuration {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	var out []Configuration
	for _, x := range r.configurations.values() {
		out = append(out, *x)
	}
	return out
}

// saveConfiguration adds one. The lock is held.
func (r *Realm) saveConfiguration(x Configuration) *Configuration {
	if x.ID == "" {
		x.ID = r.server.newID("bpc")
	}
	if x.Created.IsZero() {
		x.Created = r.server.clock.read()
	}
	x.Updated = x.Created
	if x.Default {
		for _, other := range r.configurations.values() {
			other.Default = false
		}
	}
	r.configurations.add(&x)
	return &x
}

func listConfigurations(c *call) (any, *apiError) {
	return query[*Configuration]{
		from: c.realm.configurations, url: "/v1/billing_portal/configurations", keep: func(x *Configuration) bool {
			return (!c.form.has("active") || c.form.truth("active") != x.Inactive) &&
				(!c.form.has("is_default") || c.form.truth("is_default") == x.Default)
		},
	}.page(c)
}

func getConfiguration(c *call) (any, *apiError) {
	x, ok := c.realm.configurations.get(c.ids[0])
	if !ok {
		return nil, c.missing("configuration", c.ids[0], "configuration")
	}
	return c.realm.show(x), nil
}

func createSession(c *call) (any, *apiError) {
	customer, e := c.customer(c.form.text("customer"), "customer")
	if e != nil {
		return nil, e
	}
	x, e := c.sessionConfiguration()
	if e != nil {
		return nil, e
	}
	back := orDefault(c.form.text("return_url"), x.DefaultReturnURL)
	if back != "" && !strings.HasPrefix(back, "https://") && (c.realm.live || !strings.HasPrefix(back, "http://")) {
		return nil, invalid("url_invalid", "return_url", "Not a valid URL")
	}
	return obj{
		"id": c.server.newID("bps"), "object": "billing_portal.session", "configuration": x.ID, "created": c.now.Unix(),
		"customer": customer.ID, "flow": c.flow(), "livemode": c.realm.live, "locale": textOrNull(c.form.text("locale")),
		"on_behalf_of": nil, "return_url": textOrNull(back),
		"url": "https://billing.stripe.com/p/session/" + c.realm.mode() + "_" + c.server.newToken("session", 98),
	}, nil
}

func (c *call) sessionConfiguration() (*Configuration, *apiError) {
	if id := c.form.text("configuration"); id != "" {
		x, ok := c.realm.configurations.get(id)
		if !ok {
			return nil, c.missing("configuration", id, "configuration")
		}
		if x.Inactive {
			return nil, invalid("", "configuration", "The configuration %s is not active.", id)
		}
		return x, nil
	}
	for _, x := range c.realm.configurations.values() {
		if x.Default && !x.Inactive {
			return x, nil
		}
	}
	mode, path := "live mode", ""
	if !c.realm.live {
		mode, path = "test mode", "test/"
	}
	return nil, invalid("", "", "You can’t create a portal session in %s until you save your customer portal settings in %s at "+
		"https://dashboard.stripe.com/%ssettings/billing/portal.", mode, mode, path)
}

func (c *call) flow() any {
	if !c.form.has("flow_data[type]") {
		return nil
	}
	after := obj{"hosted_confirmation": nil, "redirect": nil, "type": orDefault(c.form.text("flow_data[after_completion][type]"), "portal_homepage")}
	if to := c.form.text("flow_data[after_completion][redirect][return_url]"); to != "" {
		after["redirect"] = obj{"return_url": to}
	}
	return obj{
		"after_completion": after, "subscription_cancel": nil, "subscription_update": nil, "subscription_update_confirm": nil,
		"type": c.form.text("flow_data[type]"),
	}
}
