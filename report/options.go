package report

import (
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report/xlsx"
)

// Options of a report. The zero value is good for a reader who may see every tenant.
type Options struct {
	// Visible tells whether the reader may see a tenant, by id; it is asked once for each. Nil: every tenant.
	Visible func(tenantID string) bool

	// Progress is told how far the work is, now and then and at the end of every tenant. Nil: nobody is told.
	Progress func(Progress)

	// Translate gives the words of the workbook in another language; [Words] lists what it is asked for. Parts in
	// braces, as {n}, stand for values and must stay. An empty answer means the English word. Nil: English. CSV and
	// JSON have fixed words.
	Translate func(english string) string

	// Workers and Level are those of the workbook writer; see xlsx.Options.
	Workers int
	Level   xlsx.Level

	// ByteOrderMark puts one before CSV, without which some spreadsheets take the file for another encoding.
	ByteOrderMark bool

	rowsPerTab int // 0: xlsx.MaxRows
}

// Progress counts what has been written, and what there is.
type Progress struct {
	Tenants, TenantsDone int // visible ones
	Rows, RowsDone       int // users
}

// Result says what was written.
type Result struct {
	Tabs    int  // of a workbook
	Rows    int  // users
	Hidden  int  // tenants left out
	Partial bool // Hidden is not 0

	// Shown is the sum of what is shown: the total of the statement, unless Partial.
	Shown money.Amount

	CutTexts    int // texts that were longer than a cell of a workbook holds
	LongNumbers int // numbers that a spreadsheet could not hold exactly and that stand as text in a workbook
}
