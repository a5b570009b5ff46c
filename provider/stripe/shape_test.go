package stripe

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFieldThatIsMissingIsNeverZero: for each object and each of its fields, alone, in a list, and inside another one.
func TestAFieldThatIsMissingIsNeverZero(t *testing.T) {
	t.Parallel()
	for kind, fields := range required {
		whole := map[string]any{"object": kind}
		for _, field := range fields {
			whole[field] = nil
		}
		check := func(body any, collection string) error {
			raw, err := json.Marshal(body)
			require.NoError(t, err)
			return checkShape(raw, collection)
		}
		list := func(item any) any {
			return map[string]any{"object": "list", "has_more": false, "data": []any{item}}
		}
		collection := map[bool]string{true: kind}[collections[kind]]
		require.NoError(t, check(whole, collection), kind)
		require.NoError(t, check(list(whole), "list"), kind)
		for _, field := range fields {
			less := map[string]any{}
			for k, v := range whole {
				if k != field {
					less[k] = v
				}
			}
			for _, body := range []any{less, list(less), list(map[string]any{"object": "price", "inside": less})} {
				top, _ := body.(map[string]any)
				in := collection
				if top["object"] == "list" {
					in = "list"
				}
				var missing *shapeError
				require.ErrorAs(t, check(body, in), &missing, "%s without %s", kind, field)
				require.Equal(t, shapeError{kind, field}, *missing)
				require.Equal(t, "the answer lacks "+kind+"."+field+": another API version?", missing.Error())
			}
			less["deleted"] = true
			require.NoError(t, check(less, collection), "of what was deleted nothing is left")
		}
	}
}

// TestShapesOfLaterVersionsAreRefused: what the SDK would read without an error, as zeros.
func TestShapesOfLaterVersionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"2025-03-31: an invoice without paid, with parent": `{"object":"invoice","id":"in_1","customer":"cus_1","livemode":false,"status":"open",
			"currency":"usd","created":1,"collection_method":"send_invoice","amount_due":1,"amount_paid":0,"amount_remaining":1,"subtotal":1,
			"total":1,"total_taxes":[],"lines":{"object":"list","data":[],"has_more":false},"parent":{},"pre_payment_credit_notes_amount":0,
			"post_payment_credit_notes_amount":0,"period_start":1,"period_end":2,"status_transitions":{}}`,
		"2025-03-31: a subscription whose period is with its items": `{"object":"subscription","id":"sub_1","customer":"cus_1","livemode":false,
			"status":"active","cancel_at_period_end":false,"items":{"object":"list","data":[],"has_more":false}}`,
		"2025-03-31: a line with pricing": `{"object":"line_item","id":"il_1","amount":1,"currency":"usd","livemode":false,"metadata":{},
			"period":{},"pricing":{}}`,
		"2025-09-30: a discount with a source": `{"object":"discount","id":"di_1","start":1,"end":null,"source":{"type":"coupon","coupon":"x"}}`,
		"a v2 list":                            `{"data":[],"next_page_url":null}`,
		"a v2 event":                           `{"object":"v2.core.event","id":"evt_1"}`,
	} {
		var missing *shapeError
		require.ErrorAs(t, checkShape([]byte(body), ""), &missing, name)
	}
	for _, tc := range []struct{ body, want string }{
		{`{"object":"list","data":[],"has_more":false}`, ""},
		{`{"object":"list","data":[],"has_more":false}`, "search_result"},
		{`{"object":"search_result","data":[],"has_more":false}`, "list"},
		{aCustomer, "list"},
		{`"customer"`, ""},
		{`null`, ""},
		{`[]`, "list"},
		{`{"object":7}`, ""},
	} {
		require.Error(t, checkShape([]byte(tc.body), tc.want), "%s as %q", tc.body, tc.want)
	}
}
