package stripe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// download reads the document of an invoice to its end.
func (w *town) download(customer, id string) ([]byte, error) {
	w.t.Helper()
	doc, err := w.p.InvoicePDF(w.t.Context(), customer, id)
	if err != nil {
		require.Nil(w.t, doc)
		return nil, err
	}
	raw, err := io.ReadAll(doc.Body)
	require.NoError(w.t, doc.Body.Close())
	return raw, err
}

// TestDocumentsThatAreNone (C9, F17): whatever is behind the link, it is a PDF within its bounds or an error.
func TestDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	pdf := stripefake.PDF("1")
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	for _, tc := range []struct {
		name string
		doc  stripefake.Document
		kind error
	}{
		{"a document", stripefake.Document{}, nil},
		{"without a redirect", stripefake.Document{Hops: -1}, nil},
		{"after three redirects", stripefake.Document{Hops: 3}, nil},
		{"after four redirects", stripefake.Document{Hops: 4}, provider.ErrNoDocument},
		{"as large as it may be", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Size: maxTestPDF}}, nil},
		{"a byte more, and it says so", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Size: maxTestPDF + 1}}, provider.ErrTooLarge},
		{"a byte more, and it does not say so", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Size: maxTestPDF + 1, Length: -1}}, provider.ErrTooLarge},
		{"50 MiB without a length", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Size: 50 << 20, Length: -1}}, provider.ErrTooLarge},
		{"without a length", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Length: -1}}, nil},
		{"with a length that is too long", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Length: int64(len(pdf)) + 10}}, provider.ErrUnavailable},
		{"cut off", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Cut: true, CutAt: 100}}, provider.ErrUnavailable},
		{"cut off before it begins", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Cut: true, CutAt: 0}}, provider.ErrUnavailable},
		{"cut off in its first five bytes", stripefake.Document{Answer: stripefake.Answer{Body: pdf, Length: -1, Cut: true, CutAt: 3}}, provider.ErrUnavailable},
		{"nothing", stripefake.Document{Answer: stripefake.Answer{Body: []byte{}}}, provider.ErrNoDocument},
		{"four bytes", stripefake.Document{Answer: stripefake.Answer{Body: []byte("%PDF")}}, provider.ErrNotPDF},
		{"a page of HTML", stripefake.Document{Answer: stripefake.Answer{Body: []byte("<!doctype html>" + canary)}}, provider.ErrNotPDF},
		{"JSON that names the file", stripefake.Document{Answer: stripefake.Answer{Body: []byte(`{"file_url":"https://files.stripe.com/x"}`)}}, provider.ErrNotPDF},
		{"a PDF behind a kilobyte of blanks", stripefake.Document{Answer: stripefake.Answer{Body: append(bytes.Repeat([]byte(" "), 1024), pdf...)}}, provider.ErrNotPDF},
		{"a bomb", stripefake.Document{Answer: stripefake.GzipBomb(64 << 20)}, provider.ErrNotPDF},
		{"204", stripefake.Document{Answer: stripefake.Answer{Status: 204}}, provider.ErrNoDocument},
		{"206", stripefake.Document{Answer: stripefake.Answer{Status: 206, Body: pdf}}, provider.ErrNoDocument},
		{"401", stripefake.Document{Answer: stripefake.Answer{Status: 401, Body: pdf}}, provider.ErrNoDocument},
		{"404", stripefake.Document{Answer: stripefake.Answer{Status: 404, Body: pdf}}, provider.ErrNoDocument},
		{"410", stripefake.Document{Answer: stripefake.Answer{Status: 410, Body: pdf}}, provider.ErrNoDocument},
		{"429", stripefake.Document{Answer: stripefake.Answer{Status: 429, Body: pdf}}, provider.ErrUnavailable},
		{"500", stripefake.Document{Answer: stripefake.Answer{Status: 500, Body: pdf}}, provider.ErrUnavailable},
		{"304 without a place", stripefake.Document{Answer: stripefake.Answer{Status: 304, Body: []byte{}}}, provider.ErrNoDocument},
		{"a cookie changes nothing", stripefake.Document{Answer: stripefake.Answer{Header: header("Set-Cookie", "a=b")}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			customer := w.customer()
			id := w.invoice(customer, stripefake.Open)
			w.fake.SetDocument(id, tc.doc)
			raw, err := w.download(customer, id)
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.LessOrEqual(t, len(raw), maxTestPDF)
			if tc.kind == nil {
				require.True(t, bytes.HasPrefix(raw, []byte(magic)))
			} else {
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, opPDF, e.Op)
				require.NotContains(t, err.Error(), "stripe.com")
			}
			for _, d := range w.fake.Downloads() {
				require.Equal(t, http.Header{"User-Agent": {product}, "Accept": {"application/pdf"}}, d.Header, "no cookies, no key, nothing else")
			}
		})
	}
}

