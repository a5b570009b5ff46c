package stripefake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// A client asks a server like a program would. Its zero header fields are left out.
type client struct {
	fake    *stripefake.Server
	http    *http.Client
	key     string
	account string
	version string
}

// A reply is what a client got.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func newClient(fake *stripefake.Server) client {
	return client{fake: fake, http: &http.Client{Transport: fake.Transport()}, key: fake.Key(), version: stripefake.Version}
}

// send makes a request; the parameters are pairs of key and value.
func (c client) send(ctx context.Context, method, path, idempotency string, params ...any) (reply, error) {
	form := url.Values{}
	for pair := range slices.Chunk(params, 2) {
		form.Add(fmt.Sprint(pair[0]), fmt.Sprint(pair[1]))
	}
	target, body := "https://api.stripe.com"+path, io.Reader(nil)
	if method == http.MethodGet && len(form) > 0 {
		target += "?" + form.Encode()
	} else if method != http.MethodGet {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return reply{}, err
	}
	for name, value := range map[string]string{
		"Stripe-Version": c.version, "Stripe-Account": c.account, "Idempotency-Key": idempotency,
		"Authorization": "Bearer " + c.key, "Content-Type": "application/x-www-form-urlencoded",
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	response, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	out := reply{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if err == nil && json.Unmarshal(raw, &out.body) != nil {
		out.body = nil
	}
	return out, err
}

func (c client) get(t *testing.T, path string, params ...any) reply {
	t.Helper()
	r, err := c.send(t.Context(), http.MethodGet, path, "", params...)
	require.NoError(t, err)
	return r
}

func (c client) post(t *testing.T, path string, params ...any) reply {
	t.Helper()
	return c.keyed(t, "", path, params...)
}

func (c client) keyed(t *testing.T, key, path string, params ...any) reply {
	t.Helper()
	r, err := c.send(t.Context(), http.MethodPost, path, key, params...)
	require.NoError(t, err)
	return r
}

func (c client) remove(t *testing.T, path string) reply {
	t.Helper()
	r, err := c.send(t.Context(), http.MethodDelete, path, "")
	require.NoError(t, err)
	return r
}

// ok demands success.
func (r reply) ok(t *testing.T) reply {
	t.Helper()
	require.Equal(t, http.StatusOK, r.status, r.raw)
	require.NotNil(t, r.body, r.raw)
	return r
}

// fails demands an error of a status and a code; an empty code is one without.
func (r reply) fails(t *testing.T, status int, code string) reply {
	t.Helper()
	require.Equal(t, status, r.status, r.raw)
	got, _ := r.at(t, "error.code").(string)
	require.Equal(t, code, got, r.raw)
	return r
}

func (r reply) id() string { return fmt.Sprint(r.body["id"]) }

// at walks into the body: names of fields, and numbers for the elements of lists.
func (r reply) at(t *testing.T, path string) any {
	t.Helper()
	var here any = r.body
	for _, step := range strings.Split(path, ".") {
		switch v := here.(type) {
		case map[string]any:
			here = v[step]
		case []any:
			var i int
			_, err := fmt.Sscan(step, &i)
			require.NoError(t, err, path)
			require.Less(t, i, len(v), path)
			here = v[i]
		default:
			require.Failf(t, "no such place", "%s in %s", path, r.raw)
		}
	}
	return here
}

// ids are those of a list.
func (r reply) ids(t *testing.T) []string {
	t.Helper()
	r.ok(t)
	data, isList := r.body["data"].([]any)
	require.True(t, isList, r.raw)
	out := []string{}
	for _, element := range data {
		object, isObject := element.(map[string]any)
		require.True(t, isObject, r.raw)
		out = append(out, fmt.Sprint(object["id"]))
	}
	return out
}

// A house is a server with one customer and a client.
type house struct {
	fake *stripefake.Server
	acme stripefake.Customer
	client
}

func newHouse(t *testing.T, options stripefake.Options) house {
	t.Helper()
	fake := stripefake.New(options)
	acme := fake.Test().AddCustomer(stripefake.Customer{Name: "Acme", Email: "billing@acme.example", Currency: "usd"})
	t.Cleanup(func() { require.NoError(t, fake.Test().Books().Err()) })
	return house{fake, acme, newClient(fake)}
}

// draft makes a draft to be sent, with lines of these amounts.
func (h house) draft(t *testing.T, amounts ...int64) string {
	t.Helper()
	id := h.post(t, "/v1/invoices", "customer", h.acme.ID, "collection_method", "send_invoice", "days_until_due", 30,
		"auto_advance", false, "pending_invoice_items_behavior", "exclude", "currency", "usd").ok(t).id()
	for _, amount := range amounts {
		h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", amount, "currency", "usd").ok(t)
	}
	return id
}

// invoice is one of the books.
func (h house) invoice(t *testing.T, id string) stripefake.Invoice {
	t.Helper()
	x, ok := h.fake.Test().Books().Invoice(id)
	require.True(t, ok, "no invoice %s", id)
	return x
}

const day = 24 * time.Hour

// background is for what has no test at hand.
func background() context.Context { return context.Background() }
