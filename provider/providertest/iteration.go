package providertest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/billhatch/billhatch/provider"
)

// mapped changes the values of a sequence.
func mapped[T, U any](seq iter.Seq2[T, error], f func(T) U) iter.Seq2[U, error] {
	return func(yield func(U, error) bool) {
		for v, err := range seq {
			if !yield(f(v), err) {
				return
			}
		}
	}
}

// iteration is a sequence of things of an account, as the cases see it that all such sequences have in common.
type iteration struct {
	add func(r *rec, account, id string)
	all func(ctx context.Context, r *rec, account string) iter.Seq2[string, error]
}

// read collects ids until the end or the first error; ends counts what came after the error.
func (it iteration) read(ctx context.Context, r *rec, account string) (ids []string, after int, failed error) {
	for id, err := range it.all(ctx, r, account) {
		switch {
		case failed != nil:
			after++
		case err != nil:
			failed = err
		default:
			ids = append(ids, id)
		}
	}
	return ids, after, failed
}

func iterationCases(op string, it iteration) []testCase[*rec] {
	return []testCase[*rec]{
		{name: "everything comes once, in order of id", run: func(r *rec) {
			account := r.account()
			for _, id := range []string{"b", "B", "10", "2", "a", "ä"} {
				it.add(r, account, id)
			}
			got, _, err := it.read(r.Context(), r, account)
			r.ok(err, op)
			same(r.check, "ids", got, []string{"10", "2", "B", "a", "b", "ä"})
		}},
		{name: "an account that has nothing gives nothing, without an error", run: func(r *rec) {
			got, _, err := it.read(r.Context(), r, r.account())
			r.ok(err, op)
			same(r.check, "number of things", len(got), 0)
		}},
		{name: "what belongs to another account does not come", run: func(r *rec) {
			one, other := r.account(), r.account()
			it.add(r, one, "mine")
			it.add(r, other, "theirs")
			got, _, err := it.read(r.Context(), r, one)
			r.ok(err, op)
			same(r.check, "ids", got, []string{"mine"})
		}},
		{name: "an unknown account is one error and then the end", run: func(r *rec) {
			it.add(r, r.account(), "theirs")
			got, after, err := it.read(r.Context(), r, absent)
			r.refused(err, op, "unknown account", provider.ErrNotFound)
			same(r.check, "what came beside the error", len(got)+after, 0)
		}},
		{name: "an iteration that is left early can be begun again", run: func(r *rec) {
			account := r.account()
			for i := range 20 {
				it.add(r, account, fmt.Sprintf("%02d", i))
			}
			for range 30 {
				for _, err := range it.all(r.Context(), r, account) {
					r.ok(err, op)
					break
				}
			}
			got, _, err := it.read(r.Context(), r, account)
			r.ok(err, op)
			same(r.check, "number of things", len(got), 20)
		}},
		{name: "the same sequence can be read twice, or says that it cannot", run: func(r *rec) {
			account := r.account()
			it.add(r, account, "a")
			seq := it.all(r.Context(), r, account)
			for range 2 {
				n, failed := 0, false
				for _, err := range seq {
					failed = failed || err != nil
					n++
				}
				r.that(failed || n == 1, "the sequence gave %d things without an error, want 1", n)
			}
		}},
		{name: "two iterations at once do not disturb each other", run: func(r *rec) {
			one, other := r.account(), r.account()
			for i := range 4 {
				it.add(r, one, fmt.Sprintf("one-%d", i))
				it.add(r, other, fmt.Sprintf("other-%d", i))
			}
			n := 0
			for _, err := range it.all(r.Context(), r, one) {
				r.ok(err, op)
				inner, _, err := it.read(r.Context(), r, other)
				r.ok(err, op+" inside")
				same(r.check, "number of things inside", len(inner), 4)
				n++
			}
			same(r.check, "number of things", n, 4)
		}},
		{name: "many may iterate at once", run: func(r *rec) {
			account := r.account()
			for i := range 5 {
				it.add(r, account, fmt.Sprint(i))
			}
			for _, err := range together(racers, func(int) error {
				got, _, err := it.read(r.Context(), r, account)
				if err == nil && len(got) != 5 {
					err = errors.New("not everything came")
				}
				return err
			}) {
				r.ok(err, op)
			}
		}},
		{name: "an iteration whose context is done is one error", run: func(r *rec) {
			account := r.account()
			it.add(r, account, "a")
			r.stopped(op, func(ctx context.Context) error {
				got, after, err := it.read(ctx, r, account)
				if len(got)+after > 0 {
					return errors.New("something came although the context was done")
				}
				return err
			})
		}},
		{name: "an iteration whose context is done on the way ends with an error, soon", run: func(r *rec) {
			account := r.account()
			for i := range 300 {
				it.add(r, account, fmt.Sprintf("%04d", i))
			}
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			n := 0
			var last error
			for _, err := range it.all(ctx, r, account) {
				if last = err; err != nil {
					break
				}
				if n++; n == 2 {
					cancel()
				}
			}
			r.refused(last, op, "an iteration whose context is done", provider.ErrTimeout, provider.ErrUnavailable)
			r.that(n < 290, "%d things came after the context was done", n)
		}},
	}
}
