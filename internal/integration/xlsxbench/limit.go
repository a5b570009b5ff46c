package xlsxbench

import (
	"io"
	"strconv"

	"github.com/klauspost/compress/flate"
)

// WriteLimit does the least that any writer of these rows must do: format the cells with their texts in place
// and compress them at the given level, in one stream without an archive.
func WriteLimit(out io.Writer, t *Table, shape Shape, level int) error {
	z, err := flate.NewWriter(out, level)
	if err != nil {
		return err
	}
	var b []byte
	for tab := range shape.Tabs {
		for i := range shape.Rows {
			b = appendRow(b, t.Row(shape, tab, i), i+2)
			if len(b) >= 512<<10 {
				if _, err := z.Write(b); err != nil {
					return err
				}
				b = b[:0]
			}
		}
	}
	if _, err := z.Write(b); err != nil {
		return err
	}
	return z.Close()
}

func appendRow(b []byte, u *Row, number int) []byte {
	b = append(b, `<row r="`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, `">`...)
	for i, s := range [...]string{u.ID, u.Name, u.Mail, u.Plan} {
		b = append(b, `<c r="`...)
		b = append(b, byte('A'+i))
		b = strconv.AppendInt(b, int64(number), 10)
		b = append(b, `" t="inlineStr"><is><t>`...)
		b = append(b, s...)
		b = append(b, `</t></is></c>`...)
	}
	for i, n := range [...]int64{int64(u.From), int64(u.To), int64(u.Days), u.Cents} {
		b = append(b, `<c r="`...)
		b = append(b, byte('E'+i))
		b = strconv.AppendInt(b, int64(number), 10)
		b = append(b, `" s="1"><v>`...)
		if i == 3 {
			b = strconv.AppendInt(b, n/100, 10)
			b = append(b, '.', byte('0'+n/10%10), byte('0'+n%10))
		} else {
			b = strconv.AppendInt(b, n, 10)
		}
		b = append(b, `</v></c>`...)
	}
	return append(b, `</row>`...)
}
