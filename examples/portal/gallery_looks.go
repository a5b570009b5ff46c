package main

import (
	"net/http"

	"github.com/billhatch/billhatch/rbac"
)

// spoken has the pages in a language.
func spoken(tag string) func(*scene) {
	return func(sc *scene) { sc.portal.Language = func(*http.Request) string { return tag } }
}

// dressed adds a stylesheet of the host.
func dressed(sheets ...string) func(*scene) {
	return func(sc *scene) { sc.portal.Stylesheets = sheets }
}

func lookExhibits() []exhibit {
	const usage, invoices, settings = "/usage", "/invoices", "/settings"
	const dark = "/assets/dark.css"
	manager, org := rbac.ClientManager, rbac.Admin
	return []exhibit{
		{name: "usage-de", title: "Usage in German", as: manager, path: usage, text: `lang="de"`, set: spoken("de")},
		{name: "usage-fr", title: "Usage in French", as: manager, path: usage, text: `lang="fr"`, set: spoken("fr")},
		{name: "invoices-de", title: "Invoices in German", as: manager, path: invoices, text: `lang="de"`, set: spoken("de")},
		{name: "invoices-fr", title: "Invoices in French", as: manager, path: invoices, text: `lang="fr"`, set: spoken("fr")},
		{name: "invoice-de", title: "An invoice in German", as: manager, path: "/invoices/in_2026_10", text: `lang="de"`, set: spoken("de")},
		{name: "settings-de", title: "Settings in German", as: org, path: settings, text: `lang="de"`, set: spoken("de")},
		{name: "settings-fr", title: "Settings in French", as: org, path: settings, text: `lang="fr"`, set: spoken("fr")},
		{name: "usage-dark", title: "Usage in the dark", as: manager, path: usage, text: dark, set: dressed(dark)},
		{name: "invoices-dark", title: "Invoices in the dark", as: manager, path: invoices, text: dark, set: dressed(dark)},
		{name: "settings-dark", title: "Settings in the dark", as: org, path: settings, text: dark, set: dressed(dark)},
		{name: "usage-clearline", title: "Usage in the colours of Clearline Voice", as: manager, path: usage, text: "clearline.css", set: dressed("/assets/bar.css", "/assets/clearline.css")},
		{name: "settings-gatehouse", title: "Settings in the colours of Gatehouse", as: org, path: settings, text: "gatehouse.css", set: dressed("/assets/bar.css", "/assets/gatehouse.css")},
	}
}
