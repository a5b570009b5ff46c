package mailaddr_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

const benchAddress = "jane.doe@students.school.edu"

func BenchmarkParse(b *testing.B) {
	for _, bc := range []struct{ name, in string }{
		{"normal", benchAddress},
		{"upper", "Jane.Doe@Students.School.edu"},
		{"longest", addr254},
		{"refused", "jane.doe@students_school.edu"},
		{"refused-1MiB", million},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = mailaddr.Parse(bc.in)
			}
		})
	}
	// The yardstick.
	b.Run("net-mail", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = mail.ParseAddress(benchAddress)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	for _, bc := range []struct{ name, in string }{
		{"normal", benchAddress},
		{"upper", "Jane.Doe@Students.School.edu"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = mailaddr.Key(bc.in)
			}
		})
	}
	b.Run("to-lower-alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = strings.ToLower("Jane.Doe@Students.School.edu")
		}
	})
}

func BenchmarkDomain(b *testing.B) {
	suffixes := []string{"edu.au", "ac.uk", "edu"}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = mailaddr.ParseDomain("students.school.edu")
		}
	})
	b.Run("within", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = mailaddr.Within("students.school.edu", "school.edu")
		}
	})
	b.Run("qualifies", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = mailaddr.Qualifies("students.school.edu", suffixes)
		}
	})
}

func BenchmarkMasked(b *testing.B) {
	a, err := mailaddr.Parse(benchAddress)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = a.Masked()
	}
}
