package stripefake_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// download follows the link of an invoice; the body is in raw.
func (h house) download(t *testing.T, id string) (reply, error) {
	t.Helper()
	link, ok := h.get(t, "/v1/invoices/"+id).ok(t).at(t, "invoice_pdf").(string)
	require.True(t, ok, "no link")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	require.NoError(t, err)
	response, err := h.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, raw: string(body)}, err
}

// TestTheDocumentOfAnInvoice is behind a redirect, and there is one only when the invoice is final.
func TestTheDocumentOfAnInvoice(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.in(t, stripefake.Open)
	got, err := h.download(t, id)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "application/pdf", got.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(got.raw, "%PDF-1.7"))
	require.Contains(t, got.raw, h.invoice(t, id).Number)
	visits := h.fake.Visits()
	require.Equal(t, []string{"pay.stripe.com", "files.stripe.com"}, visits[len(visits)-2:])
	require.Len(t, h.fake.Downloads(), 2)
	require.Empty(t, h.fake.Downloads()[0].Header.Get("Authorization"))

	link := "https://pay.stripe.com/invoice/" + h.fake.Account() + "/test_nonsense/pdf"
	response, err := h.http.Get(link) //nolint:noctx // a page that is not there
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

// TestDocumentsThatAreSomethingElse.
func TestDocumentsThatAreSomethingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		document stripefake.Document
		status   int
		size     int
		broken   bool
	}{
		{"nothing", stripefake.Document{Answer: stripefake.Answer{Body: []byte{}}}, 200, 0, false},
		{"no content", stripefake.Document{Answer: stripefake.Answer{Status: 204}}, 204, 0, false},
		{"11 MiB", stripefake.Document{Answer: stripefake.Answer{Body: stripefake.PDF("x"), Size: 11 << 20}}, 200, 11 << 20, false},
		{"no length", stripefake.Document{Answer: stripefake.Answer{Size: 1000, Length: -1}}, 200, 1000, false},
		{"a length that lies", stripefake.Document{Answer: stripefake.Answer{Length: 5000}}, 200, 0, true},
		{"cut", stripefake.Document{Answer: stripefake.Answer{Cut: true, CutAt: 100}}, 200, 0, true},
		{"HTML", stripefake.Document{Answer: stripefake.Answer{Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<html>")}}, 200, 6, false},
		{"a part", stripefake.Document{Answer: stripefake.Answer{Status: 206, Body: []byte("%PDF-")}}, 206, 5, false},
		{"an error", stripefake.Document{Answer: stripefake.Answer{Status: 500, Body: []byte("no")}}, 500, 2, false},
		{"no redirect", stripefake.Document{Hops: -1, Answer: stripefake.Answer{Body: []byte("%PDF-")}}, 200, 5, false},
		{"four redirects", stripefake.Document{Hops: 4, Answer: stripefake.Answer{Body: []byte("%PDF-")}}, 200, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, stripefake.Options{})
			id := h.in(t, stripefake.Open)
			h.fake.SetDocument(id, c.document)
			got, err := h.download(t, id)
			require.Equal(t, c.status, got.status)
			if c.broken {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				return
			}
			require.NoError(t, err)
			require.Len(t, got.raw, c.size)
		})
	}
}

// TestRedirectsToElsewhereAreNoticed, because a host that is refused must not be visited at all.
func TestRedirectsToElsewhereAreNoticed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.in(t, stripefake.Open)
	h.fake.SetDocument(id, stripefake.Document{Location: "http://169.254.169.254/latest/meta-data"})
	_, err := h.download(t, id)
	require.Error(t, err)
	visits := h.fake.Visits()
	require.Equal(t, []string{"pay.stripe.com", "169.254.169.254"}, visits[len(visits)-2:])
}

// TestDocumentsOfARealServer are under its own address.
func TestDocumentsOfARealServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	server := httptest.NewServer(h.fake)
	defer server.Close()
	id := h.in(t, stripefake.Open)
	h.fake.ServeDocumentsAt(server.URL)
	h.fake.SetDocument(id, stripefake.Document{Answer: stripefake.GzipBomb(5 << 20)})
	link, ok := h.get(t, "/v1/invoices/"+id).ok(t).at(t, "invoice_pdf").(string)
	require.True(t, ok)
	response, err := server.Client().Get(link) //nolint:noctx // of a server of ours
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.True(t, response.Uncompressed)
	require.Greater(t, len(body), 5<<20)
}

// TestOtherHostsAreUnreachable without a network.
func TestOtherHostsAreUnreachable(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for _, url := range []string{"https://example.com/", "http://api.stripe.com/v1/account", "https://127.0.0.1/"} {
		_, err := h.http.Get(url) //nolint:noctx,bodyclose // there is no answer
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
	require.Equal(t, []string{"example.com", "api.stripe.com", "127.0.0.1"}, h.fake.Visits())
}
