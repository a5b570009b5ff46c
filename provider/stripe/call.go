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

// exchange is one attempt of a call: what the transport is told, and what it tells.
type exchange struct {
	attempt  int
	replayed bool // the answer came out of the idempotency store

	// ask is asked when nothing is left to wait for, directly before the request leaves. Its error keeps it back; nil: it
	// goes.
	ask func(ctx context.Context) error
}

// halted ends an operation with an error of the caller's own, whatever it says: nothing more is sent, and nothing looked
// for. It has no Unwrap, so that the caller's error is never taken for one of ours on its way.
type halted struct{ err error }

func (e *halted) Error() string { return "stripe: ended by the caller" }

// unhalted gives the caller its own error back.
func unhalted(err error) error {
	var h *halted
	if errors.As(err, &h) {
		return h.err
	}
	return err
}

type exchangeKey struct{}

// exchangeOf is never nil.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{attempt: 1}
}

// The backoff: from half a second doubling up to eight, of which a random part is waited.
const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 8 * time.Second
)

// pause waits before the next attempt: as long as Stripe asks for, or a random part of a doubling time. It ends with the
// context, and does not begin when the context would end before it or Stripe asks for too much.
func (p *Provider) pause(ctx context.Context, attempt int, err error) error {
	most := backoffMost
	if doubled := backoffFirst << min(attempt-1, 10); doubled < most {
		most = doubled
	}
	wait := backoffFirst/4 + randomUpTo(most)
	var e *wireError
	if errors.As(err, &e) && e.after > wait {
		wait = e.after
	}
	if deadline, ok := ctx.Deadline(); wait > backoffMost+backoffFirst || ok && p.cfg.Clock().Add(wait).After(deadline) {
		return context.DeadlineExceeded
	}
	return p.cfg.Sleep(ctx, wait)
}

// randomUpTo spreads the attempts of many callers.
func randomUpTo(most time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)))
	if err != nil { // guard: crypto/rand does not fail
		return most
	}
	return time.Duration(n.Int64())
}

// once runs one attempt of a call with the key that holds now. A context that is done begins nothing.
func once[T any](ctx context.Context, p *Provider, x *exchange, call func(context.Context, *clients) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, &notSent{err}
	}
	c, err := p.clients(ctx)
	if err != nil {
		return zero, err
	}
	value, err := call(context.WithValue(ctx, exchangeKey{}, x), c)
	if err != nil {
		return zero, err
	}
	return value, nil
}

// read runs a call that changes nothing. It is repeated while nothing final has come back. The call sends one request
// with the context that it is given.
func read[T any](ctx context.Context, p *Provider, op string, call func(context.Context, *clients) (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		value, err := once(ctx, p, &exchange{attempt: attempt}, call)
		if err == nil {
			return value, nil
		}
		verdict := judge(err)
		if verdict == final || verdict == odd || attempt >= p.cfg.Attempts || ctx.Err() != nil || p.pause(ctx, attempt, err) != nil {
			var zero T
			return zero, p.ended(op, ctx.Err(), err)
		}
	}
}

// ended gives the error of a call that has come to its end: when that was because of the context, it says so.
func (p *Provider) ended(op string, done, err error) error {
	if verdict := judge(err); done != nil && verdict != final && verdict != stored {
		return p.translate(op, &notSent{done})
	}
	return p.translate(op, err)
}

// effect is a write.
type effect[T any] struct {
	op     string   // the method of the contract, such as "Void"
	object string   // what is written: one write at a time at each; empty: something new, or the caller has its turn
	key    string   // the caller's idempotency key
	params []string // everything that is sent; another content has another key at Stripe

	// do sends the write under an idempotency key, as one request.
	do func(ctx context.Context, c *clients, key string) (T, error)
	// look finds out whether the write has happened and what it has become. It is asked when the answer to do is lost, and
	// before the write is sent under another key; nil: it cannot be found out.
	look func(ctx context.Context, c *clients) (value T, done bool, err error)
	// current: a success out of Stripe's store, which tells what was, is looked at again; when the effect is not there any
	// more, that is a conflict.
	current bool
}

