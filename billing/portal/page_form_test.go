package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// TestFormsAreReadStrictly: exactly the fields that there are, once each, as a form and not too much of it; nothing is
// done otherwise.
func TestFormsAreReadStrictly(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	const form = "application/x-www-form-urlencoded"
	reveal := "/recipients/" + h.home().recipient + "/reveal"
	for name, c := range map[string]struct {
		path, media, body string
		want              int
	}{
		"a field that there is not":    {reveal, form, "purpose=reason&admin=1", http.StatusBadRequest},
		"a field twice":                {reveal, form, "purpose=reason&purpose=other", http.StatusBadRequest},
		"a field that is missing":      {reveal, form, "", http.StatusBadRequest},
		"a field in other letters":     {reveal, form, "Purpose=reason", http.StatusBadRequest},
		"a query beside the form":      {reveal + "?purpose=reason", form, "purpose=reason", http.StatusBadRequest},
		"an escape that is none":       {reveal, form, "purpose=%zz", http.StatusBadRequest},
		"a semicolon":                  {reveal, form, "purpose=a;b=c", http.StatusBadRequest},
		"text that is not UTF-8":       {reveal, form, "purpose=%ff%fe%fd", http.StatusBadRequest},
		"JSON":                         {reveal, "application/json", `{"purpose":"reason"}`, http.StatusUnsupportedMediaType},
		"a form with files":            {reveal, "multipart/form-data; boundary=x", "--x--", http.StatusUnsupportedMediaType},
		"no media type":                {reveal, "", "purpose=reason", http.StatusUnsupportedMediaType},
		"a media type that is none":    {reveal, "x/;;", "purpose=reason", http.StatusUnsupportedMediaType},
		"more than a form may have":    {reveal, form, "purpose=" + strings.Repeat("x", 16<<10), http.StatusRequestEntityTooLarge},
		"an account for the portal":    {"/portal", form, "confirm=x&customer=cus_1", http.StatusBadRequest},
		"a way back for the portal":    {"/portal", form, "confirm=x&return_url=https%3A%2F%2Fevil.example", http.StatusBadRequest},
		"an address without a version": {"/settings/email", form, "email=new%40client.example", http.StatusBadRequest},
		"an empty version":             {"/settings/email", form, "email=new%40client.example&version=", http.StatusBadRequest},
		"a report with more":           {"/reports", form, "month=2026-09&format=csv&tenant=x", http.StatusBadRequest},
		"a report of everybody":        {"/reports", form, "month=2026-09&format=csv&account=other", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := v.do(v.request(http.MethodPost, c.path, c.body, "Content-Type", c.media))
			require.Equal(t, c.want, a.status)
			require.NotContains(t, a.body, h.home().revealed)
			require.NotContains(t, a.body, "evil")
		})
	}
	t.Cleanup(func() { require.Empty(t, h.audit(t), "nothing was even tried") })
}

// TestAFormMayNameItsCharset, as browsers of all ages do.
func TestAFormMayNameItsCharset(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	a := v.do(v.request(http.MethodPost, "/recipients/"+h.home().recipient+"/reveal", "purpose=reason",
		"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"))
	require.Equal(t, http.StatusOK, a.status)
}

// TestQueriesAreReadStrictly: parameters of other names, repeated ones and wrong values are refused on every page.
func TestQueriesAreReadStrictly(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	paths := []string{"", "/usage", "/invoices/" + h.home().invoice, "/invoices/" + h.home().invoice + "/pdf", "/reports", "/reports/2026-09", "/reports/2026-09/file"}
	for path := range panels {
		paths = append(paths, path)
	}
	for _, path := range paths {
		for _, query := range []string{"x=1", "account=other", "cursor=a&cursor=b", "filter=all&filter=paid", "done=a&done=b", "%zz=1", "a;b=1"} {
			a := v.get(path + "?" + query)
			require.Equal(t, http.StatusBadRequest, a.status, "%s?%s", path, query)
			require.NotContains(t, a.body, "other", "%s?%s", path, query)
		}
	}
	for query, want := range map[string]int{
		"/invoices?filter=Paid": http.StatusUnprocessableEntity, "/invoices?filter=0": http.StatusUnprocessableEntity,
		"/settings?done=yes": http.StatusUnprocessableEntity, "/invoices?cursor=x": http.StatusBadRequest,
		"/usage/history?cursor=%20": http.StatusBadRequest, "/clients?cursor=" + strings.Repeat("A", 5000): http.StatusBadRequest,
		"/reports/2026-09?format=exe": http.StatusUnprocessableEntity, "/reports/2026-9": http.StatusUnprocessableEntity,
	} {
		require.Equal(t, want, v.get(query).status, query)
	}
	var texts []string
	for _, cursor := range []string{"x", "AAAA", strings.Repeat("A", 100)} { // whatever is wrong with it
		texts = append(texts, v.get("/invoices?cursor="+cursor).body)
	}
	require.Equal(t, texts[0], texts[1])
	require.Equal(t, texts[0], texts[2])
}

// TestACursorBelongsToItsListAndAccount: it is of no use under another filter or for another account.
func TestACursorBelongsToItsListAndAccount(t *testing.T) {
	t.Parallel()
	h := build(t, everyone(), func(h *house) { h.billing.PageSize = 1 })
	v := h.as(anyone())
	next := v.get("/invoices").document(t).one(t, has("rel", "next")).attr["href"]
	cursor := next[strings.Index(next, "cursor=")+len("cursor="):]
	require.Equal(t, http.StatusOK, v.get("/invoices?cursor="+cursor).status)
	require.Equal(t, http.StatusBadRequest, v.get("/invoices?filter=paid&cursor="+cursor).status)
	require.Equal(t, http.StatusBadRequest, v.get("/usage/history?cursor="+cursor).status)
	other := h.as(partner(rbac.PartnerAdmin))
	require.Equal(t, http.StatusBadRequest, other.get("/clients/"+h.client().ID+"/invoices?cursor="+cursor).status)
}

// TestAProblemOfARequestLeadsBack to the page that it came from, and says what is wrong with which field.
func TestAProblemOfARequestLeadsBack(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	page := v.post("/reports", "month", "1999-01", "format", "csv").document(t)
	require.Equal(t, "Month not available", page.one(t, tag("h1")).text())
	require.Contains(t, page.text(), "Choose a month from the list.")
	require.Contains(t, page.links(), "/billing/reports")
	require.Contains(t, page.links(), "/billing")
	element := parse(t, v.do(v.request(http.MethodPost, "/reports", "month=x&format=csv", "Content-Type", "application/x-www-form-urlencoded", "Billing-Fragment", "1")).body)
	require.NotContains(t, element.links(), "/billing", "an element stays where it is")
	for _, link := range element.all(tag("a")) {
		require.Contains(t, link.attr, "data-billing")
	}
}
