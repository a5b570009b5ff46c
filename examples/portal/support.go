package main

import "net/http"

// supportBody is the ticket form of the host, filled in by the link that the billing area makes (C9, C11).
type supportBody struct {
	Down           bool
	Topic, Subject string
}

func (d *demo) supportPage(r *http.Request, _ session) page {
	if d.stage.Load().without(supportDown) {
		return page{Name: "support", Title: "Support", Status: http.StatusServiceUnavailable, Body: supportBody{Down: true}}
	}
	q := r.URL.Query()
	return page{Name: "support", Title: "Support", Body: supportBody{Topic: q.Get("topic"), Subject: q.Get("subject")}}
}
