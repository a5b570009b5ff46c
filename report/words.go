package report

import (
	"strings"

	"github.com/billhatch/billhatch/usage"
)

// The words of the workbook, in English.
const (
	wordSummary  = "Summary"
	wordProjects = "Projects"
	wordTenant   = "Tenant" // also the tab of a tenant whose name has nothing to show

	wordTitle    = "Usage report"
	wordAccount  = "Account"
	wordPeriod   = "Period"
	wordZone     = "Time zone"
	wordCurrency = "Currency"
	wordPolicy   = "Counting"
	wordPlan     = "Plan"
	wordStatus   = "Status"
	wordSpan     = "{from} to {to}, both inclusive, {days} days"
	wordSeconds  = "{n} seconds"

	wordFinal      = "Final"
	wordToDate     = "Not final: counted up to and including {day}"
	wordForecast   = "Forecast, an estimate: known up to and including {day}"
	wordNothingYet = "Not final: no day has been counted yet"
	wordGuess      = "Forecast, an estimate: no day is known yet"
	wordIncomplete = "Incomplete: a meter has no reading, and what it costs is not in the total"
	wordPartial    = "Partial: tenants that you may not see are not included ({n}). Everything shown adds up to {total}, which is not the total of the account."
	wordLeftOut    = "Discounts, minimum charges and adjustments of the account, if any, are not included either."

	wordID         = "ID"
	wordGroup      = "Group"
	wordUsers      = "Users"
	wordUnits      = "Units"
	wordPrice      = "Price"
	wordAmount     = "Amount"
	wordTab        = "Tab"
	wordNoTenants  = "No tenants"
	wordTenantsSum = "All tenants"
	wordShownSum   = "All tenants shown"
	wordSubtotalOf = "{name}, subtotal"
	wordCharges    = "Charges of the account"
	wordDetails    = "Details"
	wordTotal      = "Total before taxes"
	wordShown      = "Total of what is shown (partial)"
	wordShared     = "The price of a seat stands where all seats have the same one; otherwise what all seats together cost is shared out by units."
	wordRounded    = "Units are users' shares of the period, rounded to 4 decimals here. Amounts are exact."
	wordCut        = "Texts that were longer than a cell holds, and were cut: {n}"
	wordLong       = "Numbers with more than 15 digits, which stand as text so that nothing is lost: {n}"

	wordName      = "Name"
	wordAddress   = "Address"
	wordUser      = "User ID"
	wordFrom      = "From"
	wordTo        = "To (inclusive)"
	wordDays      = "Days charged"
	wordSecs      = "Seconds charged"
	wordHours     = "Hours (rounded)"
	wordStretches = "Stretches"
	wordBillable  = "Billable: {spans}"
	wordNever     = "Not billable in this period"
	wordThrough   = "{from} to {to}"
	wordBack      = "To the summary"
	wordNoUsers   = "No billable users"
	wordThisTab   = "Subtotal of this tab"
	wordTenantSum = "Total"
	wordContinued = "continued in the next tab"
	wordContinues = "continued from the tab before"

	wordProject   = "Project"
	wordState     = "State"
	wordMeter     = "Meter or fee"
	wordUnit      = "Unit"
	wordRemarks   = "Remarks"
	wordUsed      = "Used"
	wordExpected  = "Expected"
	wordIncluded  = "Included"
	wordOverage   = "Overage"
	wordRate      = "Rate"
	wordNoReading = "no reading"
	wordUnlimited = "unlimited"
	wordShareRow  = "shared, see the summary"
	wordTiers     = "priced by tiers"
	wordPackages  = "priced by packages"

	wordFee        = "Fee"
	wordSharedUse  = "Shared meter"
	wordMinimum    = "Minimum charge"
	wordDiscount   = "Discount"
	wordAdjustment = "Adjustment"
	wordUsage      = "{used} used, {included} included, {over} over"
	wordPercent    = "{percent} % of {base}, {days} of {of} days"
	wordFixed      = "{amount} for the period, {days} of {of} days"
	wordCapped     = "no more than there is to lower"

	wordStateUnavailable = "usage unavailable"
	wordStateNotActive   = "not active yet"
	wordStateActive      = "active"
	wordStateApproaching = "approaching limit"
	wordStateOver        = "over limit"

	wordHalfOpen    = "Civil days; the first day is charged, the day of leaving is not"
	wordTouched     = "Civil days; every day with any coverage is charged"
	wordElapsed     = "Elapsed seconds"
	wordTenantShare = "The tenant's billable days, for each of its seats"
	wordFullPeriod  = "The whole period for every covered user"
)

