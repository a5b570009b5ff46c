package stripe

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
)

func TestIssueTakesSixRequestsAndOneForEachLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lines, sent, again int
	}{{1, 7, 2}, {3, 9, 2}, {10, 16, 2}, {11, 11 + 6 + 2, 3}, {110, 110 + 6 + 2, 3}, {111, 111 + 6 + 4, 4}, {250, 250 + 6 + 6, 5}} {
		s := openShop(t)
		p, r := s.process(), s.request(tc.lines)
		r.Send = true
		got, err := p.Issue(t.Context(), r)
		require.NoError(t, err, "%v", s.fake.Requests())
		require.Equal(t, invoice.Open, got.Status)
		require.Len(t, s.requests(), tc.sent, "%d lines: %v", tc.lines, s.requests())
		x, drafts := s.billed(r)
		require.Equal(t, x.ID, got.ID)
		require.Zero(t, drafts)
		require.Equal(t, 1, x.Sent)

		s.fake.ResetRequests()
		r.Send = false
		again, err := p.Issue(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, got, again)
		require.Len(t, s.requests(), tc.again)
	}
}
