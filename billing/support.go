package billing

import (
	"errors"
	"net/url"

	"github.com/billhatch/billhatch/provider"
)

// Support is where people are sent when something needs a human. Where there is no page, the address is shown.
type Support struct {
	URL   string // page with a ticket form; it gets the subject and topic as query parameters
	Email string // shown where there is no page
}

func (s Support) validate() error {
	if s.URL != "" && !safeReturn(s.URL) {
		return errors.New("URL is not an absolute https url")
	}
	if s.Email != "" {
		if _, err := provider.NewEmail(s.Email); err != nil {
			return errors.New("email is not a mail address")
		}
	}
	return nil
}

// Topic says what a ticket is about. The set is closed.
type Topic string

// The topics.
const (
	TopicSetup         Topic = "setup"         // billing is not set up
	TopicConfiguration Topic = "configuration" // the provider's configuration needs attention
	TopicInvoice       Topic = "invoice"       // a document that is missing
	TopicPayment       Topic = "payment"       // an overdue invoice
	TopicProblem       Topic = "problem"       // anything else
)

// SupportLink leads to a prefilled ticket. It names accounts and invoices by id, and never carries an address.
type SupportLink struct {
	URL     string // empty: there is no page, show Email
	Email   string // of the support
	Topic   Topic
	Subject string
}

// Support prefills a ticket about an account, for a page that has no panel to take it from. It looks nothing up.
func (a *Account) Support(topic Topic) *SupportLink {
	subject := map[Topic]string{
		TopicSetup: "Billing setup for account ", TopicConfiguration: "Billing configuration of account ",
	}[topic]
	if subject == "" {
		subject = "Billing of account "
	}
	return a.session.service.cfg.Support.ask(topic, subject+a.id)
}

// ask prefills a ticket.
func (s Support) ask(topic Topic, subject string) *SupportLink {
	link := &SupportLink{Email: s.Email, Topic: topic, Subject: subject}
	if s.URL == "" {
		return link
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return link
	}
	q := u.Query()
	q.Set("category", "billing")
	q.Set("topic", string(topic))
	q.Set("subject", subject)
	u.RawQuery = q.Encode()
	link.URL = u.String()
	return link
}
