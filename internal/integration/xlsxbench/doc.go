// Package xlsxbench measures the workbook writer against an independent library and against the least
// that the same file could cost, and reads its files back with that library and with LibreOffice.
//
// Run the program in ratios for the figures; the tests check the files.
//
// # Units
//
// Money is in cents, dates are civil days; a [Shape] is a number of tabs and of rows in each.
//
// # Errors
//
// Errors of the writers are returned as they are.
//
// # Concurrency
//
// A [Table] does not change and may be read by several goroutines.
package xlsxbench
