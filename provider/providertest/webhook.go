package providertest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// delivery is a webhook as it arrives.
type delivery struct {
	*pay
	verifier  provider.WebhookVerifier
	event     provider.Event
	payload   []byte
	signature string
	now       time.Time
}

// trusts verifies and wants the event.
func (d *delivery) trusts(payload []byte, signature string, now time.Time) provider.Event {
	d.Helper()
	got, err := d.verifier.VerifyWebhook(payload, signature, now)
	d.ok(err, fmt.Sprintf("webhook at %s", now))
	return got
}

// distrusts verifies and wants a refusal.
func (d *delivery) distrusts(what string, payload []byte, signature string, now time.Time) {
	d.Helper()
	var got provider.Event
	var err error
	d.soon(what, func() { got, err = d.verifier.VerifyWebhook(payload, signature, now) })
	d.refused(err, "VerifyWebhook", what, provider.ErrSignature)
	same(d.check, what+": event beside the error", got, provider.Event{})
}

func webhookCases() group[*pay] {
	var cases []testCase[*pay]
	for _, tc := range slices.Concat(trustedCases(), distrustedCases()) {
		cases = append(cases, testCase[*pay]{name: tc.name, run: func(p *pay) {
			d := &delivery{pay: p, verifier: ability[provider.WebhookVerifier](p.p), now: second(p.Now())}
			d.event = provider.Event{
				ID: "evt_suite_1", Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_suite_1", Customer: "cus_suite_1",
				At: d.now.Add(-time.Second),
			}
			d.payload = p.Payload(d.event)
			d.signature = p.Sign(d.payload, d.now)
			tc.run(d)
		}})
	}
	return group[*pay]{
		name: "webhooks", ability: provider.CanVerifyWebhook, seeds: []string{"Payload", "Sign", "Forge"}, cases: cases,
	}
}

func trustedCases() []testCase[*delivery] {
	out := []testCase[*delivery]{
		{name: "a webhook that is signed gives its event", run: func(d *delivery) {
			got := d.trusts(d.payload, d.signature, d.now)
			same(d.check, "event", []string{got.ID, got.Type, got.Object, got.Customer},
				[]string{"evt_suite_1", "invoice.paid", "in_suite_1", "cus_suite_1"})
			d.that(got.At.Equal(d.event.At), "time: got %s, want %s", got.At, d.event.At)
			same(d.check, "live", got.Live, d.event.Live)
			same(d.check, "kind", got.Kind, provider.InvoiceEvent)
			same(d.check, "account", got.Account, "")
		}},
		{name: "an event of a customer says so", run: func(d *delivery) {
			e := d.event
			e.Type, e.Kind, e.Object = "customer.updated", provider.CustomerEvent, e.Customer
			payload := d.Payload(e)
			got := d.trusts(payload, d.Sign(payload, d.now), d.now)
			same(d.check, "kind", got.Kind, provider.CustomerEvent)
			same(d.check, "object and customer", []string{got.Object, got.Customer}, []string{"cus_suite_1", "cus_suite_1"})
		}},
		{name: "an event of a connected account says of which", run: func(d *delivery) {
			e := d.event
			e.Account = "acct_suite_1"
			payload := d.Payload(e)
			same(d.check, "account", d.trusts(payload, d.Sign(payload, d.now), d.now).Account, "acct_suite_1")
		}},
		{name: "an event of a type that nobody has heard of is given all the same", run: func(d *delivery) {
			e := d.event
			e.Type, e.Kind, e.Customer = "something.new", "", absent
			payload := d.Payload(e)
			got := d.trusts(payload, d.Sign(payload, d.now), d.now)
			same(d.check, "type", got.Type, "something.new")
			same(d.check, "kind", got.Kind, "")
		}},
		{name: "the same webhook is verified as often as it comes", run: func(d *delivery) {
			for range 3 {
				same(d.check, "event", d.trusts(d.payload, d.signature, d.now).ID, d.event.ID)
			}
		}},
		{name: "verifying changes neither the payload nor keeps it", run: func(d *delivery) {
			kept := bytes.Clone(d.payload)
			got := d.trusts(d.payload, d.signature, d.now)
			d.that(bytes.Equal(d.payload, kept), "the payload was changed")
			for i := range d.payload {
				d.payload[i] = 'x'
			}
			same(d.check, "event after the payload was used again", got.ID, d.event.ID)
		}},
		{name: "many webhooks are verified at once", run: func(d *delivery) {
			for _, err := range together(racers, func(int) error {
				_, err := d.verifier.VerifyWebhook(d.payload, d.signature, d.now)
				return err
			}) {
				d.ok(err, "webhook")
			}
		}},
		{name: "the name of the header is one, and always the same", run: func(d *delivery) {
			name := d.verifier.SignatureHeader()
			same(d.check, "name again", d.verifier.SignatureHeader(), name)
			letters := func(r rune) bool {
				return r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
			}
			d.that(name != "" && strings.IndexFunc(name, func(r rune) bool { return !letters(r) }) < 0, "got the header %q", name)
		}},
	}
	for _, off := range []int{-300, -299, 299, 300} {
		out = append(out, testCase[*delivery]{name: fmt.Sprintf("a signature that is %d seconds away is trusted", off), run: func(d *delivery) {
			d.trusts(d.payload, d.signature, d.now.Add(time.Duration(off)*time.Second))
		}})
	}
	return out
}

