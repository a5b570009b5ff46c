package stripefake

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// obj is a JSON object.
type obj = map[string]any

func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("stripefake: " + err.Error())
	}
	return out.Bytes()
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// The spellings of absence: Stripe has null where Go has a zero value.

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func metadataOf(m map[string]string) obj {
	out := obj{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// listOf wraps the first objects of a list that is part of another object.
func listOf(data []any, more bool, url string) obj {
	if data == nil {
		data = []any{}
	}
	return obj{"object": "list", "data": data, "has_more": more, "url": url}
}
