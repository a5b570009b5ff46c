package pdf

import (
	"encoding/binary"
	"slices"
)

// Flags of the parts of a composite glyph.
const (
	argsAreWords    = 0x0001
	haveScale       = 0x0008
	moreComponents  = 0x0020
	haveXYScale     = 0x0040
	haveTwoByTwo    = 0x0080
	haveInstruction = 0x0100

	maxComponents = 1024 // glyphs that one composite glyph may stand for, all levels counted
)

// component is one part of a composite glyph: where its record begins, and which glyph it draws.
type component struct{ at, gid int }

// components gives the parts of a composite glyph and the end of the last record. A simple glyph has none.
func components(outline []byte) (parts []component, end int, err error) {
	if len(outline) < 10 || int16(u16(outline, 0)) >= 0 {
		return nil, 0, nil
	}
	at := 10
	for {
		if at+4 > len(outline) {
			return nil, 0, faceError("composite glyph is cut short")
		}
		flags := u16(outline, at)
		parts = append(parts, component{at, u16(outline, at+2)})
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveXYScale != 0:
			at += 4
		case flags&haveTwoByTwo != 0:
			at += 8
		}
		if at > len(outline) {
			return nil, 0, faceError("composite glyph is cut short")
		}
		if flags&moreComponents == 0 {
			return parts, at, nil
		}
		if len(parts) == maxComponents {
			return nil, 0, faceError("composite glyph of more than %d parts", maxComponents)
		}
	}
}

// checkGlyphs walks every glyph once: within the file, composites without cycles and of bounded size.
func (f *font) checkGlyphs() error {
	weights := make([]int, f.glyphs) // 0: not yet visited, -1: being visited
	for gid := range f.glyphs {
		if _, err := f.weigh(gid, weights); err != nil {
			return err
		}
	}
	return nil
}

// weigh counts the glyphs that one glyph stands for.
func (f *font) weigh(gid int, weights []int) (int, error) {
	switch {
	case gid >= f.glyphs:
		return 0, faceError("composite glyph names glyph %d of %d", gid, f.glyphs)
	case weights[gid] < 0:
		return 0, faceError("glyph %d contains itself", gid)
	case weights[gid] > 0:
		return weights[gid], nil
	}
	outline, err := f.glyph(gid)
	if err != nil {
		return 0, err
	}
	if _, err := strip(outline, nil); err != nil {
		return 0, err
	}
	parts, _, err := components(outline)
	if err != nil {
		return 0, err
	}
	weights[gid] = -1
	weight := 1
	for _, part := range parts {
		w, err := f.weigh(part.gid, weights)
		if err != nil {
			return 0, err
		}
		if weight += w; weight > maxComponents {
			return 0, faceError("glyph %d stands for more than %d glyphs", gid, maxComponents)
		}
	}
	weights[gid] = weight
	return weight, nil
}

// strip copies an outline without its hinting program: programs are of no use on paper, make half of the file,
// and need not run in a reader's viewer. renumber maps the parts of a composite glyph; without it the outline is
// only checked.
func strip(outline []byte, renumber map[int]int) ([]byte, error) {
	if len(outline) == 0 {
		return nil, nil
	}
	if len(outline) < 10 {
		return nil, faceError("glyph is cut short")
	}
	contours := int(int16(u16(outline, 0)))
	if contours < 0 {
		parts, end, err := components(outline)
		if err != nil || renumber == nil {
			return nil, err
		}
		out := slices.Clone(outline[:end])
		for _, part := range parts {
			binary.BigEndian.PutUint16(out[part.at:], uint16(u16(out, part.at)&^haveInstruction))
			binary.BigEndian.PutUint16(out[part.at+2:], uint16(renumber[part.gid]))
		}
		return out, nil
	}
	at := 10 + 2*contours
	if at+2 > len(outline) {
		return nil, faceError("glyph is cut short")
	}
	program := u16(outline, at)
	if at+2+program > len(outline) {
		return nil, faceError("program of a glyph is cut short")
	}
	if renumber == nil {
		return nil, nil // only checked
	}
	out := make([]byte, 0, len(outline)-program)
	out = append(out, outline[:at]...)
	out = append(out, 0, 0)
	return append(out, outline[at+2+program:]...), nil
}

