package stripe

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// attemptKey is where the transport finds which attempt a request belongs to.
type attemptKey struct{}

func attemptOf(ctx context.Context) int {
	n, _ := ctx.Value(attemptKey{}).(int)
	return max(n, 1)
}

// The backoff: from half a second doubling up to eight, of which a random part is waited.
const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 8 * time.Second
)

// pause waits before the next attempt: as long as Stripe asks for, or a random part of a doubling time. It ends with the
// context, and does not begin when the context would end before it.
func (p *Provider) pause(ctx context.Context, attempt int, err error) error {
	most := min(backoffFirst<<(attempt-1), backoffMost)
	wait := backoffFirst/4 + randomUpTo(most)
	var e *wireError
	if errors.As(err, &e) && e.after > wait {
		wait = e.after
	}
	if deadline, ok := ctx.Deadline(); ok && p.cfg.Clock().Add(wait).After(deadline) {
		return context.DeadlineExceeded
	}
	return p.cfg.Sleep(ctx, wait)
}

// randomUpTo spreads the attempts of many callers. A failure of the source of randomness is a program that cannot go on.
func randomUpTo(most time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)))
	if err != nil { // guard: crypto/rand does not fail
		return most
	}
	return time.Duration(n.Int64())
}

// read runs a call that changes nothing. It is repeated while nothing final has come back.
func read[T any](ctx context.Context, p *Provider, op string, call func(context.Context, *clients) (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		value, err := once(ctx, p, attempt, call)
		if err == nil {
			return value, nil
		}
		if ctx.Err() != nil || judge(err) == final || attempt >= p.cfg.Attempts || p.pause(ctx, attempt, err) != nil {
			var zero T
			return zero, p.translate(op, err)
		}
	}
}

// once runs one attempt of a call with the key that holds now. A context that is done begins nothing.
func once[T any](ctx context.Context, p *Provider, attempt int, call func(context.Context, *clients) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, &notSent{err}
	}
	c, err := p.clients(ctx)
	if err != nil {
		return zero, err
	}
	return call(context.WithValue(ctx, attemptKey{}, attempt), c)
}

// effect is a write.
type effect[T any] struct {
	op     string   // the method of the contract, such as "Void"
	object string   // what is written: one write at a time at each; empty: something new
	key    string   // the caller's idempotency key
	params []string // everything that is sent; another content has another key at Stripe

	// do sends the write under an idempotency key.
	do func(ctx context.Context, c *clients, key string) (T, error)
	// look finds out whether the write has happened. It is asked before a second attempt under another key.
	look func(ctx context.Context, c *clients) (value T, done bool, err error)
}

// idempotencyKey names one attempt at a write. It holds no address: parameters are hashed.
func (e *effect[T]) idempotencyKey(attempt int) string {
	hash := sha256.New()
	for _, part := range append([]string{e.op, e.object, e.key}, e.params...) {
		hash.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "bh1/" + e.op + "/" + hex.EncodeToString(hash.Sum(nil)[:20]) + "/" + strconv.Itoa(attempt)
}

// write brings about an effect once. A request whose outcome is not known is repeated under the same key, which Stripe
// answers with what it has done. A failure that Stripe repeats from its store has used the key up: then the effect is
// looked for before anything is sent under another one. When the outcome stays unknown it is provider.ErrUnknown.
func write[T any](ctx context.Context, p *Provider, e *effect[T]) (T, error) {
	var zero T
	if e.object != "" {
		done, err := p.turns.take(ctx, e.object)
		if err != nil {
			return zero, p.translate(e.op, &notSent{err})
		}
		defer done()
	}
	unknown := false
	for attempt, key := 1, 1; ; attempt++ {
		value, err := once(ctx, p, attempt, func(ctx context.Context, c *clients) (T, error) {
			return e.do(ctx, c, e.idempotencyKey(key))
		})
		if err == nil {
			return value, nil
		}
		switch judge(err) {
		case final:
			return zero, p.translate(e.op, err)
		case unclear:
			unknown = true
		case stored:
			value, done, lookErr := e.find(ctx, p, attempt)
			if done {
				return value, nil
			}
			if lookErr != nil {
				return zero, p.unsure(e.op, true, err)
			}
			key, unknown = key+1, false
		}
		if ctx.Err() != nil || attempt >= p.cfg.Attempts || p.pause(ctx, attempt, err) != nil {
			return zero, p.unsure(e.op, unknown, err)
		}
	}
}

// find looks for the effect of what was sent before.
func (e *effect[T]) find(ctx context.Context, p *Provider, attempt int) (value T, done bool, err error) {
	_, err = once(ctx, p, attempt, func(ctx context.Context, c *clients) (struct{}, error) {
		var lookErr error
		value, done, lookErr = e.look(ctx, c)
		return struct{}{}, lookErr
	})
	return value, done && err == nil, err
}

// unsure ends a write that did not come to an end: the outcome is unknown when something that was sent may have happened.
func (p *Provider) unsure(op string, unknown bool, err error) error {
	out := p.translate(op, err)
	var e *provider.Error
	if unknown && errors.As(out, &e) {
		copied := *e
		copied.Kind, copied.Field = provider.ErrUnknown, ""
		return &copied
	}
	return out
}
