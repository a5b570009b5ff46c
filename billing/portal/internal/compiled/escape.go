package compiled

import (
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
)

// escaper writes a text so that it fits a place in a page, as html/template does.
type escaper struct {
	append func(dst []byte, s string) []byte
	html   bool // what is HTML already is written as it is
}

// escapers are known by the functions that html/template puts behind a value, without their prefix.
var escapers = map[string]*escaper{
	"htmlescaper":                         {appendHTML, true},
	"rcdataescaper":                       {appendHTML, false},
	"attrescaper":                         {appendHTML, false},
	"urlfilter urlnormalizer attrescaper": {appendLink, false},
	"urlnormalizer attrescaper":           {appendURL, false},
	"urlescaper attrescaper":              {appendQuery, false},
}

// value writes a value. Types of html/template say what their texts are: of those only HTML is known here.
func (e *escaper) value(dst []byte, v reflect.Value) []byte {
	if !v.IsValid() {
		unsupportedf("no value")
	}
	switch t := v.Type(); {
	case t == reflect.TypeFor[string]():
		return e.append(dst, v.String())
	case t == reflect.TypeFor[template.HTML]():
		if e.html {
			return append(dst, v.String()...)
		}
		unsupportedf("HTML within a tag")
	case t == reflect.TypeFor[int]():
		return strconv.AppendInt(dst, v.Int(), 10)
	case v.Kind() == reflect.String && plain(t):
		return e.append(dst, v.String())
	}
	unsupportedf("%s as text", v.Type())
	return nil
}

// plain tells whether a type of texts says nothing else about itself.
func plain(t reflect.Type) bool {
	return t.PkgPath() != "html/template" && !t.Implements(reflect.TypeFor[fmt.Stringer]()) && !t.Implements(reflect.TypeFor[error]())
}

// appendHTML writes a text into content, or into a value of an attribute in quotes.
func appendHTML(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		var instead string
		switch s[i] {
		case 0:
			instead = "\uFFFD"
		case '"':
			instead = "&#34;"
		case '&':
			instead = "&amp;"
		case '\'':
			instead = "&#39;"
		case '+':
			instead = "&#43;"
		case '<':
			instead = "&lt;"
		case '>':
			instead = "&gt;"
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), instead...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// appendLink writes a whole URL. One that is neither relative nor of a scheme that is known to be harmless is not
// written.
func appendLink(dst []byte, s string) []byte {
	scheme, _, found := strings.Cut(s, ":")
	if found && !strings.Contains(scheme, "/") &&
		!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "mailto") {
		s = "#ZgotmplZ"
	}
	return appendURL(dst, s)
}

// appendURL writes a part of a URL whose marks keep their meaning.
func appendURL(dst []byte, s string) []byte {
	return appendPercent(dst, s, "!#$&*+,/:;=?@[]", true)
}

// appendQuery writes a value into the query of a URL.
func appendQuery(dst []byte, s string) []byte { return appendPercent(dst, s, "", false) }

// appendPercent writes what may not stand in a URL as percent signs and digits. The marks may stand there, and so may
// what is written that way already, if it is to be kept.
func appendPercent(dst []byte, s, marks string, keep bool) []byte {
	const digits = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanumeric(c), strings.IndexByte("-._~", c) >= 0, c == '%' && keep && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			dst = append(dst, c)
		case strings.IndexByte(marks, c) >= 0:
			dst = appendHTML(dst, s[i:i+1])
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
