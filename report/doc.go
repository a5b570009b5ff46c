// Package report writes a [usage.Statement] as a document: a workbook with one tab for each tenant (O7), a CSV file, or
// lines of JSON. It computes no money. It adds the rows up again only to refuse a statement that does not add up.
//
// All three are written as a stream, in the order of the statement: rows are read from it one by one and the file is
// never held in memory. The same statement and options give the same bytes, whatever the number of workers.
//
// # Readers who may not see every tenant
//
// [Options].Visible names the tenants that the reader may see (O12). When it hides any, the document is partial and says
// so at its beginning, with the number of hidden tenants. Then
//
//   - hidden tenants have no tab, no line, no name and no trace in the names of other tabs;
//   - the total of the account is left out; the total shown is the sum of what is shown, and is called partial;
//   - discounts, minimum charges and adjustments of the account are left out, whether there are any or not, because their
//     amounts or names may tell about hidden tenants: ten percent off everything tells what everything costs;
//   - how a tier was chosen is not shown.
//
// Fees, shared meters and projects do not depend on tenants and stay. What a visible tenant costs is always shown, also
// where its price was chosen over all tenants of the account: a reader who knows the price list can learn from it in
// which tier the account is, and from a graduated price how much the account uses in all. Who shows the same reader the
// invoice or the whole total elsewhere gives away the sum of the hidden tenants.
//
// # Completeness
//
// After an error or a cancellation what was written is worth nothing, and it shows: a workbook lacks its directory and
// cannot be opened; a CSV file lacks its last record, of kind "end"; lines of JSON lack the last one, of type "end".
// Both count what comes before, and are complete only with the line break that ends them. Over HTTP the connection
// should be broken off.
//
// # The workbook
//
// The summary comes first: account, period, status, every tenant and group with its price, amount and tab, then projects
// and charges, then the total. Each tenant's tab lists its billable users, one row each, with a subtotal for each group
// and a total below the filtered table. Tenants with more rows than a sheet holds go on in further tabs. Accounts with
// projects have a tab for them. Text never becomes a formula. Words are English; see [Options].Translate and [Words].
//
// # CSV
//
// UTF-8, RFC 4180, CRLF, one header record. Every record has account, period (2026-10, or 2026-10-05..2026-11-05
// half-open) and status (final, to_date, forecast). Kinds are user, no_users (a tenant without billable users), meter,
// project_fee, no_usage (a project without meters), fee, shared_meter, minimum, discount, adjustment; and without an amount partial (item: how many tenants
// are hidden), incomplete (a meter has no reading), end (item: how many records stand between it and the header). The
// column amount adds up to the total of the statement, or of what is shown. Columns first_day and last_day are both
// inclusive; covered and of count days, or seconds under the policy seconds.
//
// Spreadsheets run fields as formulas when they begin with = + - @ or their full-width forms. A text that does, after
// apostrophes and blanks if any, or that begins with a tab or line break, has one apostrophe put before it. To read it
// back, take one apostrophe away from a text of that form. Numbers and dates are never changed. Control characters and
// bytes that are not UTF-8 become U+FFFD.
//
// # JSON lines
//
// Types are statement (first), tenant, group, row, project, charge and end (last). Amounts are
// {"amount":"12.50","currency":"USD"}, quantities decimal text, spans half-open as everywhere in JSON. The line end has
// "shown", the sum of what is shown, and "total" unless the document is partial.
//
// # Units
//
// Money is exact, from minor units; prices may have more digits than the currency. Shares are covered ticks of all ticks
// of the period: days, or seconds. "To" in workbook and CSV is the last covered day.
//
// # Errors
//
// [ErrNoRows], [ErrStatement] and [ErrOptions] come as an *[Error] with the tenant. Errors of the context, of the
// io.Writer and of report/xlsx are wrapped and keep their identity. Nothing is written before the statement has been
// checked, but for the rows, which are checked as they are written.
//
// # Concurrency
//
// Functions may run at the same time, also for one statement. Callbacks are called by the calling goroutine. All
// goroutines have ended when a function returns.
package report
