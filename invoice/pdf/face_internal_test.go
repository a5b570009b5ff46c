package pdf

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/stretchr/testify/require"
)

func mustFont(t testing.TB, data []byte) *font {
	t.Helper()
	f, err := parseFont(data)
	require.NoError(t, err)
	return f
}

// small is a face of a few signs, one of them a composite glyph.
func small(t testing.TB) []byte {
	t.Helper()
	data, err := mustFont(t, liberationsansregular.TTF).subset([]rune("ABCÅäö–€"))
	require.NoError(t, err)
	return data
}

// table gives a table of a face to be changed in place.
func table(t testing.TB, data []byte, name string) []byte {
	t.Helper()
	tables, err := directory(data)
	require.NoError(t, err)
	require.Contains(t, tables, name)
	return tables[name]
}

func TestASubsetHasTheSameSignsWidthsAndOutlines(t *testing.T) {
	t.Parallel()
	for _, source := range [][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		f := mustFont(t, source)
		signs := []rune(" 0123456789ABCabcÄÅÖäöüŁłΩЖ–€ﬁ")
		slices.Sort(signs)
		data, err := f.subset(signs)
		require.NoError(t, err)
		require.Less(t, len(data), len(source)/20)
		sub := mustFont(t, data)
		for r := rune(0); r <= 0xFFFF; r++ {
			_, want := slices.BinarySearch(signs, r)
			require.Equal(t, want, sub.cmap.glyph(r) != 0, "%U", r)
			if want {
				old, now := f.cmap.glyph(r), sub.cmap.glyph(r)
				require.Equal(t, f.width(old), sub.width(now), "width of %U", r)
				require.Equal(t, f.bearing(old), sub.bearing(now), "bearing of %U", r)
				require.Equal(t, shape(t, f, old), shape(t, sub, now), "outline of %U", r)
			}
		}
	}
}

// shape is a glyph with its parts, free of programs and numbers.
func shape(t testing.TB, f *font, gid int) []byte {
	t.Helper()
	outline, err := f.glyph(gid)
	require.NoError(t, err)
	parts, _, err := components(outline)
	require.NoError(t, err)
	zero := map[int]int{}
	stripped, err := strip(outline, zero)
	require.NoError(t, err)
	if len(parts) == 0 && len(stripped) > 10 {
		return bytes.TrimRight(stripped, "\x00") // padding
	}
	stripped = slices.Clone(stripped)
	for _, part := range parts {
		stripped = append(stripped, shape(t, f, part.gid)...)
	}
	return stripped
}

