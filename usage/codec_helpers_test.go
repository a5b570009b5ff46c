package usage_test

import (
	"bytes"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// encode writes a statement.
func encode(t require.TestingT, st *usage.Statement) []byte {
	var b bytes.Buffer
	require.NoError(t, usage.EncodeStatement(&b, st))
	return b.Bytes()
}

// explained is how many rows of a group are compared by their derivations.
const explained = 50

// roundTrip writes a statement, reads it, and compares everything that can be seen of it.
func roundTrip(t require.TestingT, st *usage.Statement) *usage.Statement {
	text := encode(t, st)
	back, err := usage.DecodeStatement(bytes.NewReader(text))
	require.NoError(t, err, "%s", text)
	require.Equal(t, string(text), string(encode(t, back)), "the same bytes again")
	require.Empty(t, differs("statement", reflect.ValueOf(st).Elem(), reflect.ValueOf(back).Elem()), "%s", text)
	for i := range st.Tenants {
		for g := range st.Tenants[i].Groups {
			before, after := &st.Tenants[i].Groups[g], &back.Tenants[i].Groups[g]
			require.Equal(t, before.HasRows(), after.HasRows())
			require.Equal(t, slices.Collect(before.Rows()), slices.Collect(after.Rows()))
			n := 0
			for row := range before.Rows() {
				if n++; n%(1+before.Users/explained) != 0 {
					continue // explaining a row looks for it
				}
				a, err := st.Explain(st.Tenants[i].ID, row.User)
				require.NoError(t, err)
				b, err := back.Explain(st.Tenants[i].ID, row.User)
				require.NoError(t, err)
				require.Empty(t, differs("derivation", reflect.ValueOf(a), reflect.ValueOf(b)))
				require.Equal(t, a.Lines(), b.Lines())
			}
		}
	}
	return back
}

// sameDocuments compares the invoices and the reports that are made of two statements.
func sameDocuments(t testing.TB, st, back *usage.Statement) {
	t.Helper()
	for _, opt := range []invoice.Options{{}, {PerGroup: true}, {MaxLines: 5}, {OmitZero: true}} {
		before, err1 := invoice.FromStatement(st, opt)
		after, err2 := invoice.FromStatement(back, opt)
		require.Equal(t, fmt.Sprint(err1), fmt.Sprint(err2))
		require.Empty(t, differs("invoices", reflect.ValueOf(before), reflect.ValueOf(after)))
	}
	files := func(st *usage.Statement) (out []string) {
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error {
				_, err := report.Workbook(t.Context(), b, st, report.Options{Workers: 1})
				return err
			},
			func(b *bytes.Buffer) error { _, err := report.CSV(t.Context(), b, st, report.Options{}); return err },
			func(b *bytes.Buffer) error {
				_, err := report.JSONLines(t.Context(), b, st, report.Options{})
				return err
			},
		} {
			var b bytes.Buffer
			err := write(&b)
			out = append(out, fmt.Sprint(err), b.String())
		}
		return out
	}
	before, after := files(st), files(back)
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("document %d differs", i)
		}
	}
}

// differs tells where two values differ in what can be seen of them: decimals by their places, too.
func differs(where string, a, b reflect.Value) string {
	if problem, known := differsIn(where, a.Interface(), b.Interface()); known {
		return problem
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() != b.IsNil() {
			return where + " is missing on one side"
		}
		if a.IsNil() {
			return ""
		}
		return differs(where, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if field := a.Type().Field(i); field.IsExported() {
				if problem := differs(where+"."+field.Name, a.Field(i), b.Field(i)); problem != "" {
					return problem
				}
			}
		}
		return ""
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s has %d and %d", where, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if problem := differs(fmt.Sprintf("%s[%d]", where, i), a.Index(i), b.Index(i)); problem != "" {
				return problem
			}
		}
		return ""
	}
	if a.Interface() != b.Interface() {
		return fmt.Sprintf("%s: %v and %v", where, a, b)
	}
	return ""
}

// differsIn compares values whose fields cannot be seen.
func differsIn(where string, x, y any) (problem string, known bool) {
	text := func(v any) string {
		switch v := v.(type) {
		case decimal.Decimal:
			return fmt.Sprint(v.Coefficient(), "e", v.Exponent())
		case *big.Rat:
			if v == nil {
				return "none"
			}
			return v.String()
		case usage.Quantity:
			if !v.Known {
				return "unknown"
			}
			return fmt.Sprint(v.Value.Coefficient(), "e", v.Value.Exponent())
		case money.Amount:
			return v.String()
		case civil.Date:
			return v.String()
		case civil.Period:
			return fmt.Sprint(v, v.Zone(), v.Next(), v.Prev())
		case time.Time:
			return v.UTC().Format(time.RFC3339Nano)
		case invoice.Terms:
			return v.String()
		}
		known = true
		return ""
	}
	a, b := text(x), text(y)
	if known {
		return "", false
	}
	if a != b {
		return fmt.Sprintf("%s: %s and %s", where, a, b), true
	}
	return "", true
}
