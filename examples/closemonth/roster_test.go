package main

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// parseAll reads a roster from text. The error is the last thing that comes.
func parseAll(t testing.TB, text string) ([]line, error) {
	t.Helper()
	var lines []line
	var failed error
	for l, err := range parseRoster(strings.NewReader(text), "x.csv") {
		if failed != nil {
			t.Fatal("goes on after an error")
		}
		if failed = err; err == nil {
			lines = append(lines, l)
		}
	}
	return lines, failed
}

func TestARosterIsReadRowByRow(t *testing.T) {
	t.Parallel()
	head := strings.Join(rosterHeader, ",") + "\n"
	day := func(month time.Month, d int) civil.Date { return civil.MustDate(2026, month, d) }
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return when
	}
	for _, c := range []struct {
		name string
		text string
		want []line
	}{
		{"no rows", head, nil},
		{"a header without a line break", strings.TrimSuffix(head, "\n"), nil},
		{"open and ended coverage in days", head + "u1,Zoë,z@a.example,licensed,2026-10-01,\nu2,,,shared,2026-10-02,2026-10-09\n", []line{
			{usage.Record{User: "u1", Name: "Zoë", Address: "z@a.example", Kind: "licensed", Covered: usage.Days(day(10, 1), civil.Date{})}, 2},
			{usage.Record{User: "u2", Kind: "shared", Covered: usage.Days(day(10, 2), day(10, 9))}, 3},
		}},
		{"open and ended coverage in instants", head + "u1,,,k,2026-10-01T00:00:00Z,\nu2,,,k,2026-10-01T00:00:00+10:00,2026-10-02T12:30:00.5-04:00\n", []line{
			{usage.Record{User: "u1", Kind: "k", Covered: usage.Times(at("2026-10-01T00:00:00Z"), time.Time{})}, 2},
			{usage.Record{User: "u2", Kind: "k", Covered: usage.Times(at("2026-09-30T14:00:00Z"), at("2026-10-02T16:30:00.5Z"))}, 3},
		}},
		{"no id but an address", head + ",李 娜,li@a.example,k,2026-10-01,\n", []line{
			{usage.Record{Name: "李 娜", Address: "li@a.example", Kind: "k", Covered: usage.Days(day(10, 1), civil.Date{})}, 2},
		}},
		{"quotes, empty lines and Windows line breaks", head + "\r\nu1,\"Osei, Mary\",,k,2026-10-01,\r\n\r\nu2,,,k,2026-10-01,\r\n", []line{
			{usage.Record{User: "u1", Name: "Osei, Mary", Kind: "k", Covered: usage.Days(day(10, 1), civil.Date{})}, 3},
			{usage.Record{User: "u2", Kind: "k", Covered: usage.Days(day(10, 1), civil.Date{})}, 5},
		}},
		{"the mark that spreadsheets put first", "\ufeff" + head + "u1,,,k,2026-10-01,\n", []line{
			{usage.Record{User: "u1", Kind: "k", Covered: usage.Days(day(10, 1), civil.Date{})}, 2},
		}},
		{"coverage of no days", head + "u1,,,k,2026-10-01,2026-10-01\n", []line{
			{usage.Record{User: "u1", Kind: "k", Covered: usage.Days(day(10, 1), day(10, 1))}, 2},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseAll(t, c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestABadRowIsNamed(t *testing.T) {
	t.Parallel()
	head := strings.Join(rosterHeader, ",") + "\n"
	good := "u1,,,k,2026-10-01,\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing at all", "", "x.csv:1: the header must be user,name,address,kind,from,to"},
		{"seven fields", head + good + "u1,,,k,2026-10-01,,\n", "x.csv:3: 7 fields, want 6"},
		{"a control character", head + "u1,a\x07b,,k,2026-10-01,\n", "x.csv:2: name holds a control character"},
		{"a line break in a field", head + good + "u1,\"a\nb\",,k,2026-10-01,\n" + good, "x.csv:3: name holds a control character"},
		{"bytes that are not UTF-8", head + "u1,\xff,,k,2026-10-01,\n", "x.csv:2: name is not UTF-8"},
		{"a very long field", head + "u1," + strings.Repeat("x", maxField+1) + ",,k,2026-10-01,\n", "x.csv:2: name is longer than 500 bytes"},
		{"a year that no calendar of ours has", head + "u1,,,k,0000-10-01,\n", `x.csv:2: from: invalid date "0000-10-01": the year must be 1 to 9999`},
		{"an instant of long ago", head + "u1,,,k,1066-10-14T09:00:00Z,\n", `x.csv:2: from is "1066-10-14T09:00:00Z", want a year from 1900 to 2200`},
		{"instants in the wrong order", head + "u1,,,k,2026-10-01T00:00:00Z,2026-10-01T00:30:00+01:00\n", "x.csv:2: to is before from: 2026-10-01T00:00:00Z, 2026-10-01T00:30:00+01:00"},
		{"a quote inside a field", head + good + "u1,a\"b,,k,2026-10-01,\n", `x.csv:3: bare " in non-quoted-field`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseAll(t, c.text)
			require.EqualError(t, err, c.want)
		})
	}
}

// FuzzRoster: what was read, written again, reads the same, and has the rows that package csv finds. Where a row is
// refused, all before it are good, and it is refused alone as well.
func FuzzRoster(f *testing.F) {
	head := strings.Join(rosterHeader, ",") + "\n"
	for _, seed := range []string{
		"", "u1,Zoë,z@a.example,licensed,2026-10-01,\n", "u1,,,k,2026-10-01,2026-10-09\nu2,\"a, b\",,k,2026-02-30,\n",
		"u1,,,k,2026-10-01T00:00:00Z,2026-10-02T12:30:00.5-04:00\n", "\r\nu1,,,k,2026-10-01,\r\n", ",,,,,\n", "u1,\"\n\",,k,2026-10-01,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		lines, err := parseAll(t, head+body)
		if err == nil {
			all, err := csv.NewReader(strings.NewReader(body)).ReadAll()
			require.NoError(t, err)
			require.Len(t, lines, len(all))
			again, err := parseAll(t, head+rewrite(t, all))
			require.NoError(t, err)
			for i := range again {
				require.Equal(t, lines[i].record, again[i].record)
				require.True(t, lines[i].record.Covered.Valid())
				require.Equal(t, all[i][0], lines[i].record.User)
				require.Equal(t, all[i][5] == "", lines[i].record.Covered.IsOpen())
			}
			return
		}
		var place *placeError
		require.ErrorAs(t, err, &place)
		require.Equal(t, "x.csv", place.file)
		raw := strings.SplitAfter(head+body, "\n")
		require.True(t, place.row > 1 && place.row <= len(raw), "%v", err)
		if strings.ContainsAny(body, "\"") {
			return // a field may run over several lines
		}
		before, err := parseAll(t, strings.Join(raw[:place.row-1], ""))
		require.NoError(t, err)
		require.Equal(t, lines, before)
		_, alone := parseAll(t, head+raw[place.row-1])
		require.EqualError(t, alone, "x.csv:2: "+place.text)
	})
}

// rewrite writes fields the way package csv does.
func rewrite(t *testing.T, all [][]string) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	require.NoError(t, w.WriteAll(all))
	return b.String()
}
