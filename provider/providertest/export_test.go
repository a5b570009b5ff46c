package providertest

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// Failure is a case that failed.
type Failure struct{ Case, Text string }

// recorder takes failures down instead of telling a test.
type recorder struct {
	//nolint:containedctx // as in a *testing.T
	ctx   context.Context
	texts []string
}

func (*recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.texts = append(r.texts, fmt.Sprintf(format, args...))
}

// stop is what a case panics with when it cannot go on.
type stop struct{}

func (*recorder) FailNow() { panic(stop{}) }

func (r *recorder) Context() context.Context { return r.ctx }

// record runs something and gives what failed in it.
func record(t *testing.T, name string, run func(c *check)) []Failure {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &recorder{ctx: ctx}
	func() {
		defer func() {
			if v := recover(); v != nil {
				if _, stopped := v.(stop); !stopped {
					r.Errorf("panic: %v\n%s", v, debug.Stack())
				}
			}
		}()
		run(&check{r})
	}()
	var out []Failure
	for _, text := range r.texts {
		out = append(out, Failure{name, text})
	}
	return out
}

// Declaration is the name of the check that has no group.
const Declaration = "the declared abilities are those that are there"

// PaymentFailures runs the groups with these names, or all of them, and gives what failed.
func PaymentFailures(t *testing.T, h PaymentsHarness, groups ...string) []Failure {
	t.Helper()
	out := record(t, Declaration, func(c *check) { declaredPayments(c, h, h.New(t)) })
	return append(out, recordGroupsOf(t, plan{h.Want, h.Lacks}, paymentGroups(), groups, func(c *check, need needs) *pay {
		return newPay(c, h.New(t), need)
	})...)
}

// RecordFailures is PaymentFailures for records.
func RecordFailures(t *testing.T, h RecordsHarness, groups ...string) []Failure {
	t.Helper()
	out := record(t, Declaration, func(c *check) { declaredRecords(c, h, h.New(t)) })
	return append(out, recordGroupsOf(t, plan{h.Want, h.Lacks}, recordGroups(), groups, func(c *check, need needs) *rec {
		return newRec(c, h.New(t), need)
	})...)
}

func recordGroupsOf[W any](t *testing.T, p plan, groups []group[W], names []string, open func(*check, needs) W) []Failure {
	t.Helper()
	var out []Failure
	for i := range groups {
		g := &groups[i]
		if len(names) > 0 && !slices.Contains(names, g.name) {
			continue
		}
		for j := range g.cases {
			tc := &g.cases[j]
			if g.skipped(p, tc) == "" {
				out = append(out, record(t, g.name+"/"+tc.name, func(c *check) { tc.run(open(c, g.needs(tc))) })...)
			}
		}
	}
	return out
}

// PaymentCases are the names of all cases, as group/case.
func PaymentCases() []string { return caseNames(paymentGroups()) }

// RecordCases are the names of all cases, as group/case.
func RecordCases() []string { return caseNames(recordGroups()) }

func caseNames[W any](groups []group[W]) []string {
	var out []string
	for i := range groups {
		for j := range groups[i].cases {
			out = append(out, groups[i].name+"/"+groups[i].cases[j].name)
		}
	}
	return out
}

// Skipped are the cases that a harness does not run.
func Skipped(h PaymentsHarness) []string {
	var out []string
	groups := paymentGroups()
	for i := range groups {
		for j := range groups[i].cases {
			if why := groups[i].skipped(plan{h.Want, h.Lacks}, &groups[i].cases[j]); why != "" {
				out = append(out, groups[i].name+"/"+groups[i].cases[j].name+": "+why)
			}
		}
	}
	return out
}

// GroupOf is the group of a case.
func GroupOf(name string) string {
	g, _, _ := strings.Cut(name, "/")
	return g
}
