package stripefake

import (
	"fmt"
	"strings"
	"time"
)

// Realm is the data of one account in one mode.
type Realm struct {
	server  *Server
	account string
	live    bool

	customers      *table[*Customer]
	invoices       *table[*Invoice]
	items          *table[*Item]
	notes          *table[*CreditNote]
	balances       *table[*BalanceTransaction]
	coupons        *table[*Coupon]
	subscriptions  *table[*Subscription]
	methods        *table[*PaymentMethod]
	configurations *table[*Configuration]
	endpoints      *table[*Endpoint]
	events         *table[*Event]

	discounts map[string]*Discount
	deleted   []string // ids of deleted drafts
	dead      map[string]bool
	distort   map[string]func(obj)
}

func newRealm(s *Server, account string, live bool) *Realm {
	r := &Realm{
		server: s, account: account, live: live,
		customers: newTable[*Customer](), invoices: newTable[*Invoice](), items: newTable[*Item](),
		notes: newTable[*CreditNote](), balances: newTable[*BalanceTransaction](), coupons: newTable[*Coupon](),
		subscriptions: newTable[*Subscription](), methods: newTable[*PaymentMethod](),
		configurations: newTable[*Configuration](), endpoints: newTable[*Endpoint](), events: newTable[*Event](),
		discounts: map[string]*Discount{}, dead: map[string]bool{}, distort: map[string]func(obj){},
	}
	r.saveConfiguration(Configuration{Default: true, LoginPage: true})
	return r
}

// Account is the id of the account.
func (r *Realm) Account() string { return r.account }

// Live tells whether it is live mode.
func (r *Realm) Live() bool { return r.live }

// Distort changes an object wherever an answer shows it: in itself, in lists, expanded. Events and [Realm.Books] have the
// truth. The function is called with a lock held and must not call the server; nil takes it away.
func (r *Realm) Distort(id string, f func(body map[string]any)) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if f == nil {
		delete(r.distort, id)
		return
	}
	if r.find(id) == nil {
		panic("stripefake: no object " + id)
	}
	r.distort[id] = f
}

// show renders an object as an answer has it.
func (r *Realm) show(o object) obj {
	body := o.render(r)
	if f := r.distort[o.ident()]; f != nil {
		f(body)
	}
	return body
}

// find looks an id up among everything that can be expanded.
func (r *Realm) find(id string) object {
	kind, _, _ := strings.Cut(id, "_")
	switch kind {
	case "cus":
		return look(r.customers, id)
	case "in":
		return look(r.invoices, id)
	case "ii":
		return look(r.items, id)
	case "cn":
		return look(r.notes, id)
	case "cbtxn":
		return look(r.balances, id)
	case "sub":
		return look(r.subscriptions, id)
	case "pm":
		return look(r.methods, id)
	case "bpc":
		return look(r.configurations, id)
	case "we":
		return look(r.endpoints, id)
	case "evt":
		return look(r.events, id)
	case "di":
		if d := r.discounts[id]; d != nil {
			return d
		}
		return nil
	}
	return look(r.coupons, id)
}

func look[T object](t *table[T], id string) object {
	if value, ok := t.get(id); ok {
		return value
	}
	return nil
}

// name is what buckets are named by.
func (r *Realm) name() string {
	if r.live {
		return r.account + " live"
	}
	return r.account + " test"
}

func (r *Realm) mode() string {
	if r.live {
		return "live"
	}
	return "test"
}

// seed does a change that no request asked for.
func (r *Realm) seed(change func(c *call)) {
	r.server.Settle()
	now := r.server.Now()
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	change(r.inside(now))
}

// inside is a call of the server's own.
func (r *Realm) inside(now time.Time) *call {
	return &call{server: r.server, realm: r, now: now, form: params{}}
}

// must ends a test whose seed is wrong.
func must(e *apiError) {
	if e != nil {
		panic("stripefake: " + e.Message)
	}
}

func mustFind[T object](t *table[T], id string) T {
	value, ok := t.get(id)
	if !ok {
		panic(fmt.Sprintf("stripefake: no %s %q", value.kind(), id))
	}
	return value
}
