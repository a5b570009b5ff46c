package usage

import (
	"io"
	"strconv"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/usage/civil"
)

// codecVersion is the version of the text form that [EncodeStatement] writes.
const codecVersion = 1

// The bounds of an encoded statement. A line has at most 4 MiB.
const (
	maxCodedParts = 1_000_000   // tenants, groups, projects and charges, each
	maxCodedRows  = 100_000_000 // of the whole statement
	maxCodedDays  = 100_000     // of the period
)

// EncodeStatement writes a statement as text from which [DecodeStatement] makes it again: the same reports, invoices and
// derivations, byte for byte. The same statement is the same text, so that a hash of it names its content. Users are
// written as they are met; nothing grows with their number.
//
// The text is lines of JSON in UTF-8:
//
//	{"statement":{"version":1,…,"total":"12.90 USD"}}
//	{"tenant":{"id":"t1",…}}                    each tenant, in order of id
//	{"group":{"name":"","users":2,…}}           its groups, and their users, if they are kept, in order of id:
//	["u1","Ann","ann@example.com",21,290,10,31] id, name, address, ticks, minor units, covered days
//	{"project":{…}}                             the projects, in order of id
//	{"charge":{…}}                              the charges
//	{"end":{"tenants":1,"groups":1,"rows":2,…}} how many of each there were
//
// Covered days are half-open and count from the first day of the period on, a pair for each stretch. Decimals and
// fractions are texts; strings keep every byte.
//
// Errors: what [Statement.Verify] says; [ErrFormat] for a statement that holds what no text can (a zone that is not of the
// database, a value that is not of its set); [ErrTransfer] when w fails.
func EncodeStatement(w io.Writer, st *Statement) error {
	if err := st.Verify(); err != nil {
		return err
	}
	e := encoder{st: st, w: w, buf: make([]byte, 0, 2*codecBuffer)}
	for _, step := range []func() error{e.head, e.tenants, e.projects, e.charges, e.end} {
		if err := step(); err != nil {
			return err
		}
	}
	return e.flush()
}

// DecodeStatement reads what [EncodeStatement] has written, to the end of r, and verifies it. It accepts no other spelling,
// order or member, so that what is decoded is written to the same bytes again; its memory is bounded by what is really
// there, whatever the text says of its size.
//
// Errors: [ErrFormat] with the line, [ErrVersion], [ErrStatement] for a statement that does not add up, [ErrTransfer] when r
// fails.
func DecodeStatement(r io.Reader) (*Statement, error) {
	d := decoder{lines: wire.NewLines(r), st: &Statement{}, rulers: map[int32]*ruler{}}
	if err := d.run(); err != nil {
		return nil, err
	}
	if err := d.st.Verify(); err != nil {
		return nil, err
	}
	return d.st, nil
}

// codecBuffer is how much is gathered before it is written.
const codecBuffer = 32 << 10

// appendRow appends the line of a row. Days are the stretches in days from the first day of the period on.
func appendRow(b []byte, s *seat, minor int64, days []piece) []byte {
	b = append(b, '[')
	b = append(wire.AppendText(b, s.user), ',')
	b = append(wire.AppendText(b, s.name), ',')
	b = append(wire.AppendText(b, s.address), ',')
	b = append(strconv.AppendInt(b, int64(s.ticks), 10), ',')
	b = strconv.AppendInt(b, minor, 10)
	for _, p := range days {
		b = strconv.AppendInt(append(b, ','), int64(p.lo), 10)
		b = strconv.AppendInt(append(b, ','), int64(p.hi), 10)
	}
	return append(b, ']', '\n')
}

// cutRow reads the line of a row, and appends its stretches to days. It accepts just what appendRow writes.
func cutRow(line string, s *seat, days []piece) (minor int64, _ []piece, ok bool) {
	if line == "" || line[0] != '[' {
		return 0, days, false
	}
	rest := line[1:]
	for _, field := range [...]*string{&s.user, &s.name, &s.address} {
		if *field, rest, ok = wire.CutText(rest); !ok || rest == "" || rest[0] != ',' {
			return 0, days, false
		}
		rest = rest[1:]
	}
	ticks, rest, ok := cutNumber(rest)
	if !ok || ticks > maxTicks || rest[0] != ',' {
		return 0, days, false
	}
	s.ticks = int32(ticks)
	if minor, rest, ok = cutNumber(rest[1:]); !ok {
		return 0, days, false
	}
	for rest[0] == ',' {
		var lo, hi int64
		if lo, rest, ok = cutNumber(rest[1:]); !ok || lo > maxCodedDays || rest[0] != ',' {
			return 0, days, false
		}
		if hi, rest, ok = cutNumber(rest[1:]); !ok || hi > maxCodedDays {
			return 0, days, false
		}
		days = append(days, piece{int32(lo), int32(hi)})
	}
	return minor, days, rest == "]"
}

// maxTicks bounds the ticks of a period; see newRuler.
const maxTicks = 1<<31 - 1

// cutNumber reads a number that is not negative; something always follows it.
func cutNumber(s string) (n int64, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		digit := int64(s[i] - '0')
		if n > (maxMinor-digit)/10 {
			return 0, "", false
		}
		n = 10*n + digit
		i++
	}
	if i == 0 || i == len(s) || s[0] == '0' && i > 1 {
		return 0, "", false
	}
	return n, s[i:], true
}

// inDays turns stretches of ticks into days from the first day of the period on.
func (r *ruler) inDays(dst, pieces []piece) []piece {
	if r.policy != Seconds { // guard: days are days either way; it spares the conversion
		return append(dst, pieces...)
	}
	for _, p := range pieces {
		days := r.days(p)
		dst = append(dst, piece{int32(int64(days.From.Ordinal()) - r.first), int32(int64(days.To.Ordinal()) - r.first)})
	}
	return dst
}

// dayRuler is the ruler of a statement that was read: its stretches are days whatever its policy counts, and of is the
// number of ticks that the policy has counted in the period.
func dayRuler(period civil.Period, of int32) *ruler {
	first := int64(period.From().Ordinal())
	return &ruler{period: period, first: first, start: first, of: of, last: of - 1}
}
