package xlsx

import "strconv"

// shared is the table of texts. Every text gets the next number; a small cache catches those that come
// again and again, such as names of plans. A text may therefore stand in the table twice, which is
// allowed, and the memory of the table is that of its compressed form alone.
type shared struct {
	e     *engine
	c     *chunk
	part  *part
	count int
	cache [cacheSize][2]cachedText // the second moves up when it comes again
}

const (
	cacheBits    = 9
	cacheSize    = 1 << cacheBits
	cacheMaxText = 128 // bytes; longer texts are not kept alive
)

type cachedText struct {
	text  string
	index int
}

// index gives the number of a text, which must not be empty.
func (t *shared) index(s string) (int, error) {
	slot := &t.cache[slotOf(s)]
	if slot[0].text == s {
		return slot[0].index, nil
	}
	if slot[1].text == s {
		slot[0], slot[1] = slot[1], slot[0]
		return slot[0].index, nil
	}
	if t.c == nil {
		if err := t.begin(); err != nil {
			return 0, err
		}
	}
	n := t.count
	t.count++
	if len(s) <= cacheMaxText {
		slot[1] = cachedText{s, n}
	}
	b := t.c.raw
	if spaced(s) {
		b = append(b, `<si><t xml:space="preserve">`...)
	} else {
		b = append(b, `<si><t>`...)
	}
	b = appendText(b, s, true)
	t.c.raw = append(b, `</t></si>`...)
	if len(t.c.raw) < chunkSize {
		return n, nil
	}
	t.e.submit(t.c, false)
	t.c = nil
	return n, nil
}

// begin takes a chunk for the next texts.
func (t *shared) begin() error {
	fresh := t.part == nil
	if fresh {
		t.part = &part{name: "xl/sharedStrings.xml", held: true}
	}
	c, err := t.e.next(t.part, fresh)
	if err != nil {
		return err
	}
	if fresh {
		c.raw = append(c.raw, xmlHead+`<sst xmlns="`+nsMain+`">`...)
	}
	t.c = c
	return nil
}

// close ends the table. Without any text there is none.
func (t *shared) close() error {
	if t.part == nil {
		return nil
	}
	if t.c == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	t.c.raw = append(t.c.raw, `</sst>`...)
	t.e.submit(t.c, true)
	t.c = nil
	return nil
}

// slotOf hashes a text to its place in the cache: the same one in every run, so that the bytes of the
// file are the same.
func slotOf(s string) uint64 {
	const prime = 0x9e3779b97f4a7c15
	h := uint64(len(s))
	for ; len(s) >= 8; s = s[8:] {
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h = (h ^ word) * prime
		h ^= h >> 32
	}
	for i := range len(s) {
		h = h<<8 ^ h>>56 ^ uint64(s[i])
	}
	return h * prime >> (64 - cacheBits)
}

// appendInt appends a number that is not negative.
func appendInt(b []byte, n int) []byte {
	return strconv.AppendUint(b, uint64(n), 10)
}
