package pricing

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

type jsonTier struct {
	UpTo string        `json:"up_to,omitempty"`
	Unit *money.Amount `json:"unit,omitempty"`
	Flat *money.Amount `json:"flat,omitempty"`
}

type jsonPrice struct {
	Model      Model         `json:"model"`
	Unit       *money.Amount `json:"unit,omitempty"`
	Tiers      []jsonTier    `json:"tiers,omitempty"`
	Size       string        `json:"size,omitempty"`
	Minimum    *money.Amount `json:"minimum,omitempty"`
	Maximum    *money.Amount `json:"maximum,omitempty"`
	FlatAtZero bool          `json:"flat_at_zero,omitempty"`
}

// MarshalJSON writes
//
//	{"model":"volume","tiers":[{"up_to":"100","unit":{"amount":"4.00","currency":"USD"}},{"unit":…}]}
//
// The other members are unit, size, minimum, maximum, flat_at_zero and, in a tier, flat; what is not set is
// left out. The zero Price is null. Errors: those of [Price.Validate], for what is written can be read again.
func (p Price) MarshalJSON() ([]byte, error) {
	if p.isZero() {
		return []byte("null"), nil
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	j := jsonPrice{
		Model: p.Model, Unit: set(p.Unit), Size: numberText(p.Size),
		Minimum: set(p.Minimum), Maximum: set(p.Maximum), FlatAtZero: p.FlatAtZero,
	}
	for i := range p.Tiers {
		t := &p.Tiers[i]
		j.Tiers = append(j.Tiers, jsonTier{UpTo: numberText(t.UpTo), Unit: set(t.Unit), Flat: set(t.Flat)})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes and nothing looser: every member once, under exactly its name,
// none but those that are known, numbers as strings. A missing price is not a price of 0. Null makes the zero
// Price. Errors: [ErrFormat], those of [Price.Validate] and of package money; p is then unchanged.
func (p *Price) UnmarshalJSON(data []byte) error {
	if isNull(data) {
		*p = Price{}
		return nil
	}
	var q Price
	err := object(data, "", func(name string, raw json.RawMessage) error {
		switch name {
		case "model":
			var text string
			if err := value(raw, name, &text); err != nil {
				return err
			}
			return q.Model.UnmarshalText([]byte(text))
		case "unit":
			return value(raw, name, &q.Unit)
		case "tiers":
			return q.readTiers(raw)
		case "size":
			return number(raw, name, &q.Size)
		case "minimum":
			return value(raw, name, &q.Minimum)
		case "maximum":
			return value(raw, name, &q.Maximum)
		case "flat_at_zero":
			return value(raw, name, &q.FlatAtZero)
		}
		return errUnknown
	})
	if err != nil {
		return err
	}
	if err := q.Validate(); err != nil {
		return err
	}
	*p = q
	return nil
}

func (p *Price) readTiers(data json.RawMessage) error {
	var list []json.RawMessage
	if err := value(data, "tiers", &list); err != nil {
		return err
	}
	p.Tiers = make([]Tier, len(list))
	for i, raw := range list {
		t := &p.Tiers[i]
		err := object(raw, tierField(i), func(name string, raw json.RawMessage) error {
			switch name {
			case "up_to":
				return number(raw, field(i, name), &t.UpTo)
			case "unit":
				return value(raw, field(i, name), &t.Unit)
			case "flat":
				return value(raw, field(i, name), &t.Flat)
			}
			return errUnknown
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isZero tells whether nothing at all is set.
func (p *Price) isZero() bool {
	_, any := p.firstAmount()
	return p.Model == 0 && !any && len(p.Tiers) == 0 && p.Size.Sign() == 0 && !p.FlatAtZero
}

// errUnknown is how the reader of a member says that there is none of that name.
var errUnknown = errors.New("unknown member")

// object visits the members of a JSON object. Package encoding/json would take the last of several members
// with the same name and ignore the case of names.
func object(data []byte, where string, member func(name string, raw json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return &Error{Kind: ErrFormat, Field: where, Reason: "want an object", Err: err}
	}
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			return &Error{Kind: ErrFormat, Field: where, Reason: "want a member", Err: err}
		}
		if seen[name] {
			return fail(ErrFormat, where, "member "+strconv.Quote(clip(name))+" is there twice")
		}
		seen[name] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return &Error{Kind: ErrFormat, Field: where, Reason: "member " + strconv.Quote(clip(name)), Err: err}
		}
		err = member(name, raw)
		if errors.Is(err, errUnknown) {
			return fail(ErrFormat, where, "unknown member "+strconv.Quote(clip(name)))
		}
		if err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return &Error{Kind: ErrFormat, Field: where, Reason: "not closed", Err: err}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &Error{Kind: ErrFormat, Field: where, Reason: "something follows the object", Err: err}
	}
	return nil
}

// value reads a member; null, which would leave it unset without a word, is refused.
func value(raw json.RawMessage, name string, into any) error {
	if isNull(raw) {
		return fail(ErrFormat, name, "null; leave the member out instead")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return &Error{Kind: ErrFormat, Field: name, Err: err}
	}
	return nil
}

// number reads a number above 0 that is written as a string.
func number(raw json.RawMessage, name string, into *decimal.Decimal) error {
	var text string
	if err := value(raw, name, &text); err != nil {
		return err
	}
	d, err := money.ParseDecimal(text)
	if err != nil {
		return &Error{Kind: ErrFormat, Field: name, Err: err}
	}
	if d.Sign() == 0 {
		return fail(ErrFormat, name, "must be above 0; leave the bound of the last tier out if it has none")
	}
	*into = d
	return nil
}

func isNull(data []byte) bool { return string(bytes.TrimSpace(data)) == "null" }

// set is nil for an amount that is not set, so that it is left out.
func set(a money.Amount) *money.Amount {
	if !a.IsSet() {
		return nil
	}
	return &a
}

// numberText is "" for 0, which stands for "not set".
func numberText(d decimal.Decimal) string {
	if d.Sign() == 0 {
		return ""
	}
	return d.String()
}
