// Package gate protects the portal: a [Limiter] counts the requests of each person (C15), an [Overload] bounds the
// requests at work (T28).
//
// Both are bounded in memory, start no goroutine and are safe for concurrent use. A [Limiter] is told the time; an
// [Overload] waits with timers of its own.
package gate
