package stripe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"
)

// backend sends what the SDK's clients ask for. The SDK's own backend is not used: it repeats calls with a sleep that no
// context ends, invents idempotency keys, runs uname to tell about the host's machine, puts bodies into errors and logs,
// and takes fields that are missing for zeros.
type backend struct {
	base      string
	transport *transport
}

var (
	// errNoContext is for a call that nothing could end.
	errNoContext = errors.New("stripe: a call without a context")
	// errNoKey is for a write without an idempotency key: it must never leave.
	errNoKey = errors.New("stripe: a write without an idempotency key")
	// errUnsupported is for calls that the provider has no use for.
	errUnsupported = errors.New("stripe: not supported")
	// errGarbled is for an answer that is not the JSON that was asked for.
	errGarbled = errors.New("stripe: garbled answer")
)

// Call encodes parameters and sends them. Parameters that are nil are refused: they have neither context nor key.
func (b *backend) Call(method, path, key string, params stripe.ParamsContainer, v stripe.LastResponseSetter) error {
	if p := reflect.ValueOf(params); p.Kind() != reflect.Pointer || p.IsNil() {
		return errNoContext
	}
	values := &form.Values{}
	form.AppendTo(values, params)
	return b.CallRaw(method, path, key, values, params.GetParams(), v)
}

// CallRaw sends parameters that are encoded already.
func (b *backend) CallRaw(
	method, path, key string, values *form.Values, params *stripe.Params, v stripe.LastResponseSetter,
) error {
	if params == nil || params.Context == nil {
		return errNoContext
	}
	r, err := b.request(params.Context, method, path, values)
	if err != nil {
		return errUnsupported // guard: the SDK's paths are paths
	}
	if params.IdempotencyKey != nil {
		r.Header.Set("Idempotency-Key", *params.IdempotencyKey)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	body, err := b.transport.send(r)
	if err != nil {
		return err
	}
	if err := checkShape(body, collectionOf(v)); err != nil {
		return err
	}
	if json.Unmarshal(body, v) != nil {
		return errGarbled
	}
	return nil
}

// collectionOf is the kind of collection that an answer is read into; empty for a single object.
func collectionOf(v stripe.LastResponseSetter) string {
	switch v.(type) {
	case stripe.ListContainer:
		return "list"
	case stripe.SearchContainer:
		return "search_result"
	}
	return ""
}

// request puts parameters where the method has them: into the query or into a form.
func (b *backend) request(ctx context.Context, method, path string, values *form.Values) (*http.Request, error) {
	encoded := ""
	if values != nil {
		encoded = values.Encode()
	}
	if method != http.MethodPost {
		if encoded != "" {
			path += "?" + encoded
		}
		return http.NewRequestWithContext(ctx, method, b.base+path, http.NoBody)
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, strings.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

// CallStreaming is for documents of quotes, which are not used.
func (b *backend) CallStreaming(string, string, string, stripe.ParamsContainer, stripe.StreamingLastResponseSetter) error {
	return errUnsupported
}

// CallMultipart is for uploads, which are not used.
func (b *backend) CallMultipart(
	string, string, string, string, *bytes.Buffer, *stripe.Params, stripe.LastResponseSetter,
) error {
	return errUnsupported
}

// SetMaxNetworkRetries does nothing: the provider repeats calls by itself.
func (b *backend) SetMaxNetworkRetries(int64) {}
