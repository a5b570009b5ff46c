package stripefake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// KeySpec describes an API key.
type KeySpec struct {
	Live    bool
	Account string   // empty: the platform's own
	Scopes  []string // of a restricted key, such as "rak_invoice_write", which includes reading; nil: a secret key
}

type apiKey struct {
	KeySpec
	expired bool
}

type realmKey struct {
	account string
	live    bool
}

// Key is the platform's secret key of test mode.
func (s *Server) Key() string { return s.keyOf("sk_test_") }

// LiveKey is the platform's secret key of live mode.
func (s *Server) LiveKey() string { return s.keyOf("sk_live_") }

func (s *Server) keyOf(prefix string) string { return prefix + s.token(prefix, 1, 99) }

// NewKey makes a key; one with scopes is a restricted key.
func (s *Server) NewKey(spec KeySpec) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if spec.Account == "" {
		spec.Account = s.platform
	}
	prefix := "sk_"
	if spec.Scopes != nil {
		prefix = "rk_"
	}
	if spec.Live {
		return s.addKey(prefix+"live_", spec)
	}
	return s.addKey(prefix+"test_", spec)
}

func (s *Server) addKey(prefix string, spec KeySpec) string {
	key := prefix + s.newToken(prefix, 99)
	s.keys[key] = &apiKey{KeySpec: spec}
	return key
}

// ExpireKey makes a key one that has expired: from now on it is refused with 401 api_key_expired.
func (s *Server) ExpireKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[key] == nil {
		panic("stripefake: no such key")
	}
	s.keys[key].expired = true
}

// Account is the id of the platform's own account.
func (s *Server) Account() string { return s.platform }

// Connect adds an account that is connected to the platform.
func (s *Server) Connect() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.newID("acct")
	s.connected[id] = true
	return id
}

// Disconnect takes the platform's access to an account away.
func (s *Server) Disconnect(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connected, account)
}

// Test is the platform's data in test mode.
func (s *Server) Test() *Realm { return s.Realm("", false) }

// Live is the platform's data in live mode.
func (s *Server) Live() *Realm { return s.Realm("", true) }

// Realm is the data of an account in one mode; an empty account is the platform's own.
func (s *Server) Realm(account string, live bool) *Realm {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.realm(orDefault(account, s.platform), live)
}

func (s *Server) realm(account string, live bool) *Realm {
	key := realmKey{account, live}
	r := s.realms[key]
	if r == nil {
		r = newRealm(s, account, live)
		s.realms[key] = r
	}
	return r
}

// authenticate finds out who asks, and whose data are asked for.
func (c *call) authenticate() *apiError {
	secret := bearer(c.header)
	if secret == "" {
		return &apiError{
			Status: http.StatusUnauthorized, Type: typeInvalid,
			Message: "You did not provide an API key. You need to provide your API key in the Authorization header, using " +
				"Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
		}
	}
	key := c.server.keys[secret]
	if key == nil {
		return &apiError{Status: http.StatusUnauthorized, Type: typeInvalid, Message: "Invalid API Key provided: " + masked(secret)}
	}
	if key.expired {
		return &apiError{
			Status: http.StatusUnauthorized, Type: typeInvalid, Code: "api_key_expired",
			Message: "Expired API Key provided: " + masked(secret),
		}
	}
	account := orDefault(c.header.Get("Stripe-Account"), key.Account)
	if account != key.Account && (key.Account != c.server.platform || !c.server.connected[account]) {
		return &apiError{
			Status: http.StatusForbidden, Type: typeInvalid, Code: "account_invalid",
			Message: fmt.Sprintf("The provided key '%s' does not have access to account '%s' (or that account does not exist). "+
				"Application access may have been revoked.", masked(secret), account),
		}
	}
	c.realm = c.server.realm(account, key.Live)
	if key.Scopes != nil && !permits(key.Scopes, c.route.scope) {
		return &apiError{
			Status: http.StatusForbidden, Type: typeInvalid,
			Message: fmt.Sprintf("The provided key '%s' does not have the required permissions for this endpoint on account '%s'. "+
				"Having the '%s' permission would allow this request to continue.", masked(secret), account, c.route.scope),
		}
	}
	return nil
}

// permits tells whether scopes hold one; writing includes reading.
func permits(scopes []string, wanted string) bool {
	write := strings.TrimSuffix(wanted, "_read") + "_write"
	return slices.Contains(scopes, wanted) || slices.Contains(scopes, write)
}

// bearer reads the key from the header, as a bearer or as the user of basic authentication.
func bearer(h http.Header) string {
	if token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token)
	}
	user, _, _ := (&http.Request{Header: h}).BasicAuth()
	return user
}

// masked shows of a key what Stripe's messages show: its kind and its last characters.
func masked(key string) string {
	const head, tail = len("sk_test_"), 6
	if len(key) <= head+tail {
		return strings.Repeat("*", len(key))
	}
	return key[:head] + strings.Repeat("*", len(key)-head-tail) + key[len(key)-tail:]
}
