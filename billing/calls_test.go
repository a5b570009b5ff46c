package billing_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// thing is the id of what an operation is done to.
func (h *house) thing(account string, r rbactest.Resource, of func(*seeded) string) string {
	switch r {
	case rbactest.InTarget:
		if s, ok := h.accounts[account]; ok {
			return of(s)
		}
		return of(h.accounts[rbactest.Home])
	case rbactest.Elsewhere:
		other := rbactest.Other.AccountOf()
		if account == other {
			other = rbactest.Home
		}
		return of(h.accounts[other])
	case rbactest.Nonexistent:
		return "in_999999"
	}
	return "../x"
}

// call is an operation of an account as a function that gives all it returns. Every operation has one: see
// TestEveryOperationIsInTheTable.
type call struct {
	name   string
	things bool // it is done to something, which may lie elsewhere
	do     func(ctx context.Context, h *house, a *billing.Account, r rbactest.Resource) (any, error)
}

func invoiceOf(s *seeded) string   { return s.invoice }
func recipientOf(s *seeded) string { return s.recipient }

var calls = []call{
	{name: "BillingEmail", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.BillingEmail(ctx)
	}},
	{name: "ChangeBillingEmail", do: func(ctx context.Context, h *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		email := ""
		if s, ok := h.accounts[a.ID()]; ok {
			email = s.email
		}
		return a.ChangeBillingEmail(ctx, billing.EmailChange{Expected: email, New: email})
	}},
	{name: "Portal", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.Portal(ctx)
	}},
	{name: "OpenPortal", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		panel, err := a.Portal(ctx)
		if err != nil {
			_, err = a.OpenPortal(ctx, "") // what is not to be seen cannot be confirmed either
			return nil, err
		}
		return a.OpenPortal(ctx, panel.Confirm)
	}},
	{name: "Usage", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.Usage(ctx)
	}},
	{name: "History", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.History(ctx, billing.HistoryQuery{})
	}},
	{name: "Invoices", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.Invoices(ctx, billing.InvoicesQuery{})
	}},
	{name: "Invoice", things: true, do: func(ctx context.Context, h *house, a *billing.Account, r rbactest.Resource) (any, error) {
		return a.Invoice(ctx, h.thing(a.ID(), r, invoiceOf))
	}},
	{name: "InvoicePDF", things: true, do: func(ctx context.Context, h *house, a *billing.Account, r rbactest.Resource) (any, error) {
		panel, err := a.InvoicePDF(ctx, h.thing(a.ID(), r, invoiceOf))
		if err != nil || panel.Body == nil {
			return panel, err
		}
		defer panel.Body.Close()
		body, err := io.ReadAll(panel.Body)
		panel.Body = nil
		return []any{panel, string(body)}, err
	}},
	{name: "Recipients", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.Recipients(ctx)
	}},
	{name: "RecipientSettings", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.RecipientSettings(ctx)
	}},
	{name: "RevealRecipient", things: true, do: func(ctx context.Context, h *house, a *billing.Account, r rbactest.Resource) (any, error) {
		id := h.thing(a.ID(), r, recipientOf)
		if r == rbactest.Elsewhere && id == h.accounts[rbactest.Home].recipient {
			id = "rcp_foreign" // ids of recipients are only unique within their account
		}
		return a.RevealRecipient(ctx, id, "checking the address")
	}},
	{name: "PaymentMethods", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.PaymentMethods(ctx)
	}},
	{name: "Report", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		plan, err := a.Report(ctx, billing.ReportQuery{Month: "2026-10", Format: billing.CSV})
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		result, err := plan.WriteTo(ctx, &b)
		return []any{result, plan.FileName, b.String()}, err
	}},
	{name: "CollectReport", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		plan, err := a.Report(ctx, billing.ReportQuery{Month: "2026-10", Format: billing.CSV})
		if err != nil {
			return nil, a.CollectReport(ctx, nil)
		}
		if _, err := plan.WriteTo(ctx, io.Discard); err != nil {
			return nil, err
		}
		return plan.FileName, a.CollectReport(ctx, plan)
	}},
	{name: "ReportMonths", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.ReportMonths(ctx)
	}},
	{name: "Audit", do: func(ctx context.Context, _ *house, a *billing.Account, _ rbactest.Resource) (any, error) {
		return a.Audit(ctx, billing.AuditQuery{})
	}},
}

// acts counts the audited acts of a call: a report is made before it is collected.
func acts(op call) int {
	if op.name == "CollectReport" {
		return 2
	}
	return 1
}

// outcome words how an operation ended.
func outcome(err error) string {
	switch {
	case err == nil:
		return "allow"
	case errors.Is(err, billing.ErrForbidden):
		return "forbid"
	case errors.Is(err, billing.ErrNotFound):
		return "hide"
	}
	return err.Error()
}

// texts gives every text that can be reached from a value, also in fields that are not exported, and how the value
// prints.
func texts(v any) []string {
	out := []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v)}
	if data, err := json.Marshal(v); err == nil {
		out = append(out, string(data))
	}
	collect(reflect.ValueOf(v), &out, 0)
	return out
}

func collect(v reflect.Value, out *[]string, depth int) {
	if depth > 12 || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		*out = append(*out, v.String())
	case reflect.Pointer, reflect.Interface:
		collect(v.Elem(), out, depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), out, depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			collect(v.Index(i), out, depth+1)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			collect(k, out, depth+1)
			collect(v.MapIndex(k), out, depth+1)
		}
	}
}

// printed gives only how a value prints, logs and encodes.
func printed(v any) []string {
	out := []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v)}
	if data, err := json.Marshal(v); err == nil {
		out = append(out, string(data))
	}
	return out
}

// foreign finds canaries of accounts other than the one allowed.
func (h *house) foreign(allowed string, texts ...string) string {
	for id, s := range h.accounts {
		if id == allowed {
			continue
		}
		for _, text := range texts {
			if strings.Contains(text, s.canary) || strings.Contains(text, s.Customer) {
				return fmt.Sprintf("canary of %s in %.200q", id, text)
			}
		}
	}
	return ""
}

// unzip gives the text of all parts of a workbook.
func unzip(t testing.TB, data []byte) []string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var out []string
	for _, f := range r.File {
		part, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(part)
		require.NoError(t, err)
		out = append(out, string(body))
	}
	return out
}

// alter changes the answer of a call.
func alter[T any](change func(*T)) func(any) {
	return func(answer any) {
		if v, ok := answer.(*T); ok {
			change(v)
		}
	}
}
