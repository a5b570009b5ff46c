package stripefake

import (
	"hash/fnv"
	"net/http"
	"net/url"
	"time"
)

// Keys live 24 hours and up to two more.
const (
	keyLife   = 24 * time.Hour
	keySpread = 2 * time.Hour
	maxKey    = 255
)

type storedKey struct {
	realm realmKey
	key   string
}

// stored is what the idempotency store keeps of a request that has begun to execute.
type stored struct {
	path     string
	print    string // of the parameters
	request  string // id of the first request
	inFlight bool
	status   int
	body     []byte
	until    time.Time
}

func (c *call) storedKey() storedKey {
	return storedKey{realmKey{c.realm.account, c.realm.live}, c.key}
}

// claim takes the request's key, or answers for it: with what is stored, or with a refusal. It is the last thing before
// execution.
func (c *call) claim() (answered bool) {
	if c.method != http.MethodPost || c.key == "" {
		return false
	}
	if len(c.key) > maxKey {
		c.refuse(invalid("", "", "Idempotency-Key is too long: it can have up to %d characters", maxKey))
		return true
	}
	store, id := c.server.stored, c.storedKey()
	first := store[id]
	if first != nil && !first.inFlight && !c.now.Before(first.until) {
		delete(store, id)
		first = nil
	}
	switch {
	case first == nil:
		store[id] = &stored{path: c.path, print: c.print(), request: c.id, inFlight: true}
		return false
	case first.path != c.path:
		c.refuse(&apiError{
			Status: http.StatusBadRequest, Type: typeIdempotency,
			Message: "Keys for idempotent requests can only be used for the same endpoint they were first used for ('" + c.path +
				"' vs '" + first.path + "'). Try using a key other than '" + c.key + "' if you meant to execute a different request.",
		})
	case first.print != c.print():
		c.refuse(&apiError{
			Status: http.StatusBadRequest, Type: typeIdempotency,
			Message: "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
				"Try using a key other than '" + c.key + "' if you meant to execute a different request.",
		})
	case first.inFlight:
		c.refuse(errInUse(c.key))
	default:
		c.answer = Answer{Status: first.status, Header: jsonHeader(), Body: first.body}
		c.answer.Header.Set("Idempotent-Replayed", "true")
		c.answer.Header.Set("Original-Request", first.request)
		c.replayed = true
	}
	return true
}

// keep stores what the request was answered with.
func (c *call) keep() {
	first := c.server.stored[c.storedKey()]
	if first == nil || !first.inFlight || first.request != c.id {
		return
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(c.key))
	first.inFlight = false
	first.status, first.body = c.answer.Status, c.answer.Body
	first.until = c.now.Add(keyLife + time.Duration(hash.Sum64()%uint64(keySpread)))
}

// print tells requests with other parameters apart.
func (c *call) print() string { return url.Values(c.form).Encode() }