// Words lists all English words that [Options].Translate is asked for, so that a host can test that none is missing.
func Words() []string {
	return []string{
		wordSummary, wordProjects, wordTenant,
		wordTitle, wordAccount, wordPeriod, wordZone, wordCurrency, wordPolicy, wordPlan, wordStatus, wordSpan, wordSeconds,
		wordFinal, wordToDate, wordForecast, wordNothingYet, wordGuess, wordIncomplete, wordPartial, wordLeftOut,
		wordID, wordGroup, wordUsers, wordUnits, wordPrice, wordAmount, wordTab, wordNoTenants, wordTenantsSum, wordShownSum,
		wordSubtotalOf, wordCharges, wordDetails, wordTotal, wordShown, wordShared, wordRounded, wordCut, wordLong,
		wordName, wordAddress, wordUser, wordFrom, wordTo, wordDays, wordSecs, wordHours, wordStretches, wordBillable,
		wordNever, wordThrough, wordBack, wordNoUsers, wordThisTab, wordTenantSum, wordContinued, wordContinues,
		wordProject, wordState, wordMeter, wordUnit, wordRemarks, wordUsed, wordExpected, wordIncluded, wordOverage, wordRate,
		wordNoReading, wordUnlimited, wordShareRow, wordTiers, wordPackages,
		wordFee, wordSharedUse, wordMinimum, wordDiscount, wordAdjustment, wordUsage, wordPercent, wordFixed, wordCapped,
		wordStateUnavailable, wordStateNotActive, wordStateActive, wordStateApproaching, wordStateOver,
		wordHalfOpen, wordTouched, wordElapsed, wordTenantShare, wordFullPeriod,
	}
}

// say translates a word and fills in values, given as pairs of what stands in braces and its value.
func (v *view) say(word string, pairs ...string) string {
	if v.opt.Translate != nil {
		if other := v.opt.Translate(word); other != "" {
			word = other
		}
	}
	if len(pairs) == 0 {
		return word
	}
	return strings.NewReplacer(pairs...).Replace(word)
}

func policyWord(p usage.Policy) string {
	switch p {
	case usage.HalfOpenDays:
		return wordHalfOpen
	case usage.TouchedDays:
		return wordTouched
	case usage.Seconds:
		return wordElapsed
	case usage.TenantShare:
		return wordTenantShare
	case usage.FullPeriod:
		return wordFullPeriod
	}
	return p.String()
}

func stateWord(s usage.State) string {
	switch s {
	case usage.StateUnavailable:
		return wordStateUnavailable
	case usage.StateNotActive:
		return wordStateNotActive
	case usage.StateActive:
		return wordStateActive
	case usage.StateApproaching:
		return wordStateApproaching
	case usage.StateOver:
		return wordStateOver
	}
	return s.String()
}

func kindWord(k usage.ChargeKind) string {
	switch k {
	case usage.ChargeFee:
		return wordFee
	case usage.ChargeShared:
		return wordSharedUse
	case usage.ChargeMinimum:
		return wordMinimum
	case usage.ChargeDiscount:
		return wordDiscount
	case usage.ChargeAdjustment:
		return wordAdjustment
	}
	return string(k)
}

// status says how final the statement is.
func (v *view) status() string {
	st := v.st
	word := wordToDate
	counted := st.AsOf.After(st.Period.From())
	switch {
	case st.Finality == usage.Final:
		return v.say(wordFinal)
	case st.Finality == usage.Forecast && counted:
		word = wordForecast
	case st.Finality == usage.Forecast:
		return v.say(wordGuess)
	case !counted:
		return v.say(wordNothingYet)
	}
	return v.say(word, "{day}", st.AsOf.AddDays(-1).String())
}
