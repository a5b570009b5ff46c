package stripe

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"github.com/billhatch/billhatch/provider"
)

// TestAWriteWithoutAKeyNeverLeaves: the SDK sends parameters that are nil without key and without context, and makes a
// key up where there is none. Either would do things twice.
func TestAWriteWithoutAKeyNeverLeaves(t *testing.T) {
	t.Parallel()
	wire := always(200, aCustomer)
	p := open(t, wire)
	c, err := p.clients(t.Context())
	require.NoError(t, err)

	_, err = c.invoices.FinalizeInvoice("in_1", nil)
	require.ErrorIs(t, err, errNoContext)
	_, err = c.invoices.SendInvoice("in_1", &stripe.InvoiceSendInvoiceParams{})
	require.ErrorIs(t, err, errNoContext)
	require.ErrorIs(t, p.backend.Call("POST", "/v1/customers", testKey, nil, &stripe.Customer{}), errNoContext)

	params := &stripe.InvoiceVoidInvoiceParams{}
	params.Context = t.Context()
	_, err = c.invoices.VoidInvoice("in_1", params)
	require.ErrorIs(t, err, errNoKey)
	params.IdempotencyKey = stripe.String("")
	_, err = c.invoices.VoidInvoice("in_1", params)
	require.ErrorIs(t, err, errNoKey)
	require.Equal(t, provider.ErrInvalid, provider.Kind(p.translate("Void", err)))
	require.Empty(t, wire.requests())
}

// TestEveryRequestSaysWhoAsksAndInWhichVersion, lists included, and tells nothing about the machine.
func TestEveryRequestSaysWhoAsksAndInWhichVersion(t *testing.T) {
	t.Parallel()
	list := `{"object":"list","data":[],"has_more":false,"url":"/v1/customers"}`
	for _, account := range []string{"", "acct_1"} {
		wire := inTurn(say(200, aCustomer, "Request-Id", "req_1"), say(200, list, "Request-Id", "req_2"), say(200, aCustomer))
		p := open(t, wire, func(c *Config) { c.Account = account })
		_, err := get(t.Context(), p)
		require.NoError(t, err)
		_, err = read(t.Context(), p, "CustomersByEmail", findCustomers)
		require.NoError(t, err)
		_, err = post(t.Context(), p, nil)
		require.NoError(t, err)
		require.Len(t, wire.requests(), 3)
		for _, r := range wire.requests() {
			want := http.Header{
				"Authorization": {"Bearer " + testKey}, "User-Agent": {product}, "Stripe-Version": {"2023-10-16"},
			}
			if account != "" {
				want.Set("Stripe-Account", account)
			}
			if r.method == http.MethodPost {
				want.Set("Content-Type", "application/x-www-form-urlencoded")
				want.Set("Idempotency-Key", r.header.Get("Idempotency-Key"))
				require.Equal(t, "email=a%40"+canary+".example.com", r.body)
			} else {
				require.Empty(t, r.body)
			}
			require.Equal(t, want, r.header)
		}
		require.Equal(t, "a@"+canary+".example.com", query(t, wire.requests()[1]).Get("email"))
	}
}

// TestNoProgramIsRun: the SDK runs uname and sends what it says. Not parallel, for the path of programs.
func TestNoProgramIsRun(t *testing.T) {
	dir := t.TempDir()
	mark := filepath.Join(dir, "was-run")
	script := "#!/bin/sh\ntouch " + mark + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "uname"), []byte(script), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	_, err := get(t.Context(), open(t, always(200, aCustomer)))
	require.NoError(t, err)
	require.NoFileExists(t, mark)
}

// TestTheLoggerOfTheSDKHearsNothing. Not parallel, for the global.
func TestTheLoggerOfTheSDKHearsNothing(t *testing.T) {
	var out bytes.Buffer
	before := stripe.DefaultLeveledLogger
	stripe.DefaultLeveledLogger = &countingLogger{&out}
	defer func() { stripe.DefaultLeveledLogger = before }()
	for _, wire := range []*stub{always(200, aCustomer), always(400, failure("invalid_request_error", "")), always(200, html)} {
		_, _ = get(t.Context(), open(t, wire)) // how it ends does not matter
	}
	require.Empty(t, out.String())
}

type countingLogger struct{ out *bytes.Buffer }

func (l *countingLogger) Debugf(format string, _ ...any) { l.out.WriteString(format) }
func (l *countingLogger) Infof(format string, _ ...any)  { l.out.WriteString(format) }
func (l *countingLogger) Warnf(format string, _ ...any)  { l.out.WriteString(format) }
func (l *countingLogger) Errorf(format string, _ ...any) { l.out.WriteString(format) }

