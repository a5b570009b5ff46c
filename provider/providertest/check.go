package providertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// reporter is what a case needs of a *testing.T. The suite's own tests record failures with another one.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Context() context.Context
}

// check is what cases say and compare with.
type check struct{ reporter }

// canary is a word in every address and URL that the suite uses. No error may hold it.
const canary = "canary"

const (
	// patience is how long a call may take that should return at once.
	patience = 5 * time.Second
	// racers is how many go at the same thing at once.
	racers = 64
)

func (c *check) fatalf(format string, args ...any) {
	c.Helper()
	c.Errorf(format, args...)
	c.FailNow()
}

// ok stops the case when there is an error.
func (c *check) ok(err error, what string) {
	c.Helper()
	if err != nil {
		c.fatalf("%s: got the error %q, want none", what, err)
	}
}

// that stops the case when something does not hold.
func (c *check) that(holds bool, format string, args ...any) {
	c.Helper()
	if !holds {
		c.fatalf(format, args...)
	}
}

// same stops the case when two values differ.
func same[T any](c *check, what string, got, want T) {
	c.Helper()
	if !reflect.DeepEqual(got, want) {
		c.fatalf("%s: got %+v, want %+v", what, got, want)
	}
}

// sameAmount compares amounts by value.
func (c *check) sameAmount(what string, got, want money.Amount) {
	c.Helper()
	if !got.Equal(want) {
		c.fatalf("%s: got %s, want %s", what, got, want)
	}
}

// only gives the one thing in a list, and stops the case when there are more, or none.
func only[T any](c *check, what string, list []T) *T {
	c.Helper()
	if len(list) != 1 {
		c.fatalf("%s: got %d, want one", what, len(list))
	}
	return &list[0]
}

// refused stops the case unless a call has failed with one of the kinds, in the way the contract wants.
func (c *check) refused(err error, op, what string, kinds ...error) refusal {
	c.Helper()
	if err == nil {
		c.fatalf("%s: got no error, want %q", what, kinds[0])
	}
	var e *provider.Error
	if !errors.As(err, &e) {
		c.fatalf("%s: got %T %q, want a *provider.Error", what, err, err)
	}
	if e.Kind == nil || !slices.Contains(provider.Kinds(), e.Kind) {
		c.fatalf("%s: got the kind %v, which is not in the closed set", what, e.Kind)
	}
	if !slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }) {
		c.fatalf("%s: got the error %q, want %q", what, err, kinds[0])
	}
	same(c, what+": operation of the error", e.Op, op)
	for _, leak := range []string{canary, "@", "://", "%40"} {
		if strings.Contains(strings.ToLower(err.Error()), leak) {
			c.fatalf("%s: the error shows an address or a URL: %q", what, err)
		}
	}
	return refusal{e}
}

// refusal is a failure that keeps the contract.
type refusal struct{ err *provider.Error }

// indistinguishable stops the case when two refusals can be told apart. Ids of requests differ, of course.
func (c *check) indistinguishable(what string, one, other refusal) {
	c.Helper()
	text := func(r refusal) string {
		copied := *r.err
		if copied.RequestID != "" {
			copied.RequestID = "…"
		}
		return copied.Error()
	}
	if text(one) != text(other) || one.err.RetryAfter != other.err.RetryAfter {
		c.fatalf("%s: %q and %q can be told apart", what, one.err, other.err)
	}
}

// soon stops the case when f does not return in time. f must not stop the case itself.
func (c *check) soon(what string, f func()) {
	c.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.fatalf("%s: no answer within %s", what, patience)
	}
}

// stopped wants a call to do nothing, and to say so at once, when its context is done.
func (c *check) stopped(op string, call func(context.Context) error) {
	c.Helper()
	cancelled, cancel := context.WithCancel(c.Context())
	cancel()
	expired, cancel := context.WithDeadline(c.Context(), time.Unix(0, 0))
	defer cancel()
	for name, ctx := range map[string]context.Context{"cancelled": cancelled, "expired": expired} {
		var err error
		c.soon(op, func() { err = call(ctx) })
		c.refused(err, op, "with a context that is "+name, provider.ErrTimeout, provider.ErrUnavailable)
	}
}

// together calls f from n goroutines at once and gives what they returned. f must not stop the case.
func together[T any](n int, f func(i int) T) []T {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	out := make([]T, n)
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			out[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return out
}

// winners counts the racers without an error; the others must have lost with one of the kinds.
func (c *check) winners(op string, errs []error, kinds ...error) (count, last int) {
	c.Helper()
	last = -1
	for i, err := range errs {
		if err == nil {
			count, last = count+1, i
			continue
		}
		c.refused(err, op, fmt.Sprintf("racer %d", i), kinds...)
	}
	return count, last
}

// email makes an address with the canary in it.
func (c *check) email(name string) provider.Email {
	c.Helper()
	email, err := provider.NewEmail(name + "." + canary + "@" + canary + ".example.com")
	c.ok(err, "address of the suite")
	return email
}

// dollars is an amount in USD.
func (c *check) dollars(text string) money.Amount {
	c.Helper()
	amount, err := money.Parse(text, "USD")
	c.ok(err, "amount of the suite")
	return amount
}

// ability gives an ability that has been found before the case began.
func ability[T any](p any) T {
	found, _ := provider.As[T](p)
	return found
}
