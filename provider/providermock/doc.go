// Package providermock holds mocks of the contracts of package provider, made with go.uber.org/mock: for tests of one
// call, where it matters what was asked. Where state matters, provider/memory is the better fake.
//
// There is a mock for [provider.Payments], for [provider.Records] and for every ability. A value that has several of
// them embeds their mocks:
//
//	type payments struct {
//		*providermock.MockPayments
//		*providermock.MockPortalOpener
//	}
//
// # Units
//
// Those of package provider.
//
// # Errors
//
// A mock returns what it is told to. A call that was not expected, or did not come, fails the test.
//
// # Concurrency
//
// Mocks are safe for concurrent use.
package providermock

//go:generate env GOWORK=off go tool -modfile=../../internal/tools/go.mod mockgen -typed -package providermock -destination payments.go github.com/billhatch/billhatch/provider Payments,EmailUpdater,EmailFinder,PDFReader,PortalOpener,LoginLinker,NextInvoicer,DiscountLister,RecipientLister,PaymentMethodLister,Issuer,Voider,Crediter,WebhookVerifier,HealthChecker
//go:generate env GOWORK=off go tool -modfile=../../internal/tools/go.mod mockgen -typed -package providermock -destination records.go github.com/billhatch/billhatch/provider Records,AccountLister,TenantReader,ProjectReader,DailyReader,PlanReader,AuditLog,Ledger,Inbox,StatementStore
