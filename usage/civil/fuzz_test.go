package civil_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/billhatch/billhatch/usage/civil"
)

// FuzzParseDate compares with package time, which takes the same form and is looser about the year 0 only.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-10-31", "2024-02-29", "2026-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "", "2026-1-1", "2026-13-01", "２０２６-10-01", "2026-10-01\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := civil.ParseDate(s)
		want, wantErr := time.Parse(time.DateOnly, s)
		if ok := wantErr == nil && want.Year() > 0; ok != (err == nil) {
			t.Fatalf("%q: %v, package time says %v", s, err, wantErr)
		}
		if err != nil {
			checkMessage(t, err, civil.ErrDate)
			return
		}
		if d.String() != s || civil.DateOf(want, time.UTC) != d && !want.IsZero() {
			t.Fatalf("%q became %s", s, d)
		}
	})
}

// FuzzParseMonth compares with package time.
func FuzzParseMonth(f *testing.F) {
	for _, s := range []string{"2026-10", "0001-01", "0000-12", "9999-11", "9999-12", "2026-13", "2026-00", "", "2026-1", "26-10", "2026-10-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := civil.ParseMonth(s, time.UTC)
		want, wantErr := time.Parse("2006-01", s)
		if ok := wantErr == nil && want.Year() > 0 && s != "9999-12"; ok != (err == nil) {
			t.Fatalf("%q: %v, package time says %v", s, err, wantErr)
		}
		if err != nil {
			checkMessage(t, err, civil.ErrPeriod)
			return
		}
		if start, end := p.Bounds(); p.String() != s || !start.Equal(want) || !end.Equal(want.AddDate(0, 1, 0)) {
			t.Fatalf("%q became %s", s, p)
		}
	})
}

// FuzzPeriodJSON checks that what is read is a period that writes and reads back the same.
func FuzzPeriodJSON(f *testing.F) {
	for _, s := range []string{
		`{"from":"2026-10-01","to":"2026-11-01","zone":"Australia/Sydney"}`, `null`, `{}`, `[]`, `{"from":"","to":"","zone":""}`,
		`{"from":"2026-09-30","to":"2026-10-31","zone":"UTC","cycle":{"anchor":"2026-01-15","months":1,"anchor_day":31}}`,
		`{"from":"2026-01-01","to":"2026-01-08","zone":"UTC","cycle":{"anchor":"2026-01-01","days":7}}`,
		`{"from":"2026-01-01","to":"2026-01-08","zone":"../UTC","cycle":{"anchor":"2026-01-01","days":9223372036854775807}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p civil.Period
		if json.Unmarshal(data, &p) != nil {
			if !p.IsZero() {
				t.Fatalf("a failure left %s", p)
			}
			return
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back civil.Period
		if err := json.Unmarshal(text, &back); err != nil || !back.Equal(p) || !back.Next().Equal(p.Next()) {
			t.Fatalf("%s came back as %v, %v", text, back, err)
		}
		if !p.IsZero() && (p.Days() < 1 || p.Span().Valid() != nil) {
			t.Fatalf("%s has no days", text)
		}
	})
}

// checkMessage wants the kind, and a message that is short and clean whatever the input was.
func checkMessage(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) || len(err.Error()) > 600 || !utf8.ValidString(err.Error()) {
		t.Fatalf("message %q", err)
	}
}
