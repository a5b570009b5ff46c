package portal

import (
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// What stands for nothing in Go (an empty text, an amount that is not set, a date that is none) is null in the API.

// list makes the values of a list; it is never null.
func list[T, M any](items []T, model func(T) M) []M {
	out := make([]M, len(items))
	for i, item := range items {
		out[i] = model(item)
	}
	return out
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func dateModel(d civil.Date) *apimodel.CivilDate { return text(d.String()) }

func instantModel(t time.Time) *apimodel.Instant {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func moneyModel(a money.Amount) *apimodel.Money {
	if !a.IsSet() {
		return nil
	}
	number, code, _ := strings.Cut(a.String(), " ")
	return &apimodel.Money{Amount: number, Currency: code}
}

func quantityModel(q usage.Quantity) *apimodel.Decimal {
	if !q.Known {
		return nil
	}
	return text(q.Value.String())
}

func periodModel(p civil.Period) apimodel.Period {
	return apimodel.Period{From: p.From().String(), To: p.To().String(), Zone: p.Zone().String()}
}

func statusModel(s billing.Status) apimodel.Status {
	out := apimodel.Status{State: apimodel.State(s.State), Step: apimodel.StepNone, Support: supportModel(s.Support)}
	if s.Step != billing.StepNone {
		out.Step = apimodel.Step(s.Step)
	}
	if s.RetryAfter > 0 {
		after := seconds(s.RetryAfter)
		out.RetryAfter = &after
	}
	return out
}

func supportModel(link *billing.SupportLink) *apimodel.Support {
	if link == nil {
		return nil
	}
	return &apimodel.Support{Url: text(link.URL), Email: text(link.Email), Topic: apimodel.Topic(link.Topic), Subject: link.Subject}
}

// problemModel is the document of a problem (RFC 9457). What says nothing is left out.
func problemModel(f failure, title, detail string) apimodel.Problem {
	out := apimodel.Problem{
		Type: apimodel.ProblemType(f.Type()), Title: title, Status: f.Status, Detail: text(detail), Field: text(f.Field),
		Support: supportModel(f.Support),
	}
	if f.RetryAfter > 0 {
		out.RetryAfter = &f.RetryAfter
	}
	return out
}
