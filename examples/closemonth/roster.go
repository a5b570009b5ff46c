package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// rosterHeader is the first row of a roster.
var rosterHeader = []string{"user", "name", "address", "kind", "from", "to"}

// maxField bounds each field of a roster, in bytes.
const maxField = 500

// line is one row of a roster.
type line struct {
	record usage.Record
	row    int // line of the file, counted from 1
}

// users gives the roster of a tenant as package usage wants it.
func (o *organisation) users(ctx context.Context, t *tenant) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for line, err := range readRoster(o.files, t.roster(), o.path(t.roster())) {
			if err == nil {
				o.row, err = line.row, ctx.Err()
			}
			if !yield(line.record, err) || err != nil {
				return
			}
		}
	}
}

// readRoster reads a file row by row. It ends with the first error, which names the file as shown.
func readRoster(files fs.FS, name, shown string) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		file, err := files.Open(name)
		if err != nil {
			yield(line{}, fileError(shown, err))
			return
		}
		defer file.Close() //nolint:errcheck // it was only read
		parseRoster(file, shown)(yield)
	}
}

// parseRoster reads rows of user, name, address, kind, from, to below a header. From and to are both civil dates of the
// account's zone or both instants; an empty to means that the coverage goes on.
func parseRoster(r io.Reader, shown string) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		rows := csv.NewReader(skipMark(r))
		rows.ReuseRecord = true
		rows.FieldsPerRecord = -1 // counted here, for a clearer message
		header, err := rows.Read()
		if err != nil && !errors.Is(err, io.EOF) {
			yield(line{}, csvError(shown, err))
			return
		}
		if !slices.Equal(header, rosterHeader) {
			yield(line{}, at(shown, 1, "the header must be %s", strings.Join(rosterHeader, ",")))
			return
		}
		for {
			fields, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(line{}, csvError(shown, err))
				return
			}
			row, _ := rows.FieldPos(0)
			record, problem := parseRecord(fields)
			if problem != "" {
				yield(line{}, at(shown, row, "%s", problem))
				return
			}
			if !yield(line{record, row}, nil) {
				return
			}
		}
	}
}

// skipMark drops the byte order mark that spreadsheets put before UTF-8.
func skipMark(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(3) // it was there a moment ago
	}
	return b
}

func csvError(shown string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return at(shown, parse.StartLine, "%s", parse.Err)
	}
	return &placeError{file: shown, text: plain(err), err: err}
}

// parseRecord reads the fields of a row, or says what is wrong with them.
func parseRecord(fields []string) (record usage.Record, problem string) {
	if len(fields) != len(rosterHeader) {
		return record, fmt.Sprintf("%d fields, want %d", len(fields), len(rosterHeader))
	}
	for i, field := range fields {
		switch {
		case len(field) > maxField:
			return record, fmt.Sprintf("%s is longer than %d bytes", rosterHeader[i], maxField)
		case !utf8.ValidString(field):
			return record, rosterHeader[i] + " is not UTF-8"
		case strings.ContainsFunc(field, unicode.IsControl):
			return record, rosterHeader[i] + " holds a control character"
		case strings.TrimSpace(field) != field:
			return record, rosterHeader[i] + " begins or ends with a space"
		}
	}
	user, name, address, kind, from, to := fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]
	switch {
	case user == "" && address == "":
		return record, "neither user nor address"
	case kind == "":
		return record, "kind is empty"
	}
	covered, problem := parseCoverage(from, to)
	return usage.Record{User: user, Name: name, Address: address, Kind: kind, Covered: covered}, problem
}

// parseCoverage reads two civil dates or two instants.
func parseCoverage(from, to string) (covered usage.Interval, problem string) {
	if strings.Contains(from, "T") || strings.Contains(to, "T") {
		covered, problem = parseInstants(from, to)
	} else {
		covered, problem = parseDates(from, to)
	}
	if problem == "" && !covered.Valid() {
		problem = fmt.Sprintf("to is before from: %s, %s", from, to)
	}
	return covered, problem
}

func parseDates(from, to string) (covered usage.Interval, problem string) {
	first, err := civil.ParseDate(from)
	if err != nil {
		return covered, "from: " + plain(err)
	}
	var after civil.Date
	if to != "" {
		if after, err = civil.ParseDate(to); err != nil {
			return covered, "to: " + plain(err)
		}
	}
	return usage.Days(first, after), ""
}

func parseInstants(from, to string) (covered usage.Interval, problem string) {
	start, problem := parseInstant("from", from)
	if problem != "" || to == "" {
		return usage.Times(start, time.Time{}), problem
	}
	end, problem := parseInstant("to", to)
	return usage.Times(start, end), problem
}

func parseInstant(column, text string) (t time.Time, problem string) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Sprintf("%s is %q, want an instant as 2026-10-12T09:30:00-04:00 (dates and instants do not mix in one row)", column, short(text))
	}
	if t.Year() < 1900 || t.Year() > 2200 {
		return t, fmt.Sprintf("%s is %q, want a year from 1900 to 2200", column, short(text))
	}
	return t, ""
}