func distrustedCases() []testCase[*delivery] {
	var out []testCase[*delivery]
	add := func(name string, run func(d *delivery)) {
		out = append(out, testCase[*delivery]{name: name, run: run})
	}
	for _, off := range []int{-301, 301, -86400, 86400, 10 * 365 * 86400} {
		add(fmt.Sprintf("a signature that is %d seconds away is refused", off), func(d *delivery) {
			d.distrusts("time", d.payload, d.signature, d.now.Add(time.Duration(off)*time.Second))
		})
	}
	add("a signature with another secret is refused", func(d *delivery) {
		d.distrusts("another secret", d.payload, d.Forge(d.payload, d.now), d.now)
	})
	add("a payload that is changed in any byte is refused", func(d *delivery) {
		for i := range d.payload {
			changed := bytes.Clone(d.payload)
			changed[i] ^= 1
			d.distrusts(fmt.Sprintf("byte %d changed", i), changed, d.signature, d.now)
		}
	})
	for _, bad := range []struct {
		name   string
		change func(payload []byte) []byte
	}{
		{"with a line feed behind", func(b []byte) []byte { return append(bytes.Clone(b), '\n') }},
		{"with a blank before", func(b []byte) []byte { return append([]byte{' '}, b...) }},
		{"that is cut", func(b []byte) []byte { return b[:len(b)-1] }},
		{"that is empty", func([]byte) []byte { return nil }},
		{"that stands twice", func(b []byte) []byte { return append(bytes.Clone(b), b...) }},
		{"of another event", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("suite_1"), []byte("suite_2")) }},
	} {
		add("a payload "+bad.name+" is refused", func(d *delivery) {
			d.distrusts("payload "+bad.name, bad.change(d.payload), d.signature, d.now)
		})
	}
	for _, bad := range []struct {
		name   string
		change func(signature string) string
	}{
		{"that is missing", func(string) string { return "" }},
		{"that is a word", func(string) string { return canary }},
		{"of 1 MiB", func(s string) string { return s + "," + strings.Repeat("v1=00,", 1<<20/6) }},
		{"that is only commas", func(string) string { return strings.Repeat(",", 5000) }},
		{"that is not text", func(string) string { return "\x00\xff=\xfe" }},
		{"with other digits", func(s string) string { return strings.Map(hexToZero, s) }},
	} {
		add("a signature "+bad.name+" is refused at once", func(d *delivery) {
			d.distrusts("signature "+bad.name, d.payload, bad.change(d.signature), d.now)
		})
	}
	add("a signature that is cut is refused, wherever it is cut", func(d *delivery) {
		for i := range d.signature {
			d.distrusts(fmt.Sprintf("first %d bytes of the signature", i), d.payload, d.signature[:i], d.now)
		}
	})
	for _, text := range []string{"", "null", "[]", "{}", "not json", `{"id":`, `"canary@canary.example.com"`, "\xff\xfe"} {
		add(fmt.Sprintf("a payload of %q is no event, even when it is signed", text), func(d *delivery) {
			d.distrusts("payload", []byte(text), d.Sign([]byte(text), d.now), d.now)
		})
	}
	return out
}

// hexToZero makes a hexadecimal sum one of zeros.
func hexToZero(r rune) rune {
	if r >= 'a' && r <= 'f' {
		return '0'
	}
	return r
}
