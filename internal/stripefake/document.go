package stripefake

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Document is what is behind the link of an invoice. The zero value is a small PDF behind one redirect.
type Document struct {
	Answer   Answer // of the last server; no Body and no Size: a PDF
	Hops     int    // redirects before it; 0: one, negative: none
	Location string // where the last redirect leads instead
}

// SetDocument scripts the document of an invoice.
func (s *Server) SetDocument(invoice string, d Document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents[invoice] = d
}

// documentToken is the secret part of the link of an invoice.
func (r *Realm) documentToken(invoice string) string {
	return r.mode() + "_" + r.server.token("document "+invoice, 0, 60)
}

// serveDocument answers under /invoice/{account}/{token}/pdf and /files/{account}/{token}/{hop}.
func (s *Server) serveDocument(w http.ResponseWriter, r *http.Request) {
	s.log.download(Download{At: s.Now(), Host: r.Host, Path: r.URL.Path, Header: r.Header.Clone()})
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	const length = 4
	if r.Method != http.MethodGet || len(parts) != length || parts[0] != "invoice" && parts[0] != "files" {
		s.transmit(w, r, notThere())
		return
	}
	invoice, number := s.behind(parts[1], parts[2])
	if invoice == "" {
		s.transmit(w, r, notThere())
		return
	}
	hop := 0
	if parts[0] == "files" {
		hop, _ = strconv.Atoi(parts[3])
	}
	s.transmit(w, r, s.document(invoice, number, "/files/"+parts[1]+"/"+parts[2]+"/", hop))
}

func notThere() Answer {
	a := Answer{}
	htmlError(http.StatusNotFound)(&a)
	return a
}

// behind finds the finalised invoice of a link.
func (s *Server) behind(account, token string) (id, number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.realms[realmKey{account, strings.HasPrefix(token, "live_")}]
	if r == nil {
		return "", ""
	}
	for _, e := range r.invoices.all {
		if x := e.value; x.Status != Draft && r.documentToken(x.ID) == token {
			return x.ID, x.Number
		}
	}
	return "", ""
}

// document is what one hop answers.
func (s *Server) document(invoice, number, path string, hop int) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.documents[invoice]
	hops := d.Hops
	if hops == 0 {
		hops = 1
	}
	switch {
	case hop < hops && (hop < hops-1 || d.Location == ""):
		return Answer{
			Status: http.StatusFound, Header: http.Header{"Location": {s.filesBase + path + strconv.Itoa(hop+1)}},
		}
	case hop < hops:
		return Answer{Status: http.StatusFound, Header: http.Header{"Location": {d.Location}}}
	}
	a := d.Answer.clone()
	if a.Body == nil && a.Status/100 <= 2 && a.Status != http.StatusNoContent {
		a.Body = PDF(number)
	}
	if a.Header.Get("Content-Type") == "" {
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set("Content-Type", "application/pdf")
	}
	return a
}

// PDF is a small document with a text on its page.
func PDF(text string) []byte {
	stream := fmt.Sprintf("BT /F1 24 Tf 72 720 Td (%s) Tj ET", text)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	out, index := "%PDF-1.7\n", ""
	for i, o := range objects {
		index += fmt.Sprintf("%010d 00000 n \n", len(out))
		out += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(nil, "%sxref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		out, len(objects)+1, index, len(objects)+1, len(out))
}
