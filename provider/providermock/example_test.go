package providermock_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/mock/gomock"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providermock"
)

// reporter stands in for the *testing.T that a test would give to gomock.
type reporter struct{}

func (reporter) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (reporter) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// The mock of an ability answers one call, and tells when the call is another one or does not come.
func Example() {
	ctrl := gomock.NewController(reporter{})
	portal := providermock.NewMockPortalOpener(ctrl)
	link, err := provider.NewSecretURL("https://portal.example.com/session/abc")
	if err != nil {
		fmt.Println(err)
		return
	}
	request := provider.PortalRequest{Customer: "cus_1", ReturnURL: "https://host.example.com/billing"}
	portal.EXPECT().PortalSession(gomock.Any(), request).Return(provider.PortalSession{Customer: "cus_1", URL: link}, nil)

	session, err := portal.PortalSession(context.Background(), request)
	fmt.Println(session.Customer, session.URL, err)
	ctrl.Finish()
	// Output:
	// cus_1 https://portal.example.com/*** <nil>
}

// payments has a mandatory part and an ability.
type payments struct {
	*providermock.MockPayments
	*providermock.MockPortalOpener
}

// EXPECT of both mocks would be ambiguous; a test calls that of the part it means.
func (p payments) EXPECT() *providermock.MockPaymentsMockRecorder { return p.MockPayments.EXPECT() }

func TestMocksAreOfTheContracts(t *testing.T) {
	t.Parallel()
	ctrl := gomock.NewController(t)
	var (
		p provider.Payments = payments{providermock.NewMockPayments(ctrl), providermock.NewMockPortalOpener(ctrl)}
		r provider.Records  = providermock.NewMockRecords(ctrl)
	)
	require.Equal(t, []provider.Capability{provider.CanOpenPortal}, provider.Capabilities(p))
	require.Empty(t, provider.Capabilities(r))
}

func TestEveryAbilityHasAMock(t *testing.T) {
	t.Parallel()
	ctrl := gomock.NewController(t)
	// All abilities in one value: none is left out when the contract grows.
	all := struct {
		*providermock.MockEmailUpdater
		*providermock.MockEmailFinder
		*providermock.MockPDFReader
		*providermock.MockPortalOpener
		*providermock.MockLoginLinker
		*providermock.MockNextInvoicer
		*providermock.MockDiscountLister
		*providermock.MockRecipientLister
		*providermock.MockPaymentMethodLister
		*providermock.MockIssuer
		*providermock.MockVoider
		*providermock.MockCrediter
		*providermock.MockWebhookVerifier
		*providermock.MockHealthChecker
		*providermock.MockTenantReader
		*providermock.MockProjectReader
		*providermock.MockDailyReader
		*providermock.MockPlanReader
		*providermock.MockAuditLog
		*providermock.MockLedger
		*providermock.MockInbox
		*providermock.MockStatementStore
	}{MockIssuer: providermock.NewMockIssuer(ctrl)}
	require.Equal(t, everyAbility(), provider.Capabilities(all))
}

// everyAbility is the list of the contract, in its order.
func everyAbility() []provider.Capability {
	return []provider.Capability{
		provider.CanUpdateEmail, provider.CanFindEmail, provider.CanReadPDF, provider.CanOpenPortal, provider.CanLinkLogin,
		provider.CanTellNextInvoice, provider.CanListDiscounts, provider.CanListRecipients, provider.CanListMethods,
		provider.CanIssue, provider.CanVoid, provider.CanCredit, provider.CanVerifyWebhook, provider.CanTellHealth,
		provider.CanReadTenants, provider.CanReadProjects, provider.CanReadDaily, provider.CanReadPlans, provider.CanAudit,
		provider.CanKeepLedger, provider.CanKeepInbox, provider.CanKeepStatements,
	}
}
