package wire

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Text is a string of any bytes. It is a JSON string, or {"base64":"…"} where it is not valid UTF-8, which JSON cannot
// hold.
type Text string

const (
	bytesBegin = `{"base64":"`
	bytesEnd   = `"}`
)

// MarshalJSON writes the one spelling of the text.
func (t Text) MarshalJSON() ([]byte, error) {
	return AppendText(make([]byte, 0, len(t)+2), string(t)), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Text) UnmarshalJSON(data []byte) error {
	s, rest, ok := CutText(string(data))
	if !ok || rest != "" {
		return ErrForm
	}
	*t = Text(s)
	return nil
}

// AppendText appends the JSON of a text.
func AppendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, bytesBegin...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s))
		return append(b, bytesEnd...)
	}
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			continue
		}
		b = append(b, '\\', c)
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// CutText reads the text with which s begins, and gives what follows it. It accepts only the spelling of [AppendText]. The
// text is a part of s wherever it can be.
func CutText(s string) (text, rest string, ok bool) {
	if strings.HasPrefix(s, bytesBegin) {
		return cutBytes(s)
	}
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			text = s[1:i]
			return text, s[i+1:], utf8.ValidString(text)
		case c == '\\':
			return cutEscaped(s, i)
		case c < ' ':
			return "", "", false
		}
	}
	return "", "", false
}

// cutEscaped reads a text whose first escape is at an index.
func cutEscaped(s string, at int) (text, rest string, ok bool) {
	end := at
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s) {
		return "", "", false
	}
	spelled := s[:end+1]
	if json.Unmarshal([]byte(spelled), &text) != nil || string(AppendText(nil, text)) != spelled {
		return "", "", false
	}
	return text, s[end+1:], true
}

func cutBytes(s string) (text, rest string, ok bool) {
	body, rest, ok := strings.Cut(s[len(bytesBegin):], bytesEnd)
	if !ok {
		return "", "", false
	}
	data, err := base64.StdEncoding.Strict().DecodeString(body)
	if err != nil || utf8.Valid(data) || strings.ContainsAny(body, "\r\n") {
		return "", "", false
	}
	return string(data), rest, true
}
