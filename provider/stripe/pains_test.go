package stripe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// remedy is what is done about something that goes wrong with Stripe or its SDK, and the tests that fail without it. Each
// was taken out once by hand to see that.
type remedy struct {
	of, is string
	tests  []string // of this package, or of billing/webhook with "webhook."
}

// pains are what integrations of Stripe have suffered from.
func pains() []remedy {
	return []remedy{
		1:  {"events out of order and in parallel", "an event is a hint: the object is read again, and applied by rank", []string{"webhook.TestAnEventIsNeverData", "webhook.TestTheOrderOfReadingsDoesNotMatter", "webhook.TestEveryOrderOfALifeEndsInTheSameState"}},
		2:  {"webhooks of another API version", "an envelope of what all versions have", []string{"TestWhatAnEventTells", "TestEveryDeliveryIsUnderstood", "webhook.TestEventsOfStripeOfAnyVersionEndInWhatIsTrue"}},
		3:  {"fields that have moved read as zero", "a table of fields that must be there", []string{"TestAFieldThatIsMissingIsNeverZero", "TestShapesOfLaterVersionsAreRefused"}},
		4:  {"lock_timeout", "one write at a time at each object", []string{"TestWritesOnOneObjectNeverOverlap", "TestOneWriteAtATimeAtEachObject"}},
		5:  {"a failure that the idempotency store repeats", "an attempt in the key, and a look before the next one", []string{"TestAStoredFailureIsNotForEver", "TestAStoredFailureUsesTheKeyUp"}},
		6:  {"a second invoice after a run that was interrupted", "what is there is looked for and gone on with, and a look does not hold for long", []string{"TestAProcessThatSleptForADay", "TestEverySingleFaultAtEveryRequest", "TestACloserThatSleptForADay"}},
		7:  {"more than 250 lines", "refused before anything is sent", []string{"TestAPlanThatCannotBeIssuedIsRefusedBeforeAnythingIsSent"}},
		8:  {"ten lines with an invoice, and the others nowhere", "lines are read to their end, before comparing too", []string{"TestEveryLineIsRead", "TestIssueTakesSixRequestsAndOneForEachLine"}},
		9:  {"an iterator that reads the whole account", "single pages, and a bound on them", []string{"TestAPageWithoutDraftsIsOneRequest", "TestTooManyDraftsMakeAShortPage"}},
		10: {"a 429 that nobody repeats", "own repetition, and limits that keep from meeting it", []string{"TestReadsAreRepeatedAsTheirFailuresAllow", "TestFiftyWorkersOnOneKeyMeetNo429"}},
		11: {"a deleted customer that comes with 200", "not found", []string{"TestACustomerIsCheckedBeforeItIsHandedOn", "TestWhatStripeRefusesMakesNothing"}},
		12: {"objects and keys of the other mode", "both are compared with the configuration", []string{"TestACustomerIsCheckedBeforeItIsHandedOn", "TestTheKeyIsAskedForEachAttempt", "TestEveryProblemHasItsCode"}},
		13: {"a portal that was not configured, or is for each visit", "a matter of configuration, and a page that is remembered", []string{"TestAPortalThatWasNotSavedIsAMatterOfConfiguration", "TestTheLoginPageIsRemembered"}},
		14: {"minor units", "Stripe's own table, exact or refused", []string{"TestAmountsOnTheWire", "TestAmountsLeaveInStripesUnits", "TestCreditsAreInMinorUnitsOfStripe"}},
		15: {"the SDK's transport, redirects of documents, keys without a scope", "a transport of our own, hosts by name, and a look at the scopes", []string{"TestCallsThatThereAreNotFailInsteadOfPanicking", "TestEveryRequestGoesToTheOneHost", "TestADocumentIsFetchedFromWhereDocumentsComeFrom", "TestEveryProblemHasItsCode"}},
	}
}

