package stripefake

import "time"

// Limits are requests per second of one account in one mode. Zero means no limit.
type Limits struct {
	Global   int // over all routes
	Endpoint int // of each route
	Search   int // of each search route, instead of Endpoint
}

// StripeLimits are the documented limits of live mode, or of a sandbox.
func StripeLimits(live bool) Limits {
	if live {
		return Limits{Global: 100, Endpoint: 25, Search: 20}
	}
	return Limits{Global: 25, Endpoint: 25, Search: 20}
}

// limited counts a request against its buckets, each of which holds what one second allows. A request that is refused
// takes nothing out of either.
func (c *call) limited() *apiError {
	limits := c.server.options.Limits
	perRoute := limits.Endpoint
	if c.route.path[len(c.route.path)-1] == "search" {
		perRoute = limits.Search
	}
	account := c.realm.name() + " "
	buckets := []struct {
		name   string
		rate   int
		reason string
	}{{account, limits.Global, "global-rate"}, {account + c.route.name, perRoute, "endpoint-rate"}}
	for _, b := range buckets {
		if b.rate > 0 && c.fill(b.name).Sub(c.now) > time.Second-time.Second/time.Duration(b.rate) {
			return errLimited(b.reason)
		}
	}
	for _, b := range buckets {
		if b.rate > 0 {
			c.server.buckets[b.name] = c.fill(b.name).Add(time.Second / time.Duration(b.rate))
		}
	}
	return nil
}

// fill is the time at which a bucket will be full of tokens again.
func (c *call) fill(bucket string) time.Time {
	at := c.server.buckets[bucket]
	if at.Before(c.now) {
		return c.now
	}
	return at
}
