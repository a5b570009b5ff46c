package frozen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
)

// Version is the version of the text that [Encode] writes.
const Version = 1

// The kinds of errors, for errors.Is. The causes may name tenants and users: keep them from people.
var (
	ErrMonth  = errors.New("month cannot be frozen")
	ErrBroken = errors.New("frozen month is broken") // or it was written by a later version
)

// Encode writes a month. The same month is the same text. Errors are [ErrMonth].
func Encode(m *Month) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMonth, err)
	}
	line, err := wire.Append(nil, &frozenLine{Frozen: encodeHead(m)})
	if err == nil {
		// A value that is not of its set has a name that cannot be read.
		err = wire.Read(string(line[:len(line)-1]), &frozenLine{})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMonth, err)
	}
	body := bytes.NewBuffer(line)
	if err := usage.EncodeStatement(body, m.Statement); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMonth, err)
	}
	return body.Bytes(), nil
}

// Decode reads what [Encode] has written, and checks it as Encode does: the statement and the invoices add up, come to the
// same, and are of one account and one period. Errors are [ErrBroken].
func Decode(body []byte) (*Month, error) {
	m, err := decode(body)
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return m, nil
}

// Hash names a text by its content: "sha256:" and 64 hexadecimal digits.
func Hash(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func decode(body []byte) (*Month, error) {
	head, rest, ended := bytes.Cut(body, []byte("\n"))
	if !ended || len(head) >= wire.MaxLine { // guard: Parse and DecodeStatement refuse it, too
		return nil, wire.ErrForm
	}
	var version struct {
		Frozen struct {
			Version int `json:"version"`
		} `json:"frozen"`
	}
	if json.Unmarshal(head, &version) == nil && version.Frozen.Version > Version {
		return nil, fmt.Errorf("version %d, at most %d is known", version.Frozen.Version, Version)
	}
	var v frozenLine
	if err := wire.Parse(string(head), &v); err != nil { // guard: Same refuses it, too
		return nil, err
	}
	if v.Frozen == nil || v.Frozen.Version != Version {
		return nil, wire.ErrForm
	}
	m, err := v.Frozen.month()
	if err != nil {
		return nil, err
	}
	if err := wire.Same(string(head), &frozenLine{Frozen: encodeHead(m)}); err != nil {
		return nil, err
	}
	m.Statement, err = usage.DecodeStatement(bytes.NewReader(rest))
	return m, err
}

// check tells whether everything adds up and belongs together. That the statement adds up is seen where it is written and
// read.
func (m *Month) check() error {
	st := m.Statement
	switch {
	case st == nil:
		return errors.New("no statement")
	case !st.IsFinal():
		return errors.New("the statement is not final")
	case st.Currency != m.Agreement.Plan.Currency:
		return errors.New("the statement is in another currency than the plan")
	}
	if err := m.Agreement.Plan.Validate(); err != nil {
		return err
	}
	for i := range m.Agreement.Discounts {
		if err := m.Agreement.Discounts[i].Validate(st.Currency); err != nil {
			return err
		}
	}
	for i := range m.Agreement.Adjustments {
		if a := &m.Agreement.Adjustments[i]; a.Amount.Currency() != st.Currency || a.On.IsZero() {
			return errors.New("an adjustment is in another currency, or has no date")
		}
	}
	for i := range m.Late {
		if l := &m.Late[i]; l.From.IsZero() || !l.From.Before(l.To) || l.Amount.Currency() != st.Currency {
			return errors.New("late usage is in another currency, or has no period")
		}
	}
	return m.checkInvoices()
}

func (m *Month) checkInvoices() error {
	st := m.Statement
	groups := map[string]bool{}
	totals := make([]money.Amount, len(m.Invoices))
	for i := range m.Invoices {
		inv := &m.Invoices[i]
		switch {
		case inv.Account != st.Account.ID || !inv.Period.Equal(st.Period) || inv.Currency != st.Currency:
			return errors.New("an invoice is of another account, period or currency")
		case inv.Status != invoice.Draft:
			return errors.New("an invoice is no draft")
		case groups[inv.Group]:
			return errors.New("two invoices of one group")
		case inv.Total.Sign() < 0:
			return errors.New("the total of an invoice is negative")
		}
		if err := inv.Verify(); err != nil {
			return err
		}
		groups[inv.Group], totals[i] = true, inv.Total
	}
	sum, err := money.Sum(st.Currency, totals...)
	if err != nil || !sum.Equal(st.Total) {
		return errors.New("the invoices come to something else than the statement")
	}
	return nil
}
