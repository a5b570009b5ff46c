package billing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/rbac"
)

// TestC11ATicketAboutAnAccount (C11) names the account and the topic; without a support page there is an address.
func TestC11ATicketAboutAnAccount(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for topic, url := range map[billing.Topic]string{
		billing.TopicSetup:         "https://host.example/support?category=billing&subject=Billing+setup+for+account+acme&topic=setup",
		billing.TopicConfiguration: "https://host.example/support?category=billing&subject=Billing+configuration+of+account+acme&topic=configuration",
		billing.TopicProblem:       "https://host.example/support?category=billing&subject=Billing+of+account+acme&topic=problem",
	} {
		require.Equal(t, url, h.home(rbac.ClientAdmin).Support(topic).URL)
	}
	require.Empty(t, h.world.Calls())

	h = build(t, rbac.ClientPolicy(), func(c *billing.Config) { c.Support.URL = "" })
	link := h.home(rbac.ClientAdmin).Support(billing.TopicSetup)
	require.Empty(t, link.URL)
	require.Equal(t, "help@host.example", link.Email)
}
