package providertest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/billhatch/billhatch/provider"
)

// group is the cases of one ability, or of a mandatory part.
type group[W any] struct {
	name    string
	ability provider.Capability // empty: mandatory
	seeds   []string            // functions of the world that all its cases need
	cases   []testCase[W]
}

// testCase is one sentence of the contract.
type testCase[W any] struct {
	name  string
	also  []provider.Capability // abilities that it needs besides that of its group
	seeds []string              // functions of the world that it needs besides those of its group
	run   func(W)
}

// plan is what a harness declares.
type plan struct {
	want  []provider.Capability
	lacks []string
}

// needs is what a case cannot do without.
type needs struct {
	abilities []provider.Capability
	seeds     []string
}

func (g *group[W]) needs(tc *testCase[W]) needs {
	n := needs{abilities: tc.also, seeds: slices.Concat(g.seeds, tc.seeds)}
	if g.ability != "" {
		n.abilities = append([]provider.Capability{g.ability}, tc.also...)
	}
	return n
}

// skipped tells why a case is not run; empty: it is.
func (g *group[W]) skipped(p plan, tc *testCase[W]) string {
	need := g.needs(tc)
	for _, a := range need.abilities {
		if !slices.Contains(p.want, a) {
			return "the ability " + string(a) + " is not declared"
		}
	}
	for _, seed := range need.seeds {
		if slices.Contains(p.lacks, seed) {
			return "the harness lacks " + seed
		}
	}
	return ""
}

// runGroups runs the cases as parallel subtests. Each gets a subject of its own from open.
func runGroups[W any](t *testing.T, p plan, groups []group[W], open func(*testing.T, *check, needs) W) {
	t.Helper()
	for i := range groups {
		g := &groups[i]
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for j := range g.cases {
				tc := &g.cases[j]
				t.Run(tc.name, func(t *testing.T) {
					if why := g.skipped(p, tc); why != "" {
						t.Skip(why)
					}
					t.Parallel()
					tc.run(open(t, &check{t}, g.needs(tc)))
				})
			}
		})
	}
}

// compare fails when the declared abilities are not those that are there.
func compare(c *check, detected, declared, possible []provider.Capability) {
	c.Helper()
	for _, a := range declared {
		switch {
		case !slices.Contains(possible, a):
			c.Errorf("the harness declares %q, which is no ability of this contract", a)
		case !slices.Contains(detected, a):
			c.Errorf("the harness declares %q, but provider.As does not find it; does a wrapper hide it?", a)
		}
	}
	for _, a := range detected {
		if slices.Contains(possible, a) && !slices.Contains(declared, a) {
			c.Errorf("provider.As finds %q, but the harness does not declare it", a)
		}
	}
}

// checkLacks fails when a gap is declared that is none, or that must not be one.
func checkLacks(c *check, world any, lacks, required []string) {
	c.Helper()
	v := reflect.ValueOf(world)
	for _, name := range required {
		if v.FieldByName(name).IsZero() {
			c.Errorf("the world has no %s, which is required", name)
		}
	}
	for _, name := range lacks {
		field := v.FieldByName(name)
		switch {
		case !field.IsValid():
			c.Errorf("the harness lacks %q, which no world has", name)
		case slices.Contains(required, name):
			c.Errorf("the harness lacks %s, which is required", name)
		case !field.IsZero():
			c.Errorf("the harness lacks %s, but its world has it", name)
		}
	}
}

// demand stops a case whose world has not what it needs.
func demand(c *check, world, subject any, required []string, need needs) {
	c.Helper()
	v := reflect.ValueOf(world)
	for _, name := range slices.Concat(required, need.seeds) {
		if v.FieldByName(name).IsZero() {
			c.fatalf("the world has no %s, which this case needs; name it in Lacks if there is no counterpart", name)
		}
	}
	if missing := provider.Missing(subject, need.abilities...); len(missing) > 0 {
		c.fatalf("the harness declares %q, but provider.As does not find it; does a wrapper hide it?", missing)
	}
}