// TestADocumentIsFetchedFromWhereDocumentsComeFrom (F17): no other host is even asked.
func TestADocumentIsFetchedFromWhereDocumentsComeFrom(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]string{
		"http":                      "http://files.stripe.com/x",
		"another host":              "https://files.example.com/x",
		"a host that ends like it":  "https://evilstripe.com/x",
		"a host that begins so":     "https://files.stripe.com.example.com/x",
		"the own machine":           "https://localhost/x",
		"an address":                "https://127.0.0.1/x",
		"metadata of a cloud":       "http://169.254.169.254/latest/meta-data/",
		"a port":                    "https://files.stripe.com:8443/x",
		"a user":                    "https://a:b@files.stripe.com/x",
		"another scheme":            "ftp://files.stripe.com/x",
		"a file":                    "file:///etc/passwd",
		"no host":                   "https:///x",
		"an opaque one":             "https:files.stripe.com/x",
		"a script":                  "javascript:alert(1)",
		"something that is no link": "https://files.stripe.com/\x7f",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, redirected := range []bool{false, true} {
				w := newTown(t)
				customer := w.customer()
				id := w.invoice(customer, stripefake.Open)
				if redirected {
					w.fake.SetDocument(id, stripefake.Document{Location: link})
				} else {
					w.realm.Distort(id, func(body map[string]any) { body["invoice_pdf"] = link })
				}
				_, err := w.download(customer, id)
				require.Equal(t, provider.ErrNoDocument, provider.Kind(err), "%v", err)
				for _, host := range w.fake.Visits() {
					require.Contains(t, []string{"api.stripe.com", "pay.stripe.com"}, host)
				}
			}
		})
	}

	w := newTown(t, func(c *Config) { c.PDFHosts = []string{"Files.Example.com"} })
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(stripefake.PDF("2")) }))
	defer files.Close()
	w.p.files = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "files.example.com" {
			return w.fake.Transport().RoundTrip(r)
		}
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(files.URL, "http://")
		return http.DefaultTransport.RoundTrip(r)
	})
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections() //nolint:errcheck,forcetypeassert // it is one
	customer := w.customer()
	id := w.invoice(customer, stripefake.Open)
	w.fake.SetDocument(id, stripefake.Document{Location: "https://files.example.com/x"})
	_, err := w.download(customer, id)
	require.NoError(t, err, "a host that the configuration names")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTheLinkIsAskedForEachTime: it is a credential, and an old one may have ended.
func TestTheLinkIsAskedForEachTime(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	id := w.invoice(customer, stripefake.Open)
	for n := range 3 {
		_, err := w.download(customer, id)
		require.NoError(t, err)
		require.Len(t, w.fake.RequestsTo("GET /v1/invoices/{invoice}"), n+1)
	}
}

