package stripefake

import "time"

// Endpoint is a webhook endpoint.
type Endpoint struct {
	ID, URL    string
	APIVersion string   // of what it is sent; empty: the account's, which is Version
	Events     []string // types, or "*"; empty: all
	Connect    bool     // it hears of connected accounts instead of the platform's own
	Disabled   bool
	Secrets    []string // each signs; empty: one is made
	Created    time.Time
}

func (x *Endpoint) ident() string    { return x.ID }
func (x *Endpoint) made() time.Time  { return x.Created }
func (x *Endpoint) owner() string    { return "" }
func (x *Endpoint) kind() string     { return "webhook endpoint" }
func (x *Endpoint) snapshot() object { copied := *x; return &copied }

func (x *Endpoint) render(r *Realm) obj {
	events := []any{}
	for _, e := range x.Events {
		events = append(events, e)
	}
	status := "enabled"
	if x.Disabled {
		status = "disabled"
	}
	return obj{
		"id": x.ID, "object": "webhook_endpoint", "api_version": textOrNull(x.APIVersion), "application": nil,
		"created": x.Created.Unix(), "description": nil, "enabled_events": events, "livemode": r.live, "metadata": obj{},
		"status": status, "url": x.URL,
	}
}

// AddEndpoint registers a webhook endpoint. Its secret is in the first of Secrets.
func (r *Realm) AddEndpoint(x Endpoint) (added Endpoint) {
	r.seed(func(c *call) {
		if x.ID == "" {
			x.ID = r.server.newID("we")
		}
		if x.Created.IsZero() {
			x.Created = c.now
		}
		if len(x.Secrets) == 0 {
			x.Secrets = []string{"whsec_" + r.server.newToken("whsec", 32)}
		}
		if len(x.Events) == 0 {
			x.Events = []string{"*"}
		}
		x.URL = orDefault(x.URL, "https://host.example/webhooks")
		r.endpoints.add(&x)
		added = x
	})
	return added
}

// RollSecret gives an endpoint another secret. The old ones sign too as long as they are kept.
func (r *Realm) RollSecret(endpoint string, keep bool) (secret string) {
	r.seed(func(*call) {
		x := mustFind(r.endpoints, endpoint)
		secret = "whsec_" + r.server.newToken("whsec", 32)
		if keep {
			x.Secrets = append([]string{secret}, x.Secrets...)
		} else {
			x.Secrets = []string{secret}
		}
	})
	return secret
}

func listEndpoints(c *call) (any, *apiError) {
	return query[*Endpoint]{from: c.realm.endpoints, url: "/v1/webhook_endpoints"}.page(c)
}

func getEndpoint(c *call) (any, *apiError) {
	x, ok := c.realm.endpoints.get(c.ids[0])
	if !ok {
		return nil, c.missing("webhook endpoint", c.ids[0], "webhook_endpoint")
	}
	return c.realm.show(x), nil
}
