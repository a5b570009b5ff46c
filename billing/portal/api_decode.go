package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
)

// maxBody bounds a body of the API, in bytes.
const maxBody = 64 << 10

// writable is everything that a browser may write, and nothing else can be decoded (T8).
type writable interface {
	apimodel.BillingEmailChange | apimodel.PortalSessionRequest | apimodel.ReportRequest | apimodel.RevealRequest
}

// decode reads the body of the request strictly: JSON in UTF-8, one object with the members that T has. A request with a
// body has no query beside it.
func decode[T writable](x *exchange) (T, error) {
	var out T
	if _, err := x.query(); err != nil {
		return out, err
	}
	if !isJSON(x.r.Header) {
		return out, errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return out, errBodyTooLarge
	case err != nil:
		return out, errBody
	}
	err = apimodel.Decode(body, &out)
	var malformed *apimodel.Error
	if errors.As(err, &malformed) {
		return out, &fieldError{errBody, malformed.Field}
	}
	return out, err
}

// isJSON tells whether a body is plain JSON, and not of some other kind, charset or packing.
func isJSON(h http.Header) bool {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8")) &&
		h.Get("Content-Encoding") == ""
}

// paged reads the query of a list: these parameters, and a cursor, which is one if it is sent.
func (x *exchange) paged(names ...string) (fields, error) {
	q, err := x.query(append(names, "cursor")...)
	if cursor, sent := q["cursor"]; err == nil && sent && cursor == "" {
		return nil, provider.ErrInvalidCursor
	}
	return q, err
}

// maxText bounds a text in a query, in bytes.
const maxText = 256

// plainText tells whether a text can be the id of something: not empty, short and printable.
func plainText(s string) bool {
	return s != "" && len(s) <= maxText && !strings.ContainsFunc(s, unicode.IsControl)
}