// subset writes a TrueType file that holds only the given signs, which must ascend, and the parts that they need.
// Each sign gets a glyph of its own, numbered in order, so that a run of signs is one segment of the cmap.
func (f *font) subset(signs []rune) ([]byte, error) {
	old := make([]int, 1, len(signs)+8) // new glyph -> old glyph; 0 stays the missing glyph
	for _, r := range signs {
		old = append(old, f.cmap.glyph(r))
	}
	renumber := map[int]int{0: 0}
	for i, gid := range old {
		renumber[gid] = i
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(old); i++ { // grows while composites name parts that are not there yet
		outline, err := f.glyph(old[i])
		if err != nil {
			return nil, err
		}
		parts, _, err := components(outline)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			if _, ok := renumber[part.gid]; !ok {
				renumber[part.gid] = len(old)
				old = append(old, part.gid)
			}
		}
		stripped, err := strip(outline, renumber)
		if err != nil {
			return nil, err
		}
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, stripped...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.advance(old[i])))
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.bearing(old[i])))
	}
	if len(old) > 0xFFFF {
		return nil, faceError("more than 65535 glyphs are used")
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	return f.assemble(signs, len(old), glyf, loca, hmtx), nil
}

// assemble puts the tables of a subset together. Checksums stay zero: the engine writes its own.
func (f *font) assemble(signs []rune, glyphs int, glyf, loca, hmtx []byte) []byte {
	head, hhea, maxp := slices.Clone(f.head), slices.Clone(f.hhea), slices.Clone(f.maxp)
	clear(head[8:12])
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets
	binary.BigEndian.PutUint16(head[52:], 0) // the only glyph data format there is
	binary.BigEndian.PutUint16(hhea[32:], 0) // the only metric data format there is
	binary.BigEndian.PutUint16(hhea[34:], uint16(glyphs))
	binary.BigEndian.PutUint16(maxp[4:], uint16(glyphs))
	names := []byte{0, 0, 0, 0, 0, 6}

	type table struct {
		name string
		data []byte
	}
	tables := []table{
		{"cmap", subsetCmap(signs)},
		{"glyf", glyf},
		{"head", head},
		{"hhea", hhea},
		{"hmtx", hmtx},
		{"loca", loca},
		{"maxp", maxp},
		{"name", names},
		{"post", f.post},
	}
	if f.os2 != nil {
		tables = append([]table{{"OS/2", f.os2}}, tables...)
	}
	offset, size := 12+16*len(tables), 0
	for _, t := range tables {
		size += (len(t.data) + 3) &^ 3
	}
	out := make([]byte, 0, offset+size)
	out = append(out, 0, 1, 0, 0, 0, byte(len(tables)), 0, 128, 0, 3, 0, byte(16*len(tables)-128))
	for _, t := range tables {
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(offset))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		offset += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t.data...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// subsetCmap maps the signs to the glyphs 1, 2, 3 ... in format 4.
func subsetCmap(signs []rune) []byte {
	type segment struct{ first, last, gid int }
	var segments []segment
	for i, r := range signs {
		if n := len(segments); n > 0 && segments[n-1].last+1 == int(r) {
			segments[n-1].last++
			continue
		}
		segments = append(segments, segment{int(r), int(r), i + 1})
	}
	segments = append(segments, segment{0xFFFF, 0xFFFF, 0x10000}) // closes the table, maps to glyph 0
	count := len(segments)
	out := []byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12}
	put := func(v int) { out = binary.BigEndian.AppendUint16(out, uint16(v)) }
	put(4)
	put(min(16+8*count, 0xFFFF))
	put(0)
	put(2 * count)
	put(0) // the three search hints are not used by anyone who reads this
	put(0)
	put(0)
	for _, s := range segments {
		put(s.last)
	}
	put(0)
	for _, s := range segments {
		put(s.first)
	}
	for _, s := range segments {
		put(s.gid - s.first)
	}
	for range segments {
		put(0)
	}
	return out
}
