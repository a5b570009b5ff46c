package stripefake

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A paramRule says what one parameter of a route may be. The table of routes writes rules as words:
//
//	customer!                 required
//	description?<=1500        may be empty, which unsets it; at most so many characters
//	due_date[lt]:int          a number; also :bool, :time (seconds), :cents, and :a|b for one of a list
//	metadata[*]?              any name in the brackets; [] is any index
type paramRule struct {
	path     []string
	kind     string
	choices  []string
	most     int
	required bool
	empty    bool
}

func parseRules(words string) []paramRule {
	var rules []paramRule
	for _, word := range strings.Fields(words) {
		rules = append(rules, parseRule(word))
	}
	return rules
}

func parseRule(word string) paramRule {
	var r paramRule
	if name, kind, ok := strings.Cut(word, ":"); ok {
		word, r.kind = name, kind
	}
	if name, most, ok := strings.Cut(word, "<="); ok {
		word = name
		r.most, _ = strconv.Atoi(most)
	}
	word, r.required = strings.CutSuffix(word, "!")
	word, r.empty = strings.CutSuffix(word, "?")
	if strings.Contains(r.kind, "|") {
		r.choices = strings.Split(r.kind, "|")
	}
	r.path = splitKey(word)
	return r
}

// splitKey takes a[b][c] apart. What is not of that form stays whole.
func splitKey(key string) []string {
	head, rest, nested := strings.Cut(key, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !nested || !closed {
		return []string{key}
	}
	return append([]string{head}, strings.Split(rest, "][")...)
}

func (r paramRule) matches(path []string) bool {
	if len(path) != len(r.path) {
		return false
	}
	for i, want := range r.path {
		switch {
		case want == "*" && path[i] != "":
		case want == "" && (isIndex(path[i]) || path[i] == "" && i == len(path)-1):
		case want != path[i]:
			return false
		}
	}
	return true
}

func isIndex(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0
}

// params are the parameters of a request, under their keys as sent.
type params url.Values

// check refuses what the rules do not know or allow. The order of complaints is that of the keys.
func (p params) check(rules []paramRule) *apiError {
	keys := make([]string, 0, len(p))
	for key := range p {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		i := slices.IndexFunc(rules, func(r paramRule) bool { return r.matches(splitKey(key)) })
		if i < 0 {
			e := invalid("parameter_unknown", key, "Received unknown parameter: %s", key)
			e.complaint = true
			return e
		}
		for _, value := range p[key] {
			if e := rules[i].check(key, value); e != nil {
				return e
			}
		}
	}
	for _, rule := range rules {
		if rule.required && len(p[rule.path[0]]) == 0 {
			return invalid("parameter_missing", rule.path[0], "Missing required param: %s.", rule.path[0])
		}
	}
	return nil
}

func (r paramRule) check(key, value string) *apiError {
	if value == "" {
		if r.empty {
			return nil
		}
		return invalid("parameter_invalid_empty", key, "You passed an empty string for '%s'. We assume empty values are an "+
			"attempt to unset a parameter; however '%s' cannot be unset. You should remove '%s' from your request or supply "+
			"a non-empty value.", key, key, key)
	}
	if r.most > 0 && len([]rune(value)) > r.most {
		return invalid("parameter_invalid_string_maximum", key, "Invalid string: must be at most %d characters", r.most)
	}
	switch {
	case r.choices != nil:
		if !slices.Contains(r.choices, value) {
			return invalid("", key, "Invalid %s: must be one of %s, or %s", key,
				strings.Join(r.choices[:len(r.choices)-1], ", "), r.choices[len(r.choices)-1])
		}
	case r.kind == "int" || r.kind == "time" || r.kind == "cents":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return invalid("parameter_invalid_integer", key, "Invalid integer: %s", value)
		}
	case r.kind == "bool":
		if value != "true" && value != "false" {
			return invalid("", key, "Invalid boolean: %s", value)
		}
	}
	return nil
}

func (p params) has(key string) bool { return len(p[key]) > 0 }

// text is the last value of a key, as Stripe takes it.
func (p params) text(key string) string {
	if v := p[key]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

func (p params) number(key string) int64 {
	n, _ := strconv.ParseInt(p.text(key), 10, 64) // checked by the rules
	return n
}

func (p params) truth(key string) bool { return p.text(key) == "true" }

func (p params) instant(key string) time.Time { return time.Unix(p.number(key), 0).UTC() }

// list gives the values of key[] or key[0], key[1] and so on.
func (p params) list(key string) []string {
	out := slices.Clone(p[key+"[]"])
	for _, at := range p.elements(key) {
		out = append(out, p.text(at))
	}
	return out
}

// elements gives key[0], key[1] and so on, in the order of their numbers.
func (p params) elements(key string) []string {
	var numbers []int
	for name := range p {
		if path := splitKey(name); len(path) > 1 && path[0] == key && isIndex(path[1]) {
			n, _ := strconv.Atoi(path[1])
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	var out []string
	for _, n := range slices.Compact(numbers) {
		out = append(out, key+"["+strconv.Itoa(n)+"]")
	}
	return out
}

// dict changes a map as Stripe does: a key that is set is added, an empty value takes it away, an empty map takes all
// away. The old map stays as it is.
func (p params) dict(key string, old map[string]string) map[string]string {
	out := map[string]string{}
	if !p.has(key) || p.text(key) != "" {
		for k, v := range old {
			out[k] = v
		}
	}
	for name := range p {
		path := splitKey(name)
		if len(path) != 2 || path[0] != key {
			continue
		}
		if value := p.text(name); value == "" {
			delete(out, path[1])
		} else {
			out[path[1]] = value
		}
	}
	return out
}

// within tells whether an instant fits key, key[gt], key[gte], key[lt] and key[lte]; no instant fits none of them.
func (p params) within(key string, t time.Time) bool {
	for suffix, fits := range map[string]func(order int) bool{
		"": func(o int) bool { return o == 0 }, "[gt]": func(o int) bool { return o > 0 },
		"[gte]": func(o int) bool { return o >= 0 }, "[lt]": func(o int) bool { return o < 0 },
		"[lte]": func(o int) bool { return o <= 0 },
	} {
		if p.has(key+suffix) && (t.IsZero() || !fits(t.Truncate(time.Second).Compare(p.instant(key+suffix)))) {
			return false
		}
	}
	return true
}

// metadataFault checks what Stripe checks of metadata.
func metadataFault(m map[string]string) *apiError {
	const most, mostKey, mostValue = 50, 40, 500
	if len(m) > most {
		return invalid("", "metadata", "Metadata can have up to %d keys", most)
	}
	for key, value := range m {
		if len([]rune(key)) > mostKey {
			return invalid("", "metadata", "Metadata keys can have up to %d characters", mostKey)
		}
		if len([]rune(value)) > mostValue {
			return invalid("", "metadata", "Metadata values can have up to %d characters", mostValue)
		}
	}
	return nil
}
