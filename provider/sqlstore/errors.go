package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/billhatch/billhatch/provider"
)

// What a schema can be other than right, for errors.Is. The kind of such an error is provider.ErrMisconfigured.
var (
	ErrSchemaOlder   = errors.New("the schema is older than the program: migrate it")
	ErrSchemaNewer   = errors.New("the schema is newer than the program")
	ErrSchemaDamaged = errors.New("the schema is incomplete") // a migration was half applied, or a table is gone
)

// ErrSetup tells of a database that is not set up as the store needs it. The kind of such an error is
// provider.ErrMisconfigured.
var ErrSetup = errors.New("the database is not set up as needed")

// ChainError tells where the audit trail of an account is not what was written. The kind of such an error is
// provider.ErrConflict: somebody has changed the trail.
type ChainError struct {
	Account  string
	Sequence int64  // of the first entry that is not right; one more than the last when entries are missing at the end
	Reason   string // one of a few sentences, without anything from the trail
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("sqlstore: the audit trail breaks at entry %d: %s", e.Sequence, e.Reason)
}

// These are completed with the operation by [Store.fail].

func notFound() error { return &provider.Error{Kind: provider.ErrNotFound} }

func invalid(field, message string) error {
	return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: message}
}

func conflict(message string) error {
	return &provider.Error{Kind: provider.ErrConflict, Message: message}
}

// refused is for a value that its own package refuses.
func refused(field string, err error) error {
	return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: "cannot be used", Err: err}
}

// damaged is for a row that cannot have been written like this.
func damaged(what string, err error) error {
	return &provider.Error{Kind: provider.ErrMisconfigured, Message: what + " is damaged in the database", Err: err}
}

// uncertain is an error of a COMMIT whose outcome nobody knows.
type uncertain struct{ error }

func (u uncertain) Unwrap() error { return u.error }

// named completes an error of our own with the operation.
func named(op string, err error) error {
	var e *provider.Error
	if !errors.As(err, &e) {
		return &provider.Error{Op: op, Kind: provider.ErrUnavailable, Err: err}
	}
	copied := *e
	copied.Op = op
	return &copied
}

// fail makes any error one of the closed set. The text of a database never shows: it may hold values.
func fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	var own *provider.Error
	var lost uncertain
	switch {
	case errors.As(err, &own):
		return named(op, own)
	case errors.As(err, &lost):
		return &provider.Error{Op: op, Kind: provider.ErrUnknown, Err: err}
	case ctx.Err() != nil:
		return &provider.Error{Op: op, Kind: provider.ErrTimeout, Err: ctx.Err()}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &provider.Error{Op: op, Kind: provider.ErrTimeout, Err: err}
	}
	kind, _ := judge(err)
	return &provider.Error{Op: op, Kind: kind, Err: err}
}

// judge gives the kind of an error of a driver, and tells whether the database itself has answered: then it is certain
// that nothing was written.
func judge(err error) (kind error, answered bool) {
	var state interface{ SQLState() string } // pgx, lib/pq
	var code interface{ Code() int }         // modernc.org/sqlite
	switch {
	case errors.As(err, &state):
		return kindOfState(state.SQLState())
	case errors.As(err, &code):
		return kindOfCode(code.Code()), true
	}
	return provider.ErrUnavailable, false
}

// kindOfState judges a SQLSTATE of PostgreSQL, by its class where nothing else is said.
func kindOfState(state string) (kind error, answered bool) {
	class := state[:min(2, len(state))]
	if class == "08" || state == "57P01" || state == "57P02" { // the connection is gone
		return provider.ErrUnavailable, false
	}
	switch {
	case state == "57014": // canceled, by statement_timeout too
		return provider.ErrTimeout, true
	case state == "23505", state == "23503", state == "23001":
		return provider.ErrConflict, true
	case class == "22", class == "23", class == "54":
		return provider.ErrInvalid, true
	case class == "42", class == "28", class == "3D", class == "3F":
		return provider.ErrMisconfigured, true
	}
	return provider.ErrUnavailable, true // serialization failure, deadlock, read-only, out of something, shutting down
}

// kindOfCode judges a result code of SQLite.
func kindOfCode(code int) error {
	const (
		primary             = 0xff
		foreignKey          = 787
		primaryKey          = 1555
		unique              = 2067
		interrupt           = 9
		failed, corrupt     = 1, 11
		tooBig, constraint  = 18, 19
		mismatch, notSQLite = 20, 26
	)
	switch code {
	case foreignKey, primaryKey, unique:
		return provider.ErrConflict
	}
	switch code & primary {
	case interrupt:
		return provider.ErrTimeout
	case constraint, tooBig, mismatch:
		return provider.ErrInvalid
	case failed, corrupt, notSQLite: // such as a table that is not there
		return provider.ErrMisconfigured
	}
	return provider.ErrUnavailable // busy, locked, read-only, full, I/O
}

// transient tells whether the same transaction may well succeed when it is tried again, and has surely not happened.
func transient(err error) bool {
	var own *provider.Error
	var lost uncertain
	if errors.As(err, &own) || errors.As(err, &lost) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		switch s := state.SQLState(); s {
		case "40001", "40P01", "55P03", "57P01", "57P02":
			return true
		default:
			return strings.HasPrefix(s, "08")
		}
	}
	var code interface{ Code() int }
	if errors.As(err, &code) {
		const busy, locked = 5, 6
		primary := code.Code() & 0xff
		return primary == busy || primary == locked
	}
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// MaxID bounds ids, in bytes. Longer ones, and those that are not UTF-8 or hold a zero byte, are not found when they are
// read, and provider.ErrInvalid when they are written.
const MaxID = 500

// possible tells whether all these can be ids of something that is stored.
func possible(ids ...string) bool {
	for _, id := range ids {
		if id == "" || !fits(id) {
			return false
		}
	}
	return true
}

// fits tells whether a text can be part of a key.
func fits(text string) bool { return len(text) <= MaxID && storable(text) }

// storable tells whether a text can be stored in every dialect.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// field is a text that is about to be written.
type field struct {
	name, value string
	kind        fieldKind
}

type fieldKind uint8

const (
	freeText fieldKind = iota
	keyText            // part of a key, may be empty
	id                 // part of a key, required
)

// check refuses texts that cannot be stored.
func check(fields ...field) error {
	for _, f := range fields {
		switch {
		case f.kind == id && f.value == "":
			return invalid(f.name, "missing")
		case f.kind != freeText && len(f.value) > MaxID:
			return invalid(f.name, fmt.Sprintf("longer than %d bytes", MaxID))
		case !storable(f.value):
			return invalid(f.name, "not UTF-8, or holds a zero byte")
		}
	}
	return nil
}
