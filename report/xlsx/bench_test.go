package xlsx_test

import (
	"compress/flate"
	"io"
	"strconv"
	"testing"

	"github.com/billhatch/billhatch/report/xlsx"
)

// BenchmarkRows writes 100,000 rows of a text, a whole number and an amount, with one and two workers.
// The limit is to format the same cells and to compress them with the standard library.
func BenchmarkRows(b *testing.B) {
	for _, tc := range []struct {
		name    string
		options xlsx.Options
	}{
		{"one worker", xlsx.Options{Workers: 1}},
		{"two workers", xlsx.Options{Workers: 2}},
		{"fast", xlsx.Options{Workers: 2, Level: xlsx.Fast}},
		{"inline", xlsx.Options{Workers: 2, InlineStrings: true}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := sample(b.Context(), io.Discard, tc.options, 1, 100_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("limit, one core", func(b *testing.B) {
		for b.Loop() {
			if err := limit(io.Discard, 100_000); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// limit formats the cells of sample with their texts in place and compresses them.
func limit(out io.Writer, rows int) error {
	z, err := flate.NewWriter(out, flate.DefaultCompression)
	if err != nil {
		return err
	}
	var buf []byte
	noise := uint64(1)
	for i := range rows {
		noise = noise*6364136223846793005 + 1442695040888963407
		number := strconv.Itoa(i + 1)
		buf = append(append(append(buf[:0], `<row r="`...), number...), `"><c t="inlineStr" r="A`...)
		buf = append(append(buf, number...), `"><is><t>User `...)
		buf = append(buf, string(rune('A'+noise>>60))+string(rune(0x4e00+noise>>52))...)
		buf = append(append(append(buf, `</t></is></c><c s="1" r="B`...), number...), `"><v>`...)
		buf = append(strconv.AppendUint(buf, noise>>60, 10), `</v></c><c s="2" r="C`...)
		buf = append(strconv.AppendUint(append(append(buf, number...), `"><v>`...), noise>>40/100, 10), '.')
		buf = append(strconv.AppendUint(buf, noise>>40%100, 10), `</v></c></row>`...)
		if _, err := z.Write(buf); err != nil {
			return err
		}
	}
	return z.Close()
}

// BenchmarkTabs shows that the time grows with the number of tabs and no faster.
func BenchmarkTabs(b *testing.B) {
	for _, tabs := range []int{100, 1000, 8000} {
		b.Run(strconv.Itoa(tabs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := sample(b.Context(), io.Discard, xlsx.Options{}, tabs, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tabs), "ns/tab")
		})
	}
}

// BenchmarkSmall writes one tab of ten rows, as a request for a small tenant does.
func BenchmarkSmall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := sample(b.Context(), io.Discard, xlsx.Options{}, 1, 10); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNamer makes 1,000 names that are all the same.
func BenchmarkNamer(b *testing.B) {
	for b.Loop() {
		var n xlsx.Namer
		for range 1000 {
			n.Name("Müller & Söhne / Hauptverwaltung Nord")
		}
	}
}
