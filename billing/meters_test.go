package billing_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestAMeterHasAStateOfItsOwn (C4, C5): the card has that of the meter which needs most attention.
func TestAMeterHasAStateOfItsOwn(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	p := plan("two meters")
	p.Metered[0].Meters = append(p.Metered[0].Meters, usage.Meter{
		Name: "sms", Unit: "message", Included: decimal.NewFromInt(100), Price: flat("0.01"),
	})
	always := civil.MustDate(2026, 1, 1)
	h.world.SetPlan(rbactest.Home, always, p)
	h.world.AddProject(rbactest.Home, usage.Project{
		ID: "aaa", Name: "Two meters", Plan: "voice", Active: civil.Span{From: always},
		Readings: []usage.Reading{
			{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(1)), At: now},
			{Meter: "sms", Used: usage.Known(decimal.NewFromInt(101)), At: now},
		},
	})
	panel, err := h.home(rbac.ClientAdmin).Usage(t.Context())
	require.NoError(t, err)
	card := panel.Projects[0]
	require.Equal(t, "Two meters", card.Name)
	require.Equal(t, usage.StateOver, card.State)
	require.Equal(t, []usage.State{usage.StateActive, usage.StateOver}, []usage.State{card.Meters[0].State, card.Meters[1].State})
	require.Equal(t, []usage.Health{usage.HealthOnTrack, usage.HealthOver}, []usage.Health{card.Meters[0].Health, card.Meters[1].Health})
}