// TestARedirectIsNotFollowed, over a real connection, and nothing reaches where it leads.
func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		visits.Add(1)
		_, _ = io.WriteString(w, aCustomer)
	}))
	defer elsewhere.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer api.Close()
	p := open(t, nil, func(c *Config) { c.BaseURL = api.URL })
	_, err := get(t.Context(), p)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	_, err = post(t.Context(), p, nil)
	require.ErrorIs(t, err, provider.ErrUnknown)
	require.Zero(t, visits.Load())
	p.Close()
}

// TestABodyIsReadUpToItsBound: the one that is too large is given up, whether it says so or not.
func TestABodyIsReadUpToItsBound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		size     int64 // of the answer
		declared bool
		ok       bool
		most     int64 // that may have been read
	}{
		{"as large as it may be", maxBody, true, true, maxBody},
		{"a byte more, and it says so", maxBody + 1, true, false, 0},
		{"a byte more, and it does not say so", maxBody + 1, false, false, maxBody + 1},
		{"fifty times as large", 50 * maxBody, false, false, maxBody + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			body := &counted{Reader: io.MultiReader(strings.NewReader(aCustomer), io.LimitReader(blanks{}, tc.size-int64(len(aCustomer))))}
			wire := &stub{answer: func(int, *http.Request) (*reply, error) {
				res := answered(200, "")
				res.body, res.length = body, -1
				if tc.declared {
					res.length = tc.size
				}
				return res, nil
			}}
			_, err := get(t.Context(), open(t, wire))
			require.Equal(t, tc.ok, err == nil, "%v", err)
			require.LessOrEqual(t, body.n, tc.most)
			require.True(t, body.closed)
			require.Len(t, wire.requests(), 1, "it is not asked for again")
		})
	}
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

type counted struct {
	io.Reader
	n      int64
	closed bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) Close() error { c.closed = true; return nil }

// TestCallsThatThereAreNotFailInsteadOfPanicking: the SDK's streaming call panics when the connection fails.
func TestCallsThatThereAreNotFailInsteadOfPanicking(t *testing.T) {
	t.Parallel()
	p := open(t, inTurn(breaks(errReset)))
	b := stripe.Backend(p.backend)
	require.ErrorIs(t, b.CallStreaming("GET", "/v1/quotes/qt_1/pdf", testKey, &stripe.QuotePDFParams{}, &stripe.APIStream{}), errUnsupported)
	require.ErrorIs(t, b.CallMultipart("POST", "/v1/files", testKey, "x", &bytes.Buffer{}, &stripe.Params{}, &stripe.File{}), errUnsupported)
	require.ErrorIs(t, b.CallRaw("GET", "/v1/customers", testKey, &form.Values{}, nil, &stripe.CustomerList{}), errNoContext)
	b.SetMaxNetworkRetries(7)
	params := &stripe.CustomerParams{}
	params.Context = t.Context()
	require.ErrorIs(t, b.Call("GET", "/v1/\x00", testKey, params, &stripe.Customer{}), errUnsupported)
}

// TestTwoProvidersHaveNothingInCommon: keys, accounts and addresses of one never reach the other.
func TestTwoProvidersHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	var wires [2]*stub
	var providers [2]*Provider
	for i := range providers {
		wires[i] = always(200, aCustomer)
		providers[i] = open(t, wires[i], func(c *Config) {
			c.Account, c.Key = "acct_"+strconv.Itoa(i), func(context.Context) (string, error) { return "sk_test_" + strconv.Itoa(i), nil }
		})
	}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			id, err := get(t.Context(), providers[i%2])
			if id != "cus_1" || err != nil {
				t.Errorf("got %q and %v", id, err)
			}
			if _, err := post(t.Context(), providers[i%2], nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, wire := range wires {
		require.Len(t, wire.requests(), 64)
		for _, r := range wire.requests() {
			require.Equal(t, "acct_"+strconv.Itoa(i), r.header.Get("Stripe-Account"))
			require.Equal(t, "Bearer sk_test_"+strconv.Itoa(i), r.header.Get("Authorization"))
		}
	}
}

