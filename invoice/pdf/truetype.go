package pdf

import (
	"encoding/binary"
	"fmt"
	"unicode"
)

// font is a parsed TrueType face. It is never changed after parseFont and is shared by all documents.
type font struct {
	head, hhea, maxp, os2, post []byte // copies of the tables, bounded
	glyf, loca, hmtx            []byte
	longLoca                    bool
	unitsPerEm                  int
	glyphs                      int // number of glyphs
	metrics                     int // number of full entries in hmtx
	cmap                        cmap
}

// Sizes of the fixed tables, in bytes.
const (
	headSize = 54
	hheaSize = 36
	maxpSize = 32
	os2Size  = 96
	postSize = 32

	maxTables = 512
)

func faceError(format string, args ...any) error {
	return &Error{Kind: ErrFace, Detail: fmt.Sprintf(format, args...)}
}

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }

func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }

// parseFont reads a TrueType file. Everything that is read later, glyphs included, is checked here, so that a face
// that parses can be drawn.
func parseFont(data []byte) (*font, error) {
	tables, err := directory(data)
	if err != nil {
		return nil, err
	}
	f := &font{}
	for _, part := range []struct {
		name string
		min  int
		max  int // 0: any size
		to   *[]byte
	}{
		{"head", headSize, headSize, &f.head},
		{"hhea", hheaSize, hheaSize, &f.hhea},
		{"maxp", maxpSize, maxpSize, &f.maxp},
		{"glyf", 0, 0, &f.glyf},
		{"loca", 0, 0, &f.loca},
		{"hmtx", 4, 0, &f.hmtx},
	} {
		table, ok := tables[part.name]
		if !ok {
			return nil, faceError("table %s is missing", part.name)
		}
		if len(table) < part.min {
			return nil, faceError("table %s has %d bytes, want %d or more", part.name, len(table), part.min)
		}
		if part.max > 0 {
			table = table[:part.max]
		}
		*part.to = table
	}
	if err := f.numbers(); err != nil {
		return nil, err
	}
	if err := f.optional(tables); err != nil {
		return nil, err
	}
	if f.cmap, err = parseCmap(tables["cmap"], f.glyphs); err != nil {
		return nil, err
	}
	if err := f.checkGlyphs(); err != nil {
		return nil, err
	}
	f.dropBlanks()
	return f, nil
}

// dropBlanks forgets signs that the face maps to an empty outline: they would be printed as nothing.
func (f *font) dropBlanks() {
	for high, block := range f.cmap.blocks {
		if block == nil {
			continue
		}
		for low, gid := range block {
			outline, err := f.glyph(int(gid))
			if err != nil || len(outline) == 0 && !unicode.IsSpace(rune(high<<8|low)) {
				block[low] = 0
			}
		}
	}
}

// directory gives the tables of a file, each within the file.
func directory(data []byte) (map[string][]byte, error) {
	if len(data) < 12 {
		return nil, faceError("%d bytes are no font", len(data))
	}
	switch string(data[:4]) {
	case "\x00\x01\x00\x00", "true":
	case "OTTO":
		return nil, faceError("OpenType face with CFF outlines, want TrueType outlines (.ttf)")
	case "ttcf":
		return nil, faceError("font collection (.ttc), want a single TrueType face (.ttf)")
	case "wOFF", "wOF2":
		return nil, faceError("web font (WOFF), want the TrueType face itself (.ttf)")
	default:
		return nil, faceError("not a TrueType face")
	}
	count := u16(data, 4)
	if count > maxTables || len(data) < 12+16*count {
		return nil, faceError("table directory is cut short")
	}
	tables := make(map[string][]byte, count)
	for i := range count {
		record := data[12+16*i:]
		offset, size := uint64(u32(record, 8)), uint64(u32(record, 12))
		if offset+size > uint64(len(data)) {
			return nil, faceError("table %q lies outside of the file", record[:4])
		}
		tables[string(record[:4])] = data[offset : offset+size : offset+size]
	}
	return tables, nil
}

// numbers reads the counts and checks the tables against them.
func (f *font) numbers() error {
	f.unitsPerEm = u16(f.head, 18)
	f.longLoca = u16(f.head, 50) == 1
	f.glyphs = u16(f.maxp, 4)
	f.metrics = u16(f.hhea, 34)
	switch {
	case f.unitsPerEm < 16 || f.unitsPerEm > 16384:
		return faceError("%d units per em, want 16 to 16384", f.unitsPerEm)
	case f.glyphs == 0:
		return faceError("no glyphs")
	case f.metrics == 0 || f.metrics > f.glyphs:
		return faceError("%d metrics for %d glyphs", f.metrics, f.glyphs)
	case len(f.hmtx) < 4*f.metrics+2*(f.glyphs-f.metrics):
		return faceError("table hmtx is cut short")
	case len(f.loca) < f.locaSize()*(f.glyphs+1):
		return faceError("table loca is cut short")
	}
	return nil
}

// optional reads the tables that a face may lack. A face whose licence forbids embedding is refused.
func (f *font) optional(tables map[string][]byte) error {
	if os2 := tables["OS/2"]; len(os2) >= 78 {
		const restricted, noSubset, bitmapOnly = 0x0002, 0x0100, 0x0200
		kind := u16(os2, 8)
		if kind&0x000F == restricted || kind&(noSubset|bitmapOnly) != 0 {
			return faceError("its licence (fsType %#04x) does not allow embedding", kind)
		}
		f.os2 = make([]byte, os2Size)
		copied := copy(f.os2, os2)
		if copied < 90 {
			binary.BigEndian.PutUint16(f.os2, 1) // without the cap height of version 2
		}
	}
	f.post = make([]byte, postSize)
	if post := tables["post"]; len(post) >= postSize {
		copy(f.post, post[:16])
	}
	binary.BigEndian.PutUint32(f.post, 0x00030000) // no glyph names
	return nil
}

func (f *font) locaSize() int {
	if f.longLoca {
		return 4
	}
	return 2
}

// glyph gives the outline of a glyph, empty for a blank one. gid must be below f.glyphs.
func (f *font) glyph(gid int) ([]byte, error) {
	var from, to uint64
	if f.longLoca {
		from, to = uint64(u32(f.loca, 4*gid)), uint64(u32(f.loca, 4*gid+4))
	} else {
		from, to = 2*uint64(u16(f.loca, 2*gid)), 2*uint64(u16(f.loca, 2*gid+2))
	}
	if from > to || to > uint64(len(f.glyf)) {
		return nil, faceError("glyph %d lies outside of table glyf", gid)
	}
	return f.glyf[from:to], nil
}

// advance is the width of a glyph in font units.
func (f *font) advance(gid int) int { return u16(f.hmtx, 4*min(gid, f.metrics-1)) }

// bearing is the left side bearing of a glyph as it stands in the file.
func (f *font) bearing(gid int) int {
	if gid < f.metrics {
		return u16(f.hmtx, 4*gid+2)
	}
	return u16(f.hmtx, 4*f.metrics+2*(gid-f.metrics))
}

// width is the advance in thousandths of the size, rounded as it is written into the document.
func (f *font) width(gid int) int {
	return (2000*f.advance(gid) + f.unitsPerEm) / (2 * f.unitsPerEm)
}
