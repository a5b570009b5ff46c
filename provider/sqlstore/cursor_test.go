package sqlstore

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/provider"
)

func ring(t require.TestingT, keys ...byte) keyring {
	var raw [][]byte
	for _, k := range keys {
		raw = append(raw, bytes.Repeat([]byte{k}, minKey))
	}
	r, err := newKeyring(raw)
	require.NoError(t, err)
	return r
}

func TestACursorGivesBackItsPlaceToItsListAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 1, 4)
		place, list, other := texts.Draw(t, "place"), texts.Draw(t, "list"), texts.Draw(t, "other list")
		r := ring(t, 1)
		cursor := r.seal(place, list)
		got, err := r.unseal(cursor, len(place), list)
		require.NoError(t, err)
		require.Equal(t, place, got)
		_, err = r.unseal(cursor, len(place)+1, list)
		require.ErrorIs(t, err, provider.ErrInvalidCursor)
		if join(list) != join(other) {
			_, err = r.unseal(cursor, len(place), other)
			require.ErrorIs(t, err, provider.ErrInvalidCursor)
		}
	})
}

func TestNoTwoListsAreJoinedToTheSameText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfN(rapid.StringN(0, 300, -1), 0, 5)
		a, b := lists.Draw(t, "a"), lists.Draw(t, "b")
		got, ok := split(join(a), len(a))
		require.True(t, ok)
		require.Equal(t, append([]string(nil), a...), got)
		if join(a) == join(b) {
			require.Equal(t, a, b)
		}
	})
}

func TestAKeyIsReplacedWithoutLosingCursors(t *testing.T) {
	t.Parallel()
	old := ring(t, 1).seal([]string{"place"}, []string{"list"})
	got, err := ring(t, 2, 1).unseal(old, 1, []string{"list"})
	require.NoError(t, err)
	require.Equal(t, []string{"place"}, got)
	_, err = ring(t, 2).unseal(old, 1, []string{"list"})
	require.ErrorIs(t, err, provider.ErrInvalidCursor, "a key that is forgotten")

	seal := ring(t, 1).sign("head")
	require.True(t, ring(t, 2, 1).signed(seal, "head"))
	require.False(t, ring(t, 2).signed(seal, "head"))
	require.False(t, ring(t, 1).signed(seal, "Head"))
	require.False(t, ring(t, 1).signed(nil, "head"))
}

func FuzzUnseal(f *testing.F) {
	r := ring(f, 1)
	f.Add(r.seal([]string{"place"}, []string{"list"}))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		got, err := r.unseal(cursor, 1, []string{"another list"})
		if cursor == "" {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, provider.ErrInvalidCursor)
		require.Nil(t, got)
	})
}
