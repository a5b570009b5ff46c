package pdf

// cmap maps the code points of the basic plane to glyphs, in blocks of 256. Code points above U+FFFF are not kept:
// the engine cannot print them.
type cmap struct{ blocks [256]*[256]uint16 }

// glyph is 0 for a sign that the face lacks.
func (c *cmap) glyph(r rune) int {
	if r < 0 || r > 0xFFFF {
		return 0
	}
	block := c.blocks[r>>8]
	if block == nil {
		return 0
	}
	return int(block[r&0xFF])
}

func (c *cmap) set(code, gid int) {
	block := c.blocks[code>>8]
	if block == nil {
		block = new([256]uint16)
		c.blocks[code>>8] = block
	}
	block[code&0xFF] = uint16(gid)
}

// parseCmap reads the Unicode subtable of format 12 or 4. Glyph numbers beyond the face are left out.
func parseCmap(table []byte, glyphs int) (cmap, error) {
	var c cmap
	if len(table) < 4 {
		return c, faceError("table cmap is missing")
	}
	count := u16(table, 2)
	if len(table) < 4+8*count {
		return c, faceError("table cmap is cut short")
	}
	var format4, format12 []byte
	for i := range count {
		record := table[4+8*i:]
		platform, encoding, offset := u16(record, 0), u16(record, 2), uint64(u32(record, 4))
		unicode := platform == 0 && encoding != 5 || platform == 3 && (encoding == 1 || encoding == 10)
		if !unicode || offset+2 > uint64(len(table)) {
			continue
		}
		switch sub := table[offset:]; u16(sub, 0) {
		case 4:
			format4 = sub
		case 12:
			format12 = sub
		}
	}
	switch {
	case format12 != nil:
		return c, c.parse12(format12, glyphs)
	case format4 != nil:
		return c, c.parse4(format4, glyphs)
	}
	return c, faceError("no Unicode cmap of format 4 or 12")
}

func (c *cmap) parse12(sub []byte, glyphs int) error {
	if len(sub) < 16 {
		return faceError("cmap format 12 is cut short")
	}
	count := uint64(u32(sub, 12))
	if 16+12*count > uint64(len(sub)) {
		return faceError("cmap format 12 is cut short")
	}
	next := uint64(0) // groups ascend, so all of them together have at most 65,536 steps here
	for i := range int(count) {
		group := sub[16+12*i:]
		first, last, gid := uint64(u32(group, 0)), uint64(u32(group, 4)), uint64(u32(group, 8))
		if first < next || last < first {
			return faceError("cmap format 12: group %d is out of order", i)
		}
		next = last + 1
		for code := first; code <= min(last, 0xFFFF); code++ {
			if g := gid + code - first; g < uint64(glyphs) && g != 0 {
				c.set(int(code), int(g))
			}
		}
	}
	return nil
}

func (c *cmap) parse4(sub []byte, glyphs int) error {
	if len(sub) < 16 {
		return faceError("cmap format 4 is cut short")
	}
	segments := u16(sub, 6) / 2
	if len(sub) < 16+8*segments {
		return faceError("cmap format 4 is cut short")
	}
	ends, starts := sub[14:], sub[16+2*segments:]
	deltas, offsets := sub[16+4*segments:], sub[16+6*segments:]
	next := 0
	for i := range segments {
		first, last := u16(starts, 2*i), u16(ends, 2*i)
		if first < next || last < first {
			return faceError("cmap format 4: segment %d is out of order", i)
		}
		next = last + 1
		delta, offset := u16(deltas, 2*i), u16(offsets, 2*i)
		for code := first; code <= last && code < 0xFFFF; code++ {
			gid := code
			if offset != 0 {
				at := 2*i + offset + 2*(code-first)
				if at+2 > len(offsets) {
					break // the rest of the segment points behind the table
				}
				if gid = u16(offsets, at); gid == 0 {
					continue
				}
			}
			if gid = (gid + delta) & 0xFFFF; gid != 0 && gid < glyphs {
				c.set(code, gid)
			}
		}
	}
	return nil
}
