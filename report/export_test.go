package report

// WithRowsPerTab makes tabs full after so many rows.
func (o Options) WithRowsPerTab(n int) Options {
	o.rowsPerTab = n
	return o
}

// AppendField and FormulaLike are how CSV writes a text.
var (
	AppendField  = appendField
	AppendString = appendString
	AppendMinor  = appendMinor
	FormulaLike  = formulaLike
)