// TestADocumentThatStallsEnds with its time or with its context, in the middle too, and its connection with it.
func TestADocumentThatStallsEnds(t *testing.T) {
	t.Parallel()
	pdf := stripefake.PDF("1")
	stalled := map[string]stripefake.Answer{
		"after the header": {Body: pdf, Pause: stripefake.Forever},
		"in the middle":    {Body: pdf, Pause: stripefake.Forever, PauseAt: 100},
		"byte by byte":     {Body: pdf, Drip: time.Hour},
	}
	for name, answer := range stalled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, func(c *Config) { c.PDFTimeout = 20 * time.Millisecond })
			customer := w.customer()
			id := w.invoice(customer, stripefake.Open)
			w.fake.SetDocument(id, stripefake.Document{Answer: answer})
			_, err := w.download(customer, id)
			require.Equal(t, provider.ErrTimeout, provider.Kind(err), "%v", err)

			w.p.cfg.PDFTimeout = time.Hour
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			doc, err := w.p.InvoicePDF(ctx, customer, id)
			if err == nil {
				_, err = io.Copy(io.Discard, doc.Body)
				require.NoError(t, doc.Body.Close())
			}
			require.Equal(t, provider.ErrTimeout, provider.Kind(err), "%v", err)
		})
	}
}

// TestReadingAClosedDocumentFails.
func TestReadingAClosedDocumentFails(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	doc, err := w.p.InvoicePDF(t.Context(), customer, w.invoice(customer, stripefake.Open))
	require.NoError(t, err)
	one := make([]byte, 1)
	n, err := doc.Body.Read(one)
	require.NoError(t, err)
	require.Equal(t, "%", string(one[:n]), "what was looked at is given, in any pieces")
	require.NoError(t, doc.Body.Close())
	require.NoError(t, doc.Body.Close())
	_, err = doc.Body.Read(one)
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// TestOnlyPublicAddressesAreDialled: the address is looked at when it is dialled, whatever the name meant before.
func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"3.18.12.63:443": true, "[2600:1f18::1]:443": true,
		"3.18.12.63:80": false, "3.18.12.63:8443": false,
		"127.0.0.1:443": false, "127.8.9.1:443": false, "[::1]:443": false, "[::ffff:127.0.0.1]:443": false, "[::127.0.0.1]:443": false,
		"10.0.0.1:443": false, "172.16.0.1:443": false, "192.168.1.1:443": false, "[fd00::1]:443": false, "[::ffff:10.0.0.1]:443": false,
		"169.254.169.254:443": false, "[fe80::1]:443": false, "100.64.0.1:443": false, "0.0.0.0:443": false, "0.1.2.3:443": false,
		"[::]:443": false, "224.0.0.1:443": false, "[ff02::1]:443": false, "255.255.255.255:443": false, "240.0.0.1:443": false,
		"192.0.2.1:443": false, "198.51.100.1:443": false, "203.0.113.1:443": false, "198.18.0.1:443": false, "192.0.0.8:443": false,
		"[64:ff9b::7f00:1]:443": false, "[2002:7f00:1::]:443": false, "[2001:db8::1]:443": false, "[2001::1]:443": false, "[fec0::1]:443": false,
	} {
		require.Equal(t, want, public(netip.MustParseAddrPort(address)), address)
	}

	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(net.Conn, http.ConnState) { connections.Add(1) }
	server.Start()
	defer server.Close()
	where, err := url.Parse(server.URL)
	require.NoError(t, err)
	get := func(allowed func(netip.AddrPort) bool) error {
		files := newFileTripper(allowed)
		defer files.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:"+where.Port()+"/", http.NoBody)
		require.NoError(t, err)
		res, err := files.RoundTrip(r)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	require.ErrorIs(t, get(public), errPrivate)
	require.Zero(t, connections.Load(), "a connection to an address that is not public")
	require.NoError(t, get(func(netip.AddrPort) bool { return true }), "the test could have connected")
	require.NotZero(t, connections.Load())
}

// TestAHostThatMeansTheOwnMachineHasNoDocument: Stripe's name, and an address of somebody else's making.
func TestAHostThatMeansTheOwnMachineHasNoDocument(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.p.files = roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.Join(errPrivate)}
	})
	customer := w.customer()
	_, err := w.download(customer, w.invoice(customer, stripefake.Open))
	require.Equal(t, provider.ErrNoDocument, provider.Kind(err), "%v", err)
}
