package report

import (
	"strings"

	"github.com/billhatch/billhatch/usage"
)

// maxNamePart bounds the part of a file name that comes from the account.
const maxNamePart = 48

// FileName gives a name for the file of a report, as "usage-acme-2026-10.xlsx": ASCII letters, digits, "-" and "_", and
// one point before the extension. What is not final says so: "usage-acme-2026-10-to-date.xlsx".
func FileName(st *usage.Statement, ext string) string {
	name := "usage"
	if st != nil {
		if account := namePart(st.Account.ID); account != "" {
			name += "-" + account
		}
		if period := namePart(st.Period.String()); period != "" {
			name += "-" + period
		}
		if st.Finality != usage.Final {
			name += "-" + strings.ReplaceAll(namePart(st.Finality.String()), "_", "-")
		}
	}
	if ext = namePart(strings.TrimPrefix(ext, ".")); ext != "" {
		name += "." + ext
	}
	return name
}

// namePart keeps what is safe in a file name and in a header everywhere.
func namePart(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-' || r == '_':
		default:
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
		if b.Len() >= maxNamePart {
			break
		}
	}
	return strings.Trim(b.String(), "-_")
}
