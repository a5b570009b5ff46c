package apimodel_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
)

// form is what the tests decode into: a member that must be there, one that need not, and values of other kinds.
type form struct {
	Email string  `json:"email"`
	Note  *string `json:"note,omitempty"`
	Deep  any     `json:"deep,omitempty"`
	Count *int    `json:"count,omitempty"`
}

// nested is so many lists in each other.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestDecodeTakesPlainObjects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sent, email string }{
		"the member that must be there": {`{"email":"a@b.example"}`, "a@b.example"},
		"white space around everything": {" \t\r\n{ \"email\" : \"a\" } \n", "a"},
		"members in any order":          {`{"note":"x","email":"a"}`, "a"},
		"a name with an escape in it":   {`{"em\u0061il":"a"}`, "a"},
		"a pair of surrogates":          {`{"email":"\ud83d\ude00 \uD83D\uDE00"}`, "\U0001F600 \U0001F600"},
		"a backslash before a u":        {`{"email":"\\ud83d"}`, `\ud83d`},
		"an escape beside a backslash":  {`{"email":"\\\u0041"}`, `\A`},
		"digits after another escape":   {`{"email":"\nd83d"}`, "\nd83d"},
		"a zero byte, escaped":          {`{"email":"\u0000"}`, "\x00"},
		"an empty text":                 {`{"email":""}`, ""},
		"lists as deep as they may be":  {`{"email":"a","deep":` + nested(apimodel.MaxDepth-1) + `}`, "a"},
		"objects with the same names":   {`{"email":"a","deep":[{"x":1},{"x":2}]}`, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out form
			require.NoError(t, apimodel.Decode([]byte(c.sent), &out))
			require.Equal(t, c.email, out.Email)
		})
	}
}

// TestDecodeRefusesTricks (T8): each of these is taken by some JSON library, and read differently by another.
func TestDecodeRefusesTricks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sent, field string }{
		"nothing":                              {``, ""},
		"white space":                          {" \n", ""},
		"not JSON":                             {`email=a`, ""},
		"an object that does not end":          {`{"email":"a"`, ""},
		"a list":                               {`["a"]`, ""},
		"a text":                               {`"a"`, ""},
		"null":                                 {`null`, ""},
		"a name twice":                         {`{"email":"a","email":"b"}`, ""},
		"a name twice, once with an escape":    {`{"email":"a","em\u0061il":"b"}`, ""},
		"a name twice, deeper down":            {`{"email":"a","deep":{"x":1,"x":2}}`, ""},
		"a name twice, in a list":              {`{"email":"a","deep":[{"x":1,"x":2}]}`, ""},
		"a name in other case":                 {`{"Email":"a"}`, ""},
		"a name in both cases":                 {`{"email":"a","EMAIL":"b"}`, ""},
		"a name with a long s, which folds":    {`{"email":"a","note":"b","deep":1,"de\u0065p":2}`, ""},
		"an unknown name":                      {`{"email":"a","tenant":"b"}`, ""},
		"an empty name":                        {`{"email":"a","":"b"}`, ""},
		"a name that must be there is missing": {`{"note":"x"}`, "email"},
		"nothing in the object":                {`{}`, "email"},
		"null for what must be there":          {`{"email":null}`, ""},
		"null for what need not be there":      {`{"email":"a","note":null}`, ""},
		"a number for a text":                  {`{"email":1}`, "email"},
		"a list for a text":                    {`{"email":["a"]}`, "email"},
		"an object for a text":                 {`{"email":{"a":"b"}}`, "email"},
		"a fraction for a count":               {`{"email":"a","count":1.5}`, "count"},
		"a number beyond all bounds":           {`{"email":"a","count":1e400}`, ""},
		"data after the object":                {`{"email":"a"}{"email":"b"}`, ""},
		"text after the object":                {`{"email":"a"} x`, ""},
		"a byte order mark":                    {"\xef\xbb\xbf{\"email\":\"a\"}", ""},
		"another encoding":                     {"{\x00\"\x00e\x00", ""},
		"a byte that is not UTF-8":             {"{\"email\":\"\xff\"}", ""},
		"an overlong encoding":                 {"{\"email\":\"\xc0\xaf\"}", ""},
		"half of a pair":                       {`{"email":"\ud83d"}`, ""},
		"half of a pair, then text":            {`{"email":"\ud83dx"}`, ""},
		"half of a pair, then another escape":  {`{"email":"\ud83d\n"}`, ""},
		"half of a pair, then other digits":    {`{"email":"\ud83d\nde00"}`, ""},
		"half of a pair, then another half":    {`{"email":"\ud83d\ud83d\ude00"}`, ""},
		"a pair the wrong way round":           {`{"email":"\ude00\ud83d"}`, ""},
		"half of a pair in a name":             {`{"email":"a","\ud83d":1}`, ""},
		"a comment":                            {`{"email":"a"/**/}`, ""},
		"a comma too many":                     {`{"email":"a",}`, ""},
		"a name without quotes":                {`{email:"a"}`, ""},
		"quotes of another kind":               {`{'email':'a'}`, ""},
		"a bare line break in a text":          {"{\"email\":\"a\nb\"}", ""},
		"not a number":                         {`{"email":"a","deep":NaN}`, ""},
		"a leading zero":                       {`{"email":"a","count":01}`, ""},
		"one level too deep":                   {`{"email":"a","deep":` + nested(apimodel.MaxDepth) + `}`, ""},
		"ten thousand levels":                  {`{"email":"a","deep":` + nested(10_000) + `}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out form
			err := apimodel.Decode([]byte(c.sent), &out)
			var malformed *apimodel.Error
			require.ErrorAs(t, err, &malformed)
			require.Equal(t, c.field, malformed.Field)
			want := "malformed json"
			if c.field != "" {
				want += ": " + c.field
			}
			require.EqualError(t, err, want, "what was sent is not repeated")
		})
	}
}

// FuzzDecode: whatever is taken means one thing. It is written again as the members that were read, and a lenient reader
// sees the same in it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"email":"a@b.example"}`, `{"email":"a","note":"b"}`, `{"email":"\ud83d\ude00"}`, `{"email":"a","email":"b"}`,
		`{"email":"\ud83d"}`, `{"Email":"a"}`, `{"email":"a","deep":[{"x":1,"x":2}]}`, `{"email":"a"}x`, `null`, `{"email":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var out form
		if apimodel.Decode(data, &out) != nil {
			return
		}
		var lenient map[string]any
		require.NoError(t, json.Unmarshal(data, &lenient))
		require.Equal(t, lenient["email"], out.Email)
		const replaced = "\ufffd"
		was := strings.Count(string(data), replaced) + strings.Count(strings.ToLower(string(data)), `\ufffd`)
		require.LessOrEqual(t, strings.Count(out.Email, replaced), was, "nothing was replaced in silence")
		again, err := json.Marshal(out)
		require.NoError(t, err)
		var second form
		require.NoError(t, apimodel.Decode(again, &second), "%s", again)
		require.Equal(t, out.Email, second.Email)
	})
}