// TestMetricsNameRoutesAndNoIDs.
func TestMetricsNameRoutesAndNoIDs(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/customers":                             "/v1/customers",
		"/v1/customers/cus_1":                       "/v1/customers/{id}",
		"/v1/customers/cus_1/payment_methods":       "/v1/customers/{id}/payment_methods",
		"/v1/customers/cus_1/balance_transactions":  "/v1/customers/{id}/balance_transactions",
		"/v1/invoices/in_1/finalize":                "/v1/invoices/{id}/finalize",
		"/v1/invoices/in_1/mark_uncollectible":      "/v1/invoices/{id}/mark_uncollectible",
		"/v1/invoices/upcoming":                     "/v1/invoices/upcoming",
		"/v1/credit_notes":                          "/v1/credit_notes",
		"/v1/credit_notes/cn_1":                     "/v1/credit_notes/{id}",
		"/v1/webhook_endpoints":                     "/v1/webhook_endpoints",
		"/v1/billing_portal/sessions":               "/v1/billing_portal/sessions",
		"/v1/billing_portal/configurations/bpc_1":   "/v1/billing_portal/configurations/{id}",
		"/v1/subscriptions/sub_sched_1MowQVLkdIwHu": "/v1/subscriptions/{id}",
	} {
		require.Equal(t, want, routeOf(&url.URL{Path: path}))
	}
	var mu sync.Mutex
	var calls []Call
	p := open(t, inTurn(breaks(errReset), say(503, html), say(200, aCustomer)), func(c *Config) {
		c.Observe = func(call Call) { mu.Lock(); calls = append(calls, call); mu.Unlock() }
	})
	_, err := get(t.Context(), p)
	require.NoError(t, err)
	want := Call{Method: "GET", Route: "/v1/customers/{id}"}
	for i, status := range []int{0, 503, 200} {
		want.Attempt, want.Status = i+1, status
		require.Equal(t, want, calls[i])
	}
	require.Len(t, calls, 3)
}

// TestNoGlobalOfTheSDKIsTouched: not its variables, not the functions that use its key, not the client that shares its
// backends. It reads the source of this package.
func TestNoGlobalOfTheSDKIsTouched(t *testing.T) {
	t.Parallel()
	const sdk = "github.com/stripe/stripe-go/v76"
	allowed := map[string]bool{"Client": true, "Iter": true}
	globals := map[string]bool{
		"Key": true, "EnableTelemetry": true, "DefaultLeveledLogger": true, "Logger": true, "LogLevel": true, "SetAppInfo": true,
		"SetHTTPClient": true, "SetBackend": true, "GetBackend": true, "GetBackendWithConfig": true, "NewBackends": true,
		"NewBackendsWithConfig": true, "NewIdempotencyKey": true, "Strict": true, "SetMaxNetworkRetries": true,
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	looked := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		names := map[string]string{} // import path by the name in the file
		for _, spec := range tree.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			name := path[strings.LastIndex(path, "/")+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			if strings.HasPrefix(path, sdk) {
				require.NotEqual(t, sdk+"/client", path, file)
				require.NotEqual(t, sdk+"/webhook", path, file)
				names[name] = path
			}
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || names[pkg.Name] == "" {
				return true
			}
			looked++
			switch path := names[pkg.Name]; path {
			case sdk, sdk + "/form":
				require.False(t, globals[sel.Sel.Name], "%s uses %s.%s", file, pkg.Name, sel.Sel.Name)
				require.NotContains(t, sel.Sel.Name, "UnitAmountDecimal", "%s: floats are not money", file)
			default:
				require.True(t, allowed[sel.Sel.Name], "%s uses %s.%s, which has the SDK's global key", file, pkg.Name, sel.Sel.Name)
			}
			return true
		})
		for _, word := range []string{"UnitAmountDecimal", "float64"} {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NotContains(t, string(raw), word, "%s: floats are not money", file)
		}
	}
	require.Greater(t, looked, 50, "the test has looked at nothing")
}

// TestClosingGivesConnectionsBack: the goroutines of idle connections end, and the provider goes on.
func TestClosingGivesConnectionsBack(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, aCustomer) }))
	idle := make(chan struct{}, 1000)
	api.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			connections.Add(1)
		case http.StateClosed:
			connections.Add(-1)
			idle <- struct{}{}
		}
	}
	api.Start()
	defer api.Close()
	p := open(t, nil, func(c *Config) { c.BaseURL = api.URL })
	for range 2 {
		_, err := get(t.Context(), p)
		require.NoError(t, err)
		p.Close()
		select {
		case <-idle:
		case <-time.After(10 * time.Second):
			t.Fatal("the connection stays")
		}
		require.Zero(t, connections.Load())
	}
}
