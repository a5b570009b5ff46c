package usage

import (
	"io"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// encoder writes a statement.
type encoder struct {
	st   *Statement
	w    io.Writer
	buf  []byte
	sums counted
}

func (e *encoder) head() error {
	if zone := e.st.Period.Zone(); zone != nil {
		if _, err := civil.LoadZone(zone.String()); err != nil {
			return unwritable("the zone of the period", err)
		}
	}
	return e.line(&codedLine{Statement: codeHead(e.st)})
}

func (e *encoder) tenants() error {
	for i := range e.st.Tenants {
		t := &e.st.Tenants[i]
		if err := e.line(&codedLine{Tenant: codeTenant(t)}); err != nil {
			return err
		}
		for g := range t.Groups {
			if err := e.group(&t.Groups[g]); err != nil {
				return err
			}
		}
	}
	return nil
}

// group writes a group and, if they are kept, its rows.
func (e *encoder) group(g *GroupStatement) error {
	if err := e.line(&codedLine{Group: codeGroup(g)}); err != nil || !g.HasRows() {
		return err
	}
	var err error
	var days []piece
	ruler := g.seats.ruler
	g.seats.walk(func(s *seat, covered []piece, _ *money.Amount, minor int64) bool {
		days = ruler.inDays(days[:0], covered)
		before := len(e.buf)
		e.buf = appendRow(e.buf, s, minor, days)
		if len(e.buf)-before > wire.MaxLine {
			err = unwritable("a row is too long", nil)
		}
		if err == nil && len(e.buf) >= codecBuffer {
			err = e.flush()
		}
		return err == nil
	})
	return err
}

func (e *encoder) projects() error {
	for i := range e.st.Projects {
		if err := e.line(&codedLine{Project: codeProject(&e.st.Projects[i])}); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) charges() error {
	for i := range e.st.Charges {
		if err := e.line(&codedLine{Charge: codeCharge(&e.st.Charges[i])}); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) end() error { return e.line(&codedLine{End: &e.sums.codedEnd}) }

// line writes one value, if it can be read again.
func (e *encoder) line(v *codedLine) error {
	if reason := e.sums.take(v); reason != "" {
		return unwritable(reason, nil)
	}
	before := len(e.buf)
	var err error
	if e.buf, err = wire.Append(e.buf, v); err != nil {
		return unwritable("a value has no text", err)
	}
	// A value that is not of its set has a name that cannot be read.
	if err := wire.Read(string(e.buf[before:len(e.buf)-1]), &codedLine{}); err != nil {
		return unwritable("a value has no text", err)
	}
	if len(e.buf) < codecBuffer {
		return nil
	}
	return e.flush()
}

func (e *encoder) flush() error {
	if _, err := e.w.Write(e.buf); err != nil {
		return &Error{Kind: ErrTransfer, Err: err}
	}
	e.buf = e.buf[:0]
	return nil
}

func unwritable(what string, cause error) error {
	return &Error{Kind: ErrFormat, Detail: what, Err: cause}
}
