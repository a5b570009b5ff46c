package stripefake

import (
	"sync"
	"time"
)

// Version is the API version that the server speaks, and the only one that it accepts.
const Version = "2023-10-16"

// Options configure a Server. The zero value is a good start.
type Options struct {
	Seed  uint64           // of all ids: the same seed and the same calls give the same ids
	Start time.Time        // of the clock; zero: 21 November 2026, 09:00 UTC
	Clock func() time.Time // the test's own clock instead of one that is moved by Advance; must be safe for concurrent use

	Limits    Limits        // zero: none
	SearchLag time.Duration // how long search does not see a change
	MaxItems  int           // items on an invoice; zero: 250

	// DueFromFinalization counts days_until_due from finalising instead of from creation. The documentation leaves it open.
	DueFromFinalization bool
	// OpenOnlyVoid refuses to void uncollectible invoices, which the documentation allows and a recording shows refused.
	OpenOnlyVoid bool

	PDFBase   string // of the links in invoice_pdf; empty: https://pay.stripe.com
	FilesBase string // where they redirect to; empty: https://files.stripe.com
}

// Server is a Stripe. It serves the API under /v1/ and documents under /invoice/ and /files/.
type Server struct {
	options Options
	clock   clock

	mu        sync.Mutex // guards what follows; never held while a fault, a hook or a client is waited for
	counters  map[string]uint64
	platform  string
	keys      map[string]*apiKey
	connected map[string]bool
	realms    map[realmKey]*Realm
	stored    map[storedKey]*stored
	locked    map[string]int // objects that a held request has locked
	documents map[string]Document
	buckets   map[string]time.Time
	pending   []*attempt // deliveries that nobody has accepted
	pdfBase   string
	filesBase string

	script script
	log    journal
}

// New makes a server with a platform account in both modes.
func New(options Options) *Server {
	if options.Start.IsZero() {
		options.Start = time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)
	}
	if options.MaxItems == 0 {
		options.MaxItems = 250
	}
	s := &Server{
		options:   options,
		counters:  map[string]uint64{},
		keys:      map[string]*apiKey{},
		connected: map[string]bool{},
		realms:    map[realmKey]*Realm{},
		stored:    map[storedKey]*stored{},
		locked:    map[string]int{},
		documents: map[string]Document{},
		buckets:   map[string]time.Time{},
		pdfBase:   orDefault(options.PDFBase, "https://pay.stripe.com"),
		filesBase: orDefault(options.FilesBase, "https://files.stripe.com"),
		script:    script{queued: map[string][]Fault{}, always: map[string]Fault{}},
	}
	s.clock.start(options.Start, options.Clock)
	s.platform = s.newID("acct")
	s.addKey("sk_test_", KeySpec{Account: s.platform})
	s.addKey("sk_live_", KeySpec{Account: s.platform, Live: true})
	return s
}

// ServeDocumentsAt changes where links to documents lead, for a server whose address is known late.
func (s *Server) ServeDocumentsAt(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pdfBase, s.filesBase = base, base
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
