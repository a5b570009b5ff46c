package words

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// countName is the argument that chooses a plural form.
const countName = "count"

// maxText bounds a text, in bytes.
const maxText = 2000

// message is one text, or its plural forms. A form that the language does not have is nil.
type message struct {
	forms  [categories][]part
	choose func(number) category // nil: there is only the form "other"
	names  []string              // arguments of all forms, sorted
}

// part is a piece of a text: either text as it stands, or the name of an argument.
type part struct{ text, name string }

// form gives the form for a number.
func (m *message) form(n number, counted bool) []part {
	if m.choose != nil && counted {
		if parts := m.forms[m.choose(n)]; parts != nil {
			return parts
		}
	}
	return m.forms[other]
}

// newMessage reads the forms of a message in a language. A message without plural forms has only "other".
func newMessage(rule pluralRule, forms map[string]string, plural bool) (message, error) {
	var m message
	if plural {
		m.choose, m.names = rule.choose, []string{countName}
		if err := rule.check(forms); err != nil {
			return m, err
		}
	}
	for name, text := range forms {
		parts, err := parseText(text)
		if err != nil {
			return m, err
		}
		m.forms[categoryOf(name)] = parts
		m.names = append(m.names, namesIn(parts)...)
	}
	slices.Sort(m.names)
	m.names = slices.Compact(m.names)
	for of, parts := range m.forms { // "one tenant" needs no number; everything else stands in every form
		missing := without(m.names, append(namesIn(parts), countName))
		if parts != nil && len(missing) > 0 {
			return m, fmt.Errorf("the plural form %q lacks {%s}", category(of), missing[0])
		}
	}
	return m, nil
}

// differs tells how a message is not the original in other words; empty: it is.
func (m message) differs(from layer, key string) string {
	original, known := from[key]
	if !known {
		return "there is no such message"
	}
	if extra := without(m.names, original.names); len(extra) > 0 {
		return fmt.Sprintf("{%s} is not in the English text", clip(extra[0]))
	}
	if missing := without(original.names, m.names); len(missing) > 0 {
		return fmt.Sprintf("{%s} of the English text is missing", missing[0])
	}
	return ""
}

// without gives what is in a and not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func namesIn(parts []part) []string {
	var names []string
	for _, p := range parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// parseText reads a text with {names}.
func parseText(s string) ([]part, error) {
	if err := checkText(s); err != nil {
		return nil, err
	}
	var parts []part
	for s != "" {
		text, rest, found := strings.Cut(s, "{")
		if strings.Contains(text, "}") {
			return nil, errors.New("} without {")
		}
		if text != "" {
			parts = append(parts, part{text: text})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !isName(name) {
			return nil, errors.New("{ is not followed by the name of an argument and }")
		}
		parts = append(parts, part{name: name})
		s = after
	}
	return parts, nil
}

// checkText refuses what is no plain line of text.
func checkText(s string) error {
	switch {
	case s == "":
		return errors.New("the text is empty")
	case len(s) > maxText:
		return fmt.Errorf("the text is longer than %d bytes", maxText)
	case strings.TrimSpace(s) != s:
		return errors.New("the text begins or ends with a space")
	case strings.ContainsAny(s, "<>") || hasEntity(s):
		return errors.New("the text has HTML in it")
	case strings.ContainsRune(s, utf8.RuneError) || strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("the text has a character in it that cannot be shown")
	}
	return nil
}

// hasEntity finds a character reference of HTML, such as &amp; or &#39;.
func hasEntity(s string) bool {
	for {
		_, rest, found := strings.Cut(s, "&")
		if !found {
			return false
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != '#' && !isAlphanumeric(r) })
		if end > 0 && rest[end] == ';' {
			return true
		}
		s = rest
	}
}

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// isName tells whether s is lower_snake.
func isName(s string) bool {
	if s == "" || len(s) > 30 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) < 0
}