func TestABrokenFaceIsATypedError(t *testing.T) {
	t.Parallel()
	put16 := binary.BigEndian.PutUint16
	put32 := binary.BigEndian.PutUint32
	cases := []struct {
		name   string
		change func(t *testing.T, data []byte) []byte
		says   string
	}{
		{"no units per em", func(t *testing.T, d []byte) []byte { put16(table(t, d, "head")[18:], 0); return d }, "units per em"},
		{"no glyphs", func(t *testing.T, d []byte) []byte { put16(table(t, d, "maxp")[4:], 0); return d }, "no glyphs"},
		{"no metrics", func(t *testing.T, d []byte) []byte { put16(table(t, d, "hhea")[34:], 0); return d }, "0 metrics"},
		{"more glyphs than places", func(t *testing.T, d []byte) []byte { put16(table(t, d, "maxp")[4:], 60000); return d }, "cut short"},
		{"a glyph behind the table", func(t *testing.T, d []byte) []byte { put32(table(t, d, "loca")[8:], 1<<30); return d }, "outside of table glyf"},
		{"a table behind the file", func(t *testing.T, d []byte) []byte { put32(d[12+8:], 1<<31); return d }, "outside of the file"},
		{"a table directory without end", func(t *testing.T, d []byte) []byte { put16(d[4:], 60000); return d }, "directory"},
		{"no cmap", func(t *testing.T, d []byte) []byte { copy(d[bytes.Index(d, []byte("cmap")):], "xxxx"); return d }, "cmap is missing"},
		{"no outlines", func(t *testing.T, d []byte) []byte { copy(d[bytes.Index(d, []byte("glyf")):], "xxxx"); return d }, "glyf is missing"},
		{"a cmap for symbols only", func(t *testing.T, d []byte) []byte { put16(table(t, d, "cmap")[6:], 0); return d }, "no Unicode cmap"},
		{"a cmap of another format", func(t *testing.T, d []byte) []byte { put16(table(t, d, "cmap")[12:], 6); return d }, "no Unicode cmap"},
		{"a cmap longer than its table", func(t *testing.T, d []byte) []byte { put16(table(t, d, "cmap")[18:], 0xFFFE); return d }, "format 4 is cut short"},
		{"a cmap out of order", func(t *testing.T, d []byte) []byte { put16(table(t, d, "cmap")[26:], 0xFFFE); return d }, "out of order"},
		{"a glyph that contains itself", func(t *testing.T, d []byte) []byte { return cycle(t, d) }, "contains itself"},
		{"a glyph that names one that is not there", func(t *testing.T, d []byte) []byte { return part(t, d, 60000) }, "names glyph 60000"},
		{"a licence against embedding", func(t *testing.T, d []byte) []byte { put16(table(t, d, "OS/2")[8:], 2); return d }, "does not allow embedding"},
		{"a licence against subsets", func(t *testing.T, d []byte) []byte { put16(table(t, d, "OS/2")[8:], 0x100); return d }, "does not allow embedding"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseFont(c.change(t, small(t)))
			require.ErrorIs(t, err, ErrFace)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// composite gives a glyph of several parts.
func composite(t testing.TB, f *font) (gid int, outline []byte) {
	t.Helper()
	for gid := range f.glyphs {
		outline, err := f.glyph(gid)
		require.NoError(t, err)
		if parts, _, _ := components(outline); len(parts) > 0 {
			return gid, outline
		}
	}
	t.Fatal("no composite glyph")
	return 0, nil
}

func part(t testing.TB, data []byte, gid int) []byte {
	t.Helper()
	_, outline := composite(t, mustFont(t, data))
	binary.BigEndian.PutUint16(outline[12:], uint16(gid)) // the outline lies within data
	return data
}

func cycle(t testing.TB, data []byte) []byte {
	t.Helper()
	gid, _ := composite(t, mustFont(t, data))
	return part(t, data, gid)
}

func TestEveryPrefixOfAFaceIsRefusedOrWorks(t *testing.T) {
	t.Parallel()
	data := small(t)
	for n := range data {
		if f, err := parseFont(data[:n]); err == nil {
			_, err = f.subset([]rune("A"))
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrFace)
		}
	}
}

func TestFormat12IsReadForTheBasicPlane(t *testing.T) {
	t.Parallel()
	sub := make([]byte, 16+3*12)
	binary.BigEndian.PutUint16(sub, 12)
	binary.BigEndian.PutUint32(sub[12:], 3)
	for i, group := range [][3]uint32{{0x41, 0x43, 1}, {0xFFFE, 0x10001, 5}, {0x20000, 0x2FFFF, 1}} {
		for j, v := range group {
			binary.BigEndian.PutUint32(sub[16+12*i+4*j:], v)
		}
	}
	table := append([]byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12}, sub...)
	c, err := parseCmap(table, 6)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3, 0, 5, 0, 0, 0}, []int{
		c.glyph(0x40), c.glyph('A'), c.glyph('B'), c.glyph('C'),
		c.glyph('D'), c.glyph(0xFFFE), c.glyph(0xFFFF), c.glyph(0x20000), c.glyph(-1),
	})

	binary.BigEndian.PutUint32(table[12+12:], 1<<31)
	_, err = parseCmap(table, 6)
	require.ErrorIs(t, err, ErrFace)
}

func TestASignWithAnEmptyOutlineIsNoSign(t *testing.T) {
	t.Parallel()
	data := small(t)
	loca := table(t, data, "loca")
	copy(loca[4:8], loca[8:12]) // the first sign ends where it begins
	f := mustFont(t, data)
	require.Zero(t, f.cmap.glyph('A'))
	require.NotZero(t, f.cmap.glyph('B'))
	require.NotZero(t, mustFont(t, liberationsansregular.TTF).cmap.glyph(' '), "a space is blank and a sign")
}

// FuzzFace reads changed faces. What is accepted must be drawable: its subset holds the same signs, and the engine
// prints them without an error.
func FuzzFace(f *testing.F) {
	data := small(f)
	f.Add(data)
	f.Add(cycle(f, small(f)))
	f.Add(data[:len(data)/2])
	f.Add([]byte("OTTO\x00\x01\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		font, err := parseFont(data)
		if err != nil {
			require.ErrorIs(t, err, ErrFace)
			return
		}
		var set signSet
		count := 0
		for r := rune(0x20); r < 0xFFFF && count < 300; r++ {
			if font.cmap.glyph(r) != 0 {
				set.add(r)
				count++
			}
		}
		signs := set.list()
		sub, err := font.subset(signs)
		require.NoError(t, err)
		again, err := parseFont(sub)
		require.NoError(t, err)
		for _, r := range signs {
			require.NotZero(t, again.cmap.glyph(r), "%U", r)
			require.Equal(t, font.width(font.cmap.glyph(r)), again.width(again.cmap.glyph(r)), "%U", r)
		}
		c := newEngine(document{width: 100, height: 100, language: "en", fonts: map[fontKey][]byte{0: sub}})
		c.page()
		c.text(10, 10, 0, 10, rgb{}, string(signs))
		require.NoError(t, c.finish(&bytes.Buffer{}))
	})
}
