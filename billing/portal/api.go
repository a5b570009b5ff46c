package portal

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
)

//go:embed openapi.yaml
var openAPI string

// documentServer is the line of the document that names the base path.
const documentServer = "\n  - url: " + DefaultBasePath + "\n"

// apiOpenAPI sends the document of the API. It names the base path under which it is served.
func (x *exchange) apiOpenAPI() error {
	if _, err := x.query(); err != nil {
		return err
	}
	base := x.portal.cfg.BasePath
	if base == "" {
		base = "/"
	}
	document := strings.Replace(openAPI, documentServer, "\n  - url: "+strconv.Quote(base)+"\n", 1)
	x.write(http.StatusOK, "application/yaml", []byte(document))
	return nil
}

// apiMe tells who is asking, and what may be drawn of an account: the one that is named, or else the caller's own.
func (x *exchange) apiMe() error {
	q, err := x.query("account")
	if err != nil {
		return err
	}
	p := x.principal
	me := apimodel.Me{
		Id: p.ID, Account: text(p.Account), Partner: text(p.Partner), Language: x.say.Language(), Clients: x.session.Can("Clients"),
	}
	id, named := q["account"]
	if !named || id == self {
		id = p.Account
	}
	account, err := x.session.Account(x.r.Context(), id)
	switch {
	case err == nil:
		me.View = viewModel(account)
	case named || billing.Kind(err) != billing.ErrNotFound: //nolint:errorlint // the sentinel itself
		return err
	}
	return x.json(http.StatusOK, me)
}

// viewModel tells which operations of the API are open to the caller.
func viewModel(a *billing.Account) *apimodel.View {
	view := &apimodel.View{Account: a.ID(), Operations: []apimodel.Operation{}, Recipients: apimodel.RecipientsViewNone}
	for _, r := range apiRoutes() {
		if r.scoped && a.Can(r.op) {
			view.Operations = append(view.Operations, apimodel.Operation(strings.TrimPrefix(r.name, "api_")))
		}
	}
	if v := a.RecipientsView(); v != billing.NoRecipients {
		view.Recipients = apimodel.RecipientsView(v)
	}
	return view
}

// apiClients lists the clients of a partner (C3).
func (x *exchange) apiClients() error {
	q, err := x.paged()
	if err != nil {
		return err
	}
	panel, err := x.session.Clients(x.r.Context(), billing.ClientsQuery{Cursor: q["cursor"]})
	return respond(x, panel, err, func(p billing.ClientsPanel) apimodel.Clients {
		return apimodel.Clients{
			Status: statusModel(p.Status), Next: text(p.Next),
			Clients: list(p.Clients, func(c billing.Client) apimodel.Client { return apimodel.Client{Id: c.ID, Name: c.Name} }),
		}
	})
}

// apiAudit lists who did what (C17).
func (x *exchange) apiAudit() error {
	q, err := x.paged("actor", "action", "outcome", "from", "to")
	if err != nil {
		return err
	}
	query, err := auditQuery(q)
	if err != nil {
		return err
	}
	panel, err := x.account.Audit(x.r.Context(), query)
	return respond(x, panel, err, func(p billing.AuditPanel) apimodel.Audit {
		return apimodel.Audit{Status: statusModel(p.Status), Next: text(p.Next), Entries: list(p.Entries, entryModel)}
	})
}

// auditQuery reads the filters. Any that cannot be is named.
func auditQuery(q fields) (billing.AuditQuery, error) {
	query := billing.AuditQuery{Actor: q["actor"], Action: q["action"], Outcome: provider.Outcome(q["outcome"]), Cursor: q["cursor"]}
	for _, name := range []string{"actor", "action"} {
		if value, sent := q[name]; sent && !plainText(value) {
			return query, &fieldError{provider.ErrInvalid, name}
		}
	}
	if _, sent := q["outcome"]; sent && !apimodel.Outcome(query.Outcome).Valid() {
		return query, &fieldError{provider.ErrInvalid, "outcome"}
	}
	for name, at := range map[string]*time.Time{"from": &query.From, "to": &query.To} {
		value, sent := q[name]
		if !sent {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339, value); err != nil {
			return query, &fieldError{provider.ErrInvalid, name}
		}
	}
	return query, nil
}

func entryModel(e provider.AuditEntry) apimodel.AuditEntry {
	return apimodel.AuditEntry{
		Id: e.ID, Sequence: int(e.Sequence), At: e.At.UTC(), Actor: e.Actor, Action: e.Action, Target: text(e.Target),
		Purpose: text(e.Purpose), Outcome: apimodel.Outcome(e.Outcome), Request: text(e.Request),
	}
}

// respond answers with what an operation has given, or fails as it did.
func respond[P, M any](x *exchange, panel P, err error, model func(P) M) error {
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, model(panel))
}

// json sends a value of the API.
func (x *exchange) json(status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil { // guard: only an instant beyond the year 9999 cannot be written
		return errInternal
	}
	x.write(status, "application/json", body)
	return nil
}
