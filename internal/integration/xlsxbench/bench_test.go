package xlsxbench_test

import (
	"io"
	"testing"

	"github.com/billhatch/billhatch/internal/integration/xlsxbench"
	"github.com/billhatch/billhatch/report/xlsx"
)

// BenchmarkSmall compares a workbook of one tenant with ten users, written by a program that writes many.
func BenchmarkSmall(b *testing.B) {
	shape := xlsxbench.Shape{Tabs: 1, Rows: 10}
	t := xlsxbench.NewTable(shape)
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := xlsxbench.WriteOwn(b.Context(), io.Discard, t, shape, xlsx.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("excelize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := xlsxbench.WritePeer(io.Discard, t, shape); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRows compares the rows of 20 tabs with the limit: formatting and compressing, and nothing else.
func BenchmarkRows(b *testing.B) {
	shape := xlsxbench.Shape{Tabs: 20, Rows: 5000}
	t := xlsxbench.NewTable(shape)
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			if err := xlsxbench.WriteOwn(b.Context(), io.Discard, t, shape, xlsx.Options{Workers: 1}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("limit", func(b *testing.B) {
		for b.Loop() {
			if err := xlsxbench.WriteLimit(io.Discard, t, shape, 6); err != nil {
				b.Fatal(err)
			}
		}
	})
}
