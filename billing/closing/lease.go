package closing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// hold is a line of the ledger that one call works on, under a lease.
type hold struct {
	c     *Closer
	owner string           // of this call alone, so that what bears it was written by it
	now   provider.Closing // as it is stored
	ends  time.Time        // until when the lease is surely ours, by our own clock
}

// errLost says that somebody else has the closing now.
var errLost = errors.New("the lease was lost")

// take takes the lease of a closing as it was read, or begins one that is not stored yet.
func (c *Closer) take(ctx context.Context, read provider.Closing, change func(*provider.Closing)) (*hold, error) {
	h := &hold{c: c, owner: c.cfg.Owner + "/" + c.cfg.Nonce(), now: read}
	return h, h.put(ctx, c.cfg.Lease, change)
}

// once writes a change in one go, without a lease to keep.
func (c *Closer) once(ctx context.Context, read provider.Closing, change func(*provider.Closing)) (provider.Closing, error) {
	h := &hold{c: c, owner: c.cfg.Owner + "/" + c.cfg.Nonce(), now: read}
	err := h.put(ctx, 0, change)
	return h.now, elsewhere(err)
}

// put writes the closing with a change, and asks for the lease anew; 0 gives it up. When the answer is lost, what is
// stored decides.
func (h *hold) put(ctx context.Context, lease time.Duration, change func(*provider.Closing)) error {
	next := h.now
	if change != nil {
		change(&next)
	}
	next.Owner, next.Lease = h.owner, lease
	began := h.c.wall()
	stored, err := h.c.ledger.Put(ctx, next)
	if err != nil {
		stored, err = h.settle(ctx, &next, err)
	}
	if err != nil {
		return err
	}
	h.now, h.ends = stored, began.Add(lease)
	h.c.seen(&stored, nil)
	return nil
}

// settle finds out what has become of a write that failed.
func (h *hold) settle(ctx context.Context, next *provider.Closing, failed error) (provider.Closing, error) {
	read, err := h.c.ledger.Closing(ctx, next.Key)
	switch {
	case err != nil:
		return provider.Closing{}, failed
	case read.Owner == h.owner && read.Version != h.now.Version && same(&read, next):
		return read, nil // it was written, and the answer was lost
	case read.Version != h.now.Version, provider.IsKind(failed, provider.ErrConflict) && read.Owner != h.owner:
		return provider.Closing{}, errLost
	}
	return provider.Closing{}, failed
}

// same tells whether what is stored is what was to be written.
func same(stored, want *provider.Closing) bool {
	return stored.State == want.State && stored.Hash == want.Hash && stored.Invoice == want.Invoice && stored.Reason == want.Reason
}

// alive makes sure that the lease holds for a while.
func (h *hold) alive(ctx context.Context) error {
	if h.ends.Sub(h.c.wall()) < h.c.cfg.Lease/2 {
		if err := h.put(ctx, h.c.cfg.Lease, nil); err != nil {
			return err
		}
	}
	if !h.c.wall().Before(h.ends) {
		return errLost
	}
	return nil
}

// move brings the closing into a state, and keeps the lease.
func (h *hold) move(ctx context.Context, state provider.ClosingState) error {
	err := h.put(ctx, h.c.cfg.Lease, func(c *provider.Closing) { c.State, c.Reason = state, "" })
	if err == nil && !h.c.wall().Before(h.ends) {
		return errLost
	}
	return err
}

// end brings the closing into a state, and gives the lease up.
func (h *hold) end(ctx context.Context, state provider.ClosingState, reason string) error {
	return h.put(ctx, 0, func(c *provider.Closing) { c.State, c.Reason = state, reason })
}

// releaseTime bounds the last write of a call that failed, whose own context may be done.
const releaseTime = 5 * time.Second

// release gives the lease up as well as it can: whoever comes next need not wait for its end.
func (h *hold) release(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	err := h.put(ctx, 0, func(c *provider.Closing) {
		if reason != "" {
			c.Reason = reason
		}
	})
	if err != nil && !errors.Is(err, errLost) {
		h.c.cfg.Logger.Warn("closing: a lease could not be given up", "account", h.now.Key.Account, "kind", provider.Kind(err))
	}
}

// seen tells the observer.
func (c *Closer) seen(now *provider.Closing, err error) {
	c.cfg.Observe(Event{Account: now.Key.Account, State: now.State, Err: err, At: c.wall()})
}

// nonce is different for every call of every process.
func nonce() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// sleep waits on a timer.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