// facts are what was measured of the transport of stripe-go v76.
func facts() []remedy {
	return []remedy{
		1:  {"a write without parameters has neither key nor context, and is repeated", "refused", []string{"TestAWriteWithoutAKeyNeverLeaves"}},
		2:  {"a backoff that no context ends", "a backoff of our own", []string{"TestACancelEndsABackoffAtOnce"}},
		3:  {"what is repeated depends on headers and methods", "a table of our own", []string{"TestReadsAreRepeatedAsTheirFailuresAllow", "TestWritesAreRepeatedAsTheirFailuresAllow"}},
		4:  {"an error that is not JSON is no error of Stripe's, and is repeated", "judged by its status", []string{"TestWritesAreRepeatedAsTheirFailuresAllow", "TestAFaultThatStaysIsTold"}},
		5:  {"80 seconds for an attempt", "a time for each attempt", []string{"TestAnAttemptHasItsOwnTime"}},
		6:  {"errors that print what Stripe said", "only words of a closed set are kept", []string{"TestNothingSecretShows", "TestAFaultThatStaysIsTold"}},
		7:  {"a logger that prints errors and bodies", "it is never reached", []string{"TestTheLoggerOfTheSDKHearsNothing"}},
		8:  {"telemetry", "headers of our own", []string{"TestEveryRequestSaysWhoAsksAndInWhichVersion"}},
		9:  {"uname", "never run, and its header never sent", []string{"TestNoProgramIsRun", "TestEveryRequestSaysWhoAsksAndInWhichVersion"}},
		10: {"the name of the application is a global", "the product is in a header of ours", []string{"TestNoGlobalOfTheSDKIsTouched", "TestEveryRequestSaysWhoAsksAndInWhichVersion"}},
		11: {"some calls go to the default host whatever is configured", "one host for everything", []string{"TestEveryRequestGoesToTheOneHost"}},
		12: {"streaming panics when there is no connection", "an error", []string{"TestCallsThatThereAreNotFailInsteadOfPanicking"}},
		13: {"lists have no headers", "the transport has them", []string{"TestEveryRequestSaysWhoAsksAndInWhichVersion", "TestEveryReadingIsForTheConnectedAccount"}},
		14: {"bodies without a bound, redirects that are followed", "a bound, and none is", []string{"TestABodyIsReadUpToItsBound", "TestARedirectIsNotFollowed"}},
		15: {"URLs in errors", "taken off", []string{"TestErrorsOfTheWireLoseTheirURL"}},
		16: {"an empty id is the whole collection", "a grammar for ids", []string{"TestAnOddIDAsksNothing"}},
		17: {"an amount that is a float64", "integers only", []string{"TestAmountsLeaveInStripesUnits", "TestNoGlobalOfTheSDKIsTouched"}},
		18: {"events without data panic, thin ones fail", "an envelope of our own", []string{"TestWhatAnEventTells", "TestWhatIsNoEventIsNotTrusted"}},
		19: {"an empty secret verifies, and so does any time to come", "neither does", []string{"TestAConfigurationIsRefusedWhenItCannotWork", "TestATimeIsNearOnBothSides", "TestAHeaderIsReadStrictly", "TestSecretsAreRotated"}},
		20: {"keys, clients, backends and loggers are globals", "none is touched", []string{"TestNoGlobalOfTheSDKIsTouched", "TestTwoProvidersHaveNothingInCommon"}},
	}
}

// TestEveryPainHasItsTest: the tests that are named above are there.
func TestEveryPainHasItsTest(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for prefix, dir := range map[string]string{"": ".", "webhook.": filepath.Join("..", "..", "billing", "webhook")} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			tree, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
			require.NoError(t, err)
			for _, d := range tree.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
					there[prefix+f.Name.Name] = true
				}
			}
		}
	}
	for _, table := range []struct {
		rows []remedy
		want int
	}{{pains(), 15}, {facts(), 20}} {
		require.Len(t, table.rows, table.want+1, "they are counted from 1")
		for i, row := range table.rows[1:] {
			require.NotEmpty(t, row.tests, "%d: %s", i+1, row.of)
			for _, name := range row.tests {
				require.True(t, there[name], "%d: %s: %s", i+1, row.of, name)
			}
		}
	}
}

