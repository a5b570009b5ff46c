package frozen

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// filler sets every exported field to something that it is not by itself, each to something else.
type filler struct {
	t *testing.T
	n int
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	if x, ok := f.known(v.Type()); ok {
		v.Set(reflect.ValueOf(x))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d \xff", f.n))
	case reflect.Int:
		v.SetInt(int64(f.n))
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key)
			f.fill(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			require.True(f.t, v.Type().Field(i).IsExported(), "%s has a field that cannot be filled", v.Type())
			f.fill(v.Field(i))
		}
	default:
		f.t.Fatalf("no value for %s", v.Type())
	}
}

// known gives values of types whose fields cannot be seen, or that have few values.
func (f *filler) known(of reflect.Type) (any, bool) {
	amount, err := money.FromMinor(int64(f.n), "USD")
	require.NoError(f.t, err)
	terms, err := invoice.Net(f.n % 300)
	require.NoError(f.t, err)
	day := civil.MustDate(2026, 1, 1).AddDays(f.n)
	period, err := civil.NewPeriod(day, day.AddDays(30), time.UTC)
	require.NoError(f.t, err)
	for _, x := range []any{
		decimal.New(int64(f.n), -3), amount, terms, day, period, invoice.Open, pricing.Package, money.HalfEven,
		usage.ProratedUnits, usage.OverTenant,
	} {
		if reflect.TypeOf(x) == of {
			return x, true
		}
	}
	return nil, false
}

// TestNoFieldIsForgotten: a field that is added to an invoice or a plan has to be written, too.
func TestNoFieldIsForgotten(t *testing.T) {
	t.Parallel()
	f := &filler{t: t}
	for range 3 {
		var in struct {
			Agreement provider.Agreement
			Invoices  []invoice.Invoice
			Late      []Late
			Customer  string
		}
		f.fill(reflect.ValueOf(&in).Elem())
		m := Month{Customer: in.Customer, Agreement: in.Agreement, Invoices: in.Invoices, Late: in.Late}
		text, err := wire.Append(nil, &frozenLine{Frozen: encodeHead(&m)})
		require.NoError(t, err)
		var back frozenLine
		require.NoError(t, wire.Read(string(text[:len(text)-1]), &back))
		got, err := back.Frozen.month()
		require.NoError(t, err)
		require.Equal(t, &m, got)
	}
}