// idempotencyKey names one attempt at a write. It holds no address: parameters are hashed.
func (e *effect[T]) idempotencyKey(attempt int) string {
	hash := sha256.New()
	for _, part := range append([]string{e.op, e.object, e.key}, e.params...) {
		hash.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "bh1/" + e.op + "/" + hex.EncodeToString(hash.Sum(nil)[:20]) + "/" + strconv.Itoa(attempt)
}

// maxKeys is how many keys one write may use up. Each stands for a failure that Stripe has stored in the last day.
const maxKeys = 12

// write brings about an effect once. A request whose outcome is not known is repeated under the same key, which Stripe
// answers with what it has done. A failure that Stripe repeats from its store has used the key up: then the effect is
// looked for, and only when it is not there it is sent under another key. When the outcome stays unknown it is
// provider.ErrUnknown.
func write[T any](ctx context.Context, p *Provider, e *effect[T]) (T, error) {
	if e.object != "" {
		done, err := p.turns.take(ctx, e.object)
		if err != nil {
			var zero T
			return zero, p.translate(e.op, &notSent{err})
		}
		defer done()
	}
	w := &writing[T]{effect: e, p: p, key: 1}
	return w.run(ctx)
}

// writing is a write that goes on.
type writing[T any] struct {
	*effect[T]
	p       *Provider
	key     int
	unknown bool // something that was sent may have happened
}

func (w *writing[T]) run(ctx context.Context) (T, error) {
	for attempt := 1; ; {
		x := &exchange{attempt: attempt}
		value, err := once(ctx, w.p, x, func(ctx context.Context, c *clients) (T, error) {
			return w.do(ctx, c, w.idempotencyKey(w.key))
		})
		verdict := judge(err)
		switch {
		case err == nil && x.replayed && w.current:
			return w.now(ctx)
		case err == nil:
			return value, nil
		case verdict == stored:
			value, found, err := w.usedUp(ctx, err)
			if found || err != nil {
				return value, err
			}
			continue // under the next key
		case verdict == final, verdict == odd:
			w.unknown = w.unknown || verdict == odd
			return w.settle(ctx, err)
		}
		w.unknown = w.unknown || verdict == unclear
		if attempt >= w.p.cfg.Attempts || ctx.Err() != nil || w.p.pause(ctx, attempt, err) != nil {
			return w.settle(ctx, err)
		}
		attempt++
	}
}

// now gives what a write that was done before has become.
func (w *writing[T]) now(ctx context.Context) (T, error) {
	value, found, err := w.find(ctx)
	switch {
	case err != nil:
		return value, w.unsure(err)
	case !found:
		return value, &provider.Error{Op: w.op, Kind: provider.ErrConflict, Message: "it was done before and has been changed since"}
	}
	return value, nil
}

// usedUp deals with a failure out of the store. It gives the effect when it is there all the same, and else moves on to
// the next key.
func (w *writing[T]) usedUp(ctx context.Context, failed error) (value T, found bool, err error) {
	if w.look == nil || w.key >= maxKeys {
		return value, false, w.p.translate(w.op, failed)
	}
	value, found, err = w.find(ctx)
	if err != nil {
		return value, false, w.unsure(err)
	}
	w.key, w.unknown = w.key+1, false
	return value, found, nil
}

// settle ends a write that has met an error. When something that was sent may have happened, it is looked for first.
func (w *writing[T]) settle(ctx context.Context, err error) (T, error) {
	var zero T
	if !w.unknown || errors.As(err, new(*halted)) {
		return zero, w.p.ended(w.op, ctx.Err(), err)
	}
	if w.look == nil || ctx.Err() != nil {
		return zero, w.unsure(err)
	}
	value, found, lookErr := w.find(ctx)
	switch {
	case lookErr != nil:
		return zero, w.unsure(lookErr)
	case found:
		return value, nil
	case judge(err) == final:
		return zero, w.p.translate(w.op, err)
	}
	return zero, w.unsure(err) // it may still arrive
}

// find looks for the effect.
func (w *writing[T]) find(ctx context.Context) (value T, found bool, err error) {
	value, err = read(ctx, w.p, w.op, func(ctx context.Context, c *clients) (seen T, err error) {
		seen, found, err = w.look(ctx, c)
		return seen, err
	})
	return value, found && err == nil, err
}

// unsure says that the outcome is not known.
func (w *writing[T]) unsure(err error) error {
	out := &provider.Error{Op: w.op, Kind: provider.ErrUnknown}
	var e *provider.Error
	if errors.As(w.p.translate(w.op, err), &e) {
		out.RequestID, out.Err = e.RequestID, e.Err
	}
	return out
}
