package memory_test

import (
	"testing"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/providertest"
)

func TestPaymentsKeepTheContract(t *testing.T) {
	t.Parallel()
	providertest.Payments(t, providertest.PaymentsHarness{Want: providertest.PaymentAbilities(), New: func(*testing.T) providertest.PaymentsWorld {
		w, _ := memory.Open(memory.Options{MaxPDF: 1 << 20})
		stranger, _ := memory.Open(memory.Options{WebhookSecrets: []string{"another secret"}})
		return providertest.PaymentsWorld{
			Payments: w.Payments(), Now: w.Now, AddInvoice: w.AddInvoice, DeleteCustomer: w.DeleteCustomer, SetStatus: w.SetStatus,
			AddCustomer: func(c provider.Customer) string {
				id := w.AddAccount(provider.Account{Name: c.Name, Currency: c.Currency}).Customer
				w.SetEmail(id, c.Email.Reveal())
				return id
			},
			Advance:     w.Advance,
			LoseAnswer:  func(op string) { w.Inject(op, memory.Fault{Err: provider.ErrUnknown, Late: true}) },
			SetDocument: w.SetDocument, MaxPDF: 1 << 20, SessionCustomer: w.SessionCustomer, SetNextInvoice: w.SetNextInvoice,
			AddDiscount: w.AddDiscount, AddAdjustment: w.AddAdjustment, SetRecipients: w.SetRecipients, SetSyncing: w.SetSyncing,
			SetMethods: w.SetMethods, SetHealth: w.SetHealth, Sign: w.Sign, Forge: stranger.Sign,
			Payload: func(e provider.Event) []byte { return w.Webhook(e).Payload },
		}
	}})
}

func TestRecordsKeepTheContract(t *testing.T) {
	t.Parallel()
	providertest.Records(t, providertest.RecordsHarness{Want: providertest.RecordAbilities(), New: func(*testing.T) providertest.RecordsWorld {
		w := memory.New()
		return providertest.RecordsWorld{
			Records: w.Records(), Now: w.Now, Advance: w.Advance, AddAccount: w.AddAccount, SetAccount: w.SetAccount,
			Assign: w.Assign, Revoke: w.Revoke, AddTenant: w.AddTenant, AddProject: w.AddProject, SetReadings: w.SetReadings, SetDaily: w.SetDaily,
			SetPlan: w.SetPlan, AddDiscount: w.AddDiscount, AddAdjustment: w.AddAdjustment,
		}
	}})
}
