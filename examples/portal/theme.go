package main

import (
	"html/template"
	"net/http"

	"github.com/billhatch/billhatch/provider/memory"
)

// token is one of the custom properties that give the billing area its looks.
type token struct {
	Name, Label string
	Kind        string // of the control: color, length or choice
	Value, Dark string // at the beginning: the default of the billing area, and that of a color in the dark
	Least, Most int    // of a length in pixels
	Choices     []choice
}

type choice struct{ Name, Value string }

// tokens are those that the editor offers. The stylesheet of the billing area lists all of them.
func tokens() []token {
	color := func(name, label, light, dark string) token {
		return token{Name: "--billing-" + name, Label: label, Kind: "color", Value: light, Dark: dark}
	}
	return []token{
		color("accent", "Accent", "#2557c7", "#8fb2ff"),
		color("accent-text", "Text on accent", "#ffffff", "#0c1529"),
		color("text", "Text", "#1b1f27", "#e7e9ee"),
		color("text-muted", "Quiet text", "#59606d", "#a3aab7"),
		color("surface", "Surface", "#ffffff", "#101318"),
		color("border", "Border", "#e2e5ea", "#2b313b"),
		{Name: "--billing-radius", Label: "Radius", Kind: "length", Value: "8", Most: 24},
		{Name: "--billing-space", Label: "Space", Kind: "length", Value: "4", Least: 2, Most: 8},
		{Name: "--billing-font", Label: "Font", Kind: "choice", Choices: []choice{
			{"System", ""}, {"Serif", "Georgia, serif"}, {"Rounded", "ui-rounded, \"Trebuchet MS\", sans-serif"}, {"Monospace", "ui-monospace, monospace"},
		}},
	}
}

// elementScript defines the custom elements of the billing area.
const elementScript = "/billing/assets/billhatch.js"

// theme is the editor: controls for some tokens beside elements that take them at once. Its script is a file, because the
// content security policy allows nothing else.
func (d *demo) theme(_ *http.Request, s session) page {
	return page{
		Name: "theme", Title: "Theme", Plain: true, Scripts: []string{elementScript, "/assets/theme.js"},
		Body: themeBody{Tokens: tokens(), Elements: elementsFor(s.person)},
	}
}

type themeBody struct {
	Tokens   []token
	Elements []element
}

// embedded is a page of the host with elements in it, in the host's own frame and colours.
func (d *demo) embedded(_ *http.Request, s session) page {
	return page{Name: "embedded", Title: "Embedded", Scripts: []string{elementScript}, Body: elementsFor(s.person)}
}

// element is a custom element on a page of the host.
type element struct{ Tag, Account string }

// Code is the element as it stands in a page.
func (e element) Code() string {
	if e.Account == "" {
		return "<" + e.Tag + "></" + e.Tag + ">"
	}
	return "<" + e.Tag + ` account="` + e.Account + `"></` + e.Tag + ">"
}

// HTML is Code for a template. Nothing in it comes from outside.
func (e element) HTML() template.HTML { return template.HTML(e.Code()) } //nolint:gosec // see above

// elementsFor are the elements that have something to show to a person.
func elementsFor(who *person) []element {
	switch {
	case who.product == gatehouse:
		return []element{{Tag: "billhatch-settings"}, {Tag: "billhatch-report"}}
	case who.partner != "":
		return []element{
			{Tag: "billhatch-clients"},
			{Tag: "billhatch-usage", Account: memory.DemoClient},
		}
	}
	return []element{
		{Tag: "billhatch-usage"},
		{Tag: "billhatch-invoices"},
		{Tag: "billhatch-recipients"},
	}
}
