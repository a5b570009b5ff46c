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
	cache [cacheSize]cachedText
}

const (
	cacheSize    = 1024
	cacheMaxText = 128 // bytes; longer texts are not kept alive
)

type cachedText struct {
	text  string
	index int
}

// index gives the number of a text, which must not be empty.
func (t *shared) index(s string) (int, error) {
	slot := &t.cache[slotOf(s)]
	if slot.text == s {
		return slot.index, nil
	}
	if t.c == nil {
		if err := t.begin(); err != nil {
			return 0, err
		}
	}
	n := t.count
	t.count++
	if len(s) <= cacheMaxText {
		slot.text, slot.index = s, n
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
func slotOf(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return (h ^ h>>16) % cacheSize
}

// appendInt appends a number that is not negative.
func appendInt(b []byte, n int) []byte {
	return strconv.AppendUint(b, uint64(n), 10)
}
