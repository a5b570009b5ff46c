package xlsx

import (
	"runtime"
	"time"
)

// Limits of the file format.
const (
	MaxRows    = 1 << 20 // rows of one sheet
	MaxColumns = 1 << 14 // columns of one sheet
	MaxText    = 32767   // UTF-16 units in one cell
	MaxTab     = 31      // UTF-16 units in the name of a tab
)

// Level chooses between size and time.
type Level uint8

// Levels of compression.
const (
	// Compact is the default: files as small as those of common writers.
	Compact Level = iota
	// Fast takes two thirds of the time and makes files a fifth larger.
	Fast
)

// Options of a workbook. The zero value is good.
type Options struct {
	// Workers is how many goroutines compress; 0 means one per processor, at most 8. The bytes written
	// do not depend on it.
	Workers int
	// Level of compression.
	Level Level
	// InlineStrings keeps texts in the cells instead of a common table. Memory then stays the same for
	// any number of rows, whereas the table waits in compressed form for the end, some 12 bytes for a row
	// with two texts of its own. But some viewers on phones show such cells blank.
	InlineStrings bool
	// Properties of the document, all optional.
	Properties Properties
}

// Properties appear under "File, Info" and in search results.
type Properties struct {
	Title, Subject, Author, Company string
	// Created is written in UTC with seconds; the zero time leaves it out. It is the only time in the file.
	Created time.Time
}

// SheetOptions describe one tab.
type SheetOptions struct {
	// Columns give widths and the titles that [Sheet.Header] writes. Rows may be shorter or longer.
	Columns []Column
	// Rank orders the tabs: lower ranks first, equal ranks in the order of creation. A summary
	// that is written last gets -1 to stand first.
	Rank int
	// Freeze is how many rows from the top stay in view; normally the row number of the header.
	Freeze int
	// Filter puts filter buttons on the header, over the rows up to [Sheet.EndTable].
	Filter bool
}

// Column describes one column.
type Column struct {
	Title string
	Width int  // characters, 1 to 255; 0 is the default of some 9
	Right bool // the title stands at the right, as above numbers
}

// maxWorkers bounds the memory that buffers take.
const maxWorkers = 64

func (o Options) validate() error {
	switch {
	case o.Workers < 0 || o.Workers > maxWorkers:
		return errorf(ErrValue, "workers %d outside 0 to %d", o.Workers, maxWorkers)
	case o.Level > Fast:
		return errorf(ErrValue, "unknown level %d", o.Level)
	}
	if t := o.Properties.Created; !t.IsZero() {
		if y := t.UTC().Year(); y < 1601 || y > 9999 {
			return errorf(ErrValue, "creation year %d outside 1601 to 9999", y)
		}
	}
	return nil
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return min(runtime.GOMAXPROCS(0), 8)
}

func (o SheetOptions) validate() error {
	if len(o.Columns) > MaxColumns {
		return errorf(ErrLimit, "%d columns", len(o.Columns))
	}
	if o.Freeze < 0 || o.Freeze >= MaxRows {
		return errorf(ErrValue, "freeze %d outside 0 to %d", o.Freeze, MaxRows-1)
	}
	for i, c := range o.Columns {
		if c.Width < 0 || c.Width > 255 {
			return errorf(ErrValue, "width %d of column %d outside 0 to 255", c.Width, i+1)
		}
	}
	return nil
}
