package money

// Display returns the amount for a reader.
func (a Amount) Display(locale string) string {
	if !a.IsSet() {
		return ""
	}
	return a.Currency() + " " + a.number()
}
