// Package pricing says what a quantity costs: per unit, in graduated tiers, in volume tiers, or in packages.
//
// A [Price] is plain data, usually read from a configuration file. [Price.Charge] applies it to a quantity and
// answers with a [Charge]: the exact amount and how it came about, part by part. Nothing is rounded here;
// round a charge with money.RoundRat once, where the row of the bill is made.
//
// # Models
//
//   - [Flat]: every unit costs Unit.
//   - [Graduated]: every unit costs what the tier says in which it lies. The quantity is split exactly at the
//     bounds: with tiers up to 100 and up to 200, 100.5 units are 100 in the first and 0.5 in the second. The
//     Flat fee of each tier that was entered is added.
//   - [Volume]: one tier is chosen and all units cost what it says, plus its Flat fee. The tier may be chosen by
//     another quantity than the one that is priced, for example by the users of all tenants of an account, or
//     by heads where the priced units are prorated.
//   - [Package]: packages of Size units are sold whole; a package that was begun costs the full price Unit.
//
// A bound belongs to its tier: with tiers up to 100 and up to 200, 100 units are in the first, 100.5 in the
// second. Without usage no Flat fee is due, unless the price says FlatAtZero: then that of the first tier is (of the
// chosen tier, for a volume price).
//
// # Units
//
// Quantities are exact fractions in whatever is counted: seats, minutes, messages. Prices are in their
// currency, not in cents, and may have more digits than its minor unit. All amounts of a price have one
// currency.
//
// # Errors
//
// Each error is an [*Error] with the field it is about and a kind for errors.Is. A price that cannot be used
// is always [ErrPrice] and one of [ErrMissing], [ErrNegative], [ErrTiers], [ErrMixed] (with money.ErrMismatch) and [ErrFields].
// [ErrQuantity] is about the quantity, [ErrNoUnit] about [Price.UnitFor], [ErrFormat] about JSON. A price that is
// missing is an error everywhere; it never counts as free.
//
// # Concurrency
//
// There is no state. A Price may be used from many goroutines as long as nobody writes to its Tiers. The
// fractions in a Charge belong to its receiver; some of them may be the same one.
package pricing