// TestAStoredFailureIsNotForEver is pain 5: for a day Stripe repeats a failure to whoever asks with the same key. Each
// write of an issue meets each kind of it; what has happened all the same is not asked for a second time.
func TestAStoredFailureIsNotForEver(t *testing.T) {
	t.Parallel()
	for _, route := range []string{
		"POST /v1/invoices", "POST /v1/invoiceitems", "POST /v1/invoices/{invoice}/finalize", "POST /v1/invoices/{invoice}/send",
	} {
		for _, tc := range []struct {
			name  string
			fault stripefake.Fault
			last  string // attempt in the last key
		}{
			{"lock timeout", stripefake.LockTimeout(), "/2"},
			{"500 without an effect", stripefake.ServerError(), "/2"},
			{"500 with the effect", stripefake.ServerErrorAfterCommit(), "/1"},
		} {
			t.Run(tc.name+" of "+route, func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				r := s.request(1)
				r.Send = true
				s.fake.FailNext(route, tc.fault)
				_, err := s.process().Issue(t.Context(), r)
				require.NoError(t, err)
				sent := s.fake.RequestsTo(route)
				require.True(t, strings.HasSuffix(sent[len(sent)-1].Key, tc.last), sent[len(sent)-1].Key)
				x, drafts := s.billed(r)
				require.Zero(t, drafts)
				require.Equal(t, 1, x.Sent)
			})
		}
	}
}

// TestEveryRequestGoesToTheOneHost that is configured, and no other provider's.
func TestEveryRequestGoesToTheOneHost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"one.example.com", "two.example.com"} {
		var hosts []string
		p := open(t, &stub{answer: func(_ int, r *http.Request) (*reply, error) {
			hosts = append(hosts, r.URL.Scheme+"://"+r.URL.Host)
			if r.URL.RawQuery != "" {
				return answered(200, `{"object":"list","url":"/v1/customers","has_more":false,"data":[]}`), nil
			}
			return answered(200, aCustomer), nil
		}}, func(c *Config) { c.BaseURL = "https://" + host })
		_, err := get(t.Context(), p)
		require.NoError(t, err)
		_, err = post(t.Context(), p, nil)
		require.NoError(t, err)
		_, err = read(t.Context(), p, "CustomersByEmail", findCustomers)
		require.NoError(t, err)
		require.Equal(t, []string{"https://" + host, "https://" + host, "https://" + host}, hosts)
	}
}

// TestErrorsOfTheWireLoseTheirURL, whose query may hold an address: also those of a transport of the host's, and those of
// a body that breaks off.
func TestErrorsOfTheWireLoseTheirURL(t *testing.T) {
	t.Parallel()
	broken := &url.Error{Op: "Get", URL: "https://api.stripe.com/v1/customers?email=" + canary, Err: errReset}
	for name, step := range map[string]func() (*reply, error){
		"before an answer": breaks(broken),
		"in a success":     func() (*reply, error) { return &reply{200, http.Header{}, breaking{broken}, -1}, nil },
		"in a failure":     func() (*reply, error) { return &reply{500, http.Header{}, breaking{broken}, -1}, nil },
	} {
		p := open(t, inTurn(step))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.stripe.com/v1/customers", http.NoBody)
		require.NoError(t, err)
		_, err = p.backend.transport.send(r)
		require.ErrorIs(t, err, errReset, name)
		require.NotContains(t, err.Error(), canary, name)
	}
}

// breaking is a body that cannot be read.
type breaking struct{ err error }

func (b breaking) Read([]byte) (int, error) { return 0, b.err }
func (b breaking) Close() error             { return nil }
