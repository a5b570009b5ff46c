// Package simulate closes months in small worlds that are made from a seed, with the code that ships: closing.Closer over
// provider/stripe over internal/stripefake, and over the in-memory records. Everything that can go wrong goes wrong, and in
// the end only two things count: what is in the books of Stripe, and what was used.
//
//	go test ./internal/simulate                                        # some hundred worlds, every single fault
//	BILLHATCH_LONG=1 go test ./internal/simulate                       # 50,000 worlds, every pair of faults, canaries
//	go test ./internal/simulate -run 'TestWorlds$' -v -args -seed=4711 # one world, with its history
//
// # A world
//
// One to three accounts have one to three months to be billed, of readings, or of users in two groups that are invoiced
// apart. Charges come before their month is over, while it is closed, or weeks later, which is late usage for the next
// month. What a charge costs is a power of two of its own, so that the charges of which an amount is made can be read off
// it. Two, three, eight or 64 processes close whatever is over, each with a provider, limits and locks of its own; in some
// worlds another one reconciles meanwhile.
//
// # Time and order
//
// One process runs at a time. Each has a goroutine, and gives the turn away at every I/O: before a request to Stripe or a
// call of the store has its effect, before it hears of it, and when it sleeps. The seed chooses who goes on. One clock,
// that of the fake Stripe, is everybody's; nothing waits in real time. So the same seed is the same history.
//
// # Faults
//
// The seed chooses which I/Os meet one: see [Fault]. A process that is killed does nothing any more, and another one
// begins. A pause between the last look at the lease and the wire that is longer than a request may take ends the request,
// as its timer does. In some worlds the ledger is replaced by an older copy, as the documentation wants it: all processes
// are stopped, nothing is done until what was sent has arrived, the copy is restored, and then closing goes on. In half of
// them every account is reconciled before, in the others when closing says that the ledger is behind.
//
// # The end
//
// Faults end three days after the last month. When some days have passed, a process closes what is open and reconciles
// until nothing moves, which must come about in a few rounds. Then, for each account, by the books of Stripe and the
// charges alone: one final invoice a month and group, with the lines that were used and nothing else; what was there in
// time on the invoice of its month; no charge lost, none twice; no draft and no item left; each invoice mailed once.
// Excused, and counted, is what a restored ledger cannot know: whether an invoice that was taken over had been mailed.
//
// # Canaries
//
// A simulation that finds nothing proves something only if it would have found it. The checker is tried on spoilt books,
// and every guard of the protocol is taken out in turn, by edits of the code that the compiler sees through -overlay.
// Chance finds some within a few hundred worlds; for each there is a scenario, TestGuard…, that fails without it, since
// most are second lines behind others.
//
// Beyond the model is a process that stands still between its last look at the lease and the wire for longer than a
// request may take, and sends nevertheless: -deaf has that, too. No client can rule out that Stripe has forgotten a key by
// then. Lines for what is final are refused, so that nothing is billed twice, but a mail may be sent twice.
package simulate
