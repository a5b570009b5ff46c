package usage

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// counting counts what is written to it.
type counting struct{ n int64 }

func (c *counting) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// BenchmarkCodec compares the text of a statement of a hundred thousand users with encoding/json of nothing but its rows.
func BenchmarkCodec(b *testing.B) {
	st, err := Compute(benchInput(b, benchRoster(benchUsers/10), false))
	require.NoError(b, err)
	users := float64(st.Users())
	run := func(name string, once func() (size int64)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var size int64
			for b.Loop() {
				size = once()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/users, "ns/user")
			b.ReportMetric(float64(size)/users, "B/user")
		})
	}
	var text bytes.Buffer
	require.NoError(b, EncodeStatement(&text, st))
	run("verify", func() int64 {
		require.NoError(b, st.Verify())
		return 0
	})
	run("encode", func() int64 {
		var c counting
		require.NoError(b, EncodeStatement(&c, st))
		return c.n
	})
	run("decode", func() int64 {
		_, err := DecodeStatement(bytes.NewReader(text.Bytes()))
		require.NoError(b, err)
		return int64(text.Len())
	})
	var plain bytes.Buffer
	run("encode/json of the rows", func() int64 {
		plain.Reset()
		enc := json.NewEncoder(&plain)
		for row := range st.Tenants[0].Groups[0].Rows() {
			require.NoError(b, enc.Encode(row))
		}
		return int64(plain.Len())
	})
	run("decode/json of the rows", func() int64 {
		dec := json.NewDecoder(bytes.NewReader(plain.Bytes()))
		for range st.Users() {
			var row Row
			require.NoError(b, dec.Decode(&row))
		}
		return int64(plain.Len())
	})
}

// TestWritingNeedsNoMemoryForUsers: they are written as they are met.
func TestWritingNeedsNoMemoryForUsers(t *testing.T) {
	count := func(users int) float64 {
		st, err := Compute(benchInput(t, benchRoster(users), false))
		require.NoError(t, err)
		return testing.AllocsPerRun(3, func() {
			if err := EncodeStatement(io.Discard, st); err != nil {
				t.Fatal(err)
			}
		})
	}
	require.InDelta(t, count(1000), count(20000), 20)
}

// TestReadingNeedsWhatItKeeps: users are parts of the text in which they came; no user costs an allocation.
func TestReadingNeedsWhatItKeeps(t *testing.T) {
	count := func(users int) float64 {
		st, err := Compute(benchInput(t, benchRoster(users), false))
		require.NoError(t, err)
		var text bytes.Buffer
		require.NoError(t, EncodeStatement(&text, st))
		return testing.AllocsPerRun(3, func() {
			if _, err := DecodeStatement(bytes.NewReader(text.Bytes())); err != nil {
				t.Fatal(err)
			}
		})
	}
	require.InDelta(t, count(1000), count(20000), 200)
}

// TestASizeThatIsClaimedIsNotBelieved: memory is only taken for what is there.
func TestASizeThatIsClaimedIsNotBelieved(t *testing.T) {
	st, err := Compute(benchInput(t, benchRoster(2), false))
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, EncodeStatement(&text, st))
	huge := bytes.Replace(text.Bytes(), []byte(`"users":1`), []byte(`"users":99999999`), 1)
	require.NotEqual(t, text.Len(), len(huge))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = DecodeStatement(bytes.NewReader(huge))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrFormat)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
