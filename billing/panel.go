package billing

import (
	"time"

	"github.com/billhatch/billhatch/provider"
)

// State is what a panel can say about itself. The set is closed: see [States].
type State string

// The states of a panel (C11).
const (
	Ready          State = "ready"           // everything is there
	Partial        State = "partial"         // something is missing; what is there is good
	NothingYet     State = "nothing_yet"     // there is nothing to show yet
	NotConfigured  State = "not_configured"  // billing is not set up: ask support
	NeedsAttention State = "needs_attention" // the provider's configuration needs attention: ask support
	Syncing        State = "syncing"         // not there yet: try later
	RateLimited    State = "rate_limited"    // wait a moment
	Unavailable    State = "unavailable"     // could not load: refresh
	Unsupported    State = "unsupported"     // the provider cannot do it
)

// States gives the closed set of states.
func States() []State {
	return []State{Ready, Partial, NothingYet, NotConfigured, NeedsAttention, Syncing, RateLimited, Unavailable, Unsupported}
}

// Step is what a person can do next.
type Step string

// The steps.
const (
	StepNone       Step = ""
	StepRefresh    Step = "refresh"
	StepWait       Step = "wait"
	StepAskSupport Step = "ask_support"
	StepOpenPortal Step = "open_portal"
)

// Status is the part that every panel has: its state and the next step.
type Status struct {
	State      State
	Step       Step
	RetryAfter time.Duration // StepWait: how long; 0: not told
	Support    *SupportLink  // StepAskSupport: the prefilled ticket
}

// Good tells whether the panel has all of its data.
func (s Status) Good() bool { return s.State == Ready || s.State == NothingYet }

// stateOf tells the state and step of a panel whose data could not be read. ok is false for what is no state of a panel:
// then the operation fails.
func stateOf(err error) (state State, step Step, ok bool) {
	for _, line := range []struct {
		kind  error
		state State
		step  Step
	}{
		{provider.ErrNotConfigured, NotConfigured, StepAskSupport},
		{provider.ErrMisconfigured, NeedsAttention, StepAskSupport},
		{provider.ErrForeign, NeedsAttention, StepAskSupport},
		{provider.ErrIncomplete, NeedsAttention, StepAskSupport},
		{provider.ErrSyncing, Syncing, StepRefresh},
		{provider.ErrRateLimited, RateLimited, StepWait},
		{provider.ErrUnsupported, Unsupported, StepNone},
		{provider.ErrTimeout, Unavailable, StepRefresh},
		{provider.ErrUnavailable, Unavailable, StepRefresh},
		{provider.ErrUnknown, Unavailable, StepRefresh},
	} {
		if isKind(err, line.kind) {
			return line.state, line.step, true
		}
	}
	return Unavailable, StepRefresh, kindOf(err) == nil
}

// worse keeps the state that needs more attention: a panel is as good as its worst part.
func (s *Status) worse(other Status) {
	if rank(other.State) > rank(s.State) {
		*s = other
	}
}

// rank orders states by how much they keep a panel from being good.
func rank(s State) int {
	for i, state := range []State{Ready, NothingYet, Unsupported, Partial, Syncing, RateLimited, Unavailable, NeedsAttention, NotConfigured} {
		if s == state {
			return i
		}
	}
	return 0
}
