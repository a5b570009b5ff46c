package stripe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/billhatch/billhatch/provider"
)

const opPDF = "InvoicePDF"

// maxRedirects is how often a link to a document may lead on.
const maxRedirects = 3

// InvoicePDF fetches the document of an invoice. The link to it is a credential: it is asked for afresh each time, and
// leaves this package in no form. It is fetched without cookies and credentials, over https only, from Stripe's hosts and
// those of [Config.PDFHosts], each redirect checked in the same way.
func (p *Provider) InvoicePDF(ctx context.Context, customer, id string) (*provider.Document, error) {
	inv, err := p.shownInvoice(ctx, opPDF, customer, id)
	if err != nil {
		return nil, err
	}
	if inv.InvoicePDF == "" {
		return nil, &provider.Error{Op: opPDF, Kind: provider.ErrNoDocument}
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.PDFTimeout)
	doc, err := p.fetch(ctx, cancel, inv.InvoicePDF)
	if err != nil {
		cancel()
		return nil, err
	}
	return doc, nil
}

// fetch follows a link to a document and looks at how it begins. The document ends with the context, and ends it.
func (p *Provider) fetch(ctx context.Context, cancel func(), link string) (*provider.Document, error) {
	res, err := p.follow(ctx, link)
	if err != nil {
		return nil, err
	}
	doc := &document{ctx: ctx, body: res.Body, left: p.cfg.MaxPDF, cancel: cancel}
	if kind := p.unfit(res); kind != nil {
		_ = res.Body.Close()
		return nil, &provider.Error{Op: opPDF, Kind: kind}
	}
	if err := doc.begins(); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	return &provider.Document{Body: doc, Size: res.ContentLength}, nil
}

// magic is how a PDF begins.
const magic = "%PDF-"

// begins reads how the document begins, and says why it is none.
func (d *document) begins() error {
	head, n, err := make([]byte, len(magic)), 0, error(nil)
	for n < len(head) && err == nil {
		var more int
		more, err = d.body.Read(head[n:])
		n += more
	}
	d.head = head[:n]
	switch {
	case string(d.head) == magic:
		return nil
	case err != nil && !errors.Is(err, io.EOF):
		return d.broken(err)
	case n == 0:
		return &provider.Error{Op: opPDF, Kind: provider.ErrNoDocument}
	}
	return &provider.Error{Op: opPDF, Kind: provider.ErrNotPDF}
}

// unfit says why an answer can be no document that is given; nil: it may be one.
func (p *Provider) unfit(res *http.Response) error {
	switch encoding := res.Header.Get("Content-Encoding"); {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= http.StatusInternalServerError:
		return provider.ErrUnavailable
	case res.StatusCode != http.StatusOK:
		return provider.ErrNoDocument
	case encoding != "" && encoding != "identity": // it was not asked for
		return provider.ErrNotPDF
	case res.ContentLength > p.cfg.MaxPDF:
		return provider.ErrTooLarge
	}
	return nil
}

// follow goes where a link leads, as far as it may.
func (p *Provider) follow(ctx context.Context, link string) (*http.Response, error) {
	nowhere := &provider.Error{Op: opPDF, Kind: provider.ErrNoDocument, Message: "the link leads where no document comes from"}
	at, err := url.Parse(link)
	for range maxRedirects + 1 {
		if err != nil || !p.mayFetch(at) {
			return nil, nowhere
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
		if err != nil {
			return nil, nowhere
		}
		r.Header.Set("User-Agent", product)
		r.Header.Set("Accept", "application/pdf")
		res, err := p.files.RoundTrip(r)
		switch {
		case errors.Is(err, errPrivate):
			return nil, nowhere
		case err != nil:
			return nil, (&document{ctx: ctx}).broken(err)
		case res.StatusCode < 300 || res.StatusCode > 399:
			return res, nil
		}
		_ = res.Body.Close()
		if at, err = at.Parse(res.Header.Get("Location")); err != nil {
			return nil, nowhere
		}
	}
	return nil, nowhere
}

// mayFetch tells whether a URL is one that documents come from.
func (p *Provider) mayFetch(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && u.User == nil && u.Opaque == "" && (u.Port() == "" || u.Port() == "443") &&
		(stripeHost(host) || slices.Contains(p.cfg.PDFHosts, host))
}

// document is the stream of a document, up to its bound.
type document struct {
	ctx    context.Context //nolint:containedctx // a stream lives as long as the request that it belongs to
	head   []byte          // what has been looked at
	body   io.ReadCloser
	left   int64
	cancel func()
	closed bool
}

// Read fails beyond the bound, so that a document that is cut never looks whole.
func (d *document) Read(p []byte) (int, error) {
	if d.closed {
		return 0, io.ErrClosedPipe
	}
	if int64(len(p)) > d.left+1 {
		p = p[:d.left+1]
	}
	n, err := 0, error(nil)
	if len(d.head) > 0 {
		n = copy(p, d.head)
		d.head = bytes.Clone(d.head[n:])
	} else {
		n, err = d.body.Read(p)
	}
	if d.left -= int64(n); d.left < 0 {
		return n - 1, &provider.Error{Op: opPDF, Kind: provider.ErrTooLarge}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = d.broken(err)
	}
	return n, err
}

// broken says why a document does not come, or does not come to its end.
func (d *document) broken(err error) error {
	out := &provider.Error{Op: opPDF, Kind: provider.ErrUnavailable}
	if d.ctx.Err() != nil || isTimeout(err) {
		out.Kind = provider.ErrTimeout
	}
	return out
}

// Close ends the stream and its connection.
func (d *document) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	defer d.cancel()
	return d.body.Close()
}

// newFileTripper makes connections for documents: without a proxy, and only to addresses that are allowed. An address is
// looked at when it is dialled, so that a name cannot mean another one by then.
func newFileTripper(allowed func(netip.AddrPort) bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(to) {
			return errPrivate
		}
		return nil
	}}
	return &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true, TLSHandshakeTimeout: 5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
	}
}

// errPrivate is for an address that no document comes from.
var errPrivate = errors.New("stripe: not a public address")

// public tells whether an address can be a server on the internet.
func public(to netip.AddrPort) bool {
	addr := to.Addr().Unmap()
	if to.Port() != 443 || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// special are networks that look public and are not (https://www.iana.org/assignments/iana-ipv4-special-registry, and
// that of IPv6): shared, reserved, for benchmarks and documentation, or a way to write an address of another kind.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("5f00::/16"),
}
