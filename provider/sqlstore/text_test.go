package sqlstore

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

func TestAQueryIsWrittenForItsDialectAndPrefix(t *testing.T) {
	t.Parallel()
	const query = "SELECT a FROM billhatch_x WHERE b = ? AND c IN (?, ?)"
	for name, tc := range map[string]struct {
		c    core
		want string
	}{
		"SQLite takes question marks": {core{prefix: defaultPrefix}, query},
		"PostgreSQL takes numbers":    {core{prefix: defaultPrefix, tongue: tongue{numbered: true}}, "SELECT a FROM billhatch_x WHERE b = $1 AND c IN ($2, $3)"},
		"a prefix of the host":        {core{prefix: "app_"}, "SELECT a FROM app_x WHERE b = ? AND c IN (?, ?)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, tc.c.text(query))
		})
	}
}

// behind must hold for exactly those rows that sort after the place, whatever the directions.
func TestBehindIsTheOrderOfTheList(t *testing.T) {
	t.Parallel()
	columns := []order{{"a", true}, {"b", false}, {"c", true}}
	condition, args := behind(columns, []any{1, 2, 3})
	require.Equal(t, "a <= ? AND (a < ? OR a = ? AND (b > ? OR b = ? AND (c < ?)))", condition)
	require.Equal(t, []any{1, 1, 1, 2, 2, 3}, args)
	require.Equal(t, " ORDER BY a DESC, b, c DESC", orderBy(columns))
	condition, args = behind(columns[1:2], []any{7})
	require.Equal(t, "b >= ? AND (b > ?)", condition)
	require.Equal(t, []any{7, 7}, args)
}

func TestAnElementOfAnArrayKeepsItsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": `""`, "NULL": `"NULL"`, `a"b\c`: `"a\"b\\c"`, "a,b{}": `"a,b{}"`, "Zoë\n": "\"Zoë\n\"", `\\""`: `"\\\\\"\""`,
	} {
		var b strings.Builder
		quote(&b, text)
		require.Equal(t, want, b.String())
	}
}

// Every migration is there for both dialects under the same name, in a row without gaps, and says its number.
func TestMigrationsAreInOrder(t *testing.T) {
	t.Parallel()
	var names [][]string
	for _, d := range []Dialect{PostgreSQL, SQLite} {
		found, err := fs.Glob(Files(d), "*")
		require.NoError(t, err)
		names = append(names, found)
		files, err := migrationsOf(d, defaultPrefix)
		require.NoError(t, err)
		require.Len(t, files, SchemaVersion)
		for i, m := range files {
			require.Equal(t, i+1, m.version)
			require.True(t, strings.HasPrefix(found[i], fmt.Sprintf("%04d_", i+1)), found[i])
			require.True(t, strings.HasSuffix(m.text, fmt.Sprintf("INSERT INTO billhatch_schema (version) VALUES (%d);\n", i+1)))
			require.NotEmpty(t, m.tables)
			for _, line := range strings.Split(m.text, "\n") {
				require.False(t, strings.Contains(strings.ToUpper(line), " REAL") || strings.Contains(strings.ToUpper(line), "DOUBLE"), line)
			}
		}
	}
	require.Equal(t, names[0], names[1])
	none, err := fs.Glob(Files("mysql"), "*")
	require.NoError(t, err)
	require.Empty(t, none, "a dialect that there is not has no files")
}

func TestSQLGivesTheStepsBetweenTwoVersions(t *testing.T) {
	t.Parallel()
	all, err := SQL(PostgreSQL, "", 0, SchemaVersion)
	require.NoError(t, err)
	first, err := SQL(PostgreSQL, "", 0, 1)
	require.NoError(t, err)
	second, err := SQL(PostgreSQL, "", 1, 2)
	require.NoError(t, err)
	require.Equal(t, all, first+second)
	nothing, err := SQL(SQLite, "", SchemaVersion, SchemaVersion)
	require.NoError(t, err)
	require.Empty(t, nothing)
	own, err := SQL(SQLite, "app_", 0, SchemaVersion)
	require.NoError(t, err)
	require.NotContains(t, own, "billhatch_")
	require.Contains(t, own, "CREATE TABLE app_audit (")
	for _, bad := range []struct {
		d        Dialect
		prefix   string
		from, to int
	}{{"mysql", "", 0, 1}, {SQLite, "x; --", 0, 1}, {SQLite, "", -1, 1}, {SQLite, "", 0, SchemaVersion + 1}, {SQLite, "", 2, 1}} {
		_, err := SQL(bad.d, bad.prefix, bad.from, bad.to)
		require.ErrorIs(t, err, provider.ErrInvalid, "%+v", bad)
	}
}

func TestPackedBodiesComeBackAndBombsDoNot(t *testing.T) {
	t.Parallel()
	random := make([]byte, 4<<10)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for name, tc := range map[string]struct {
		body   []byte
		packed bool
	}{
		"a short body stays as it is":       {[]byte("body"), false},
		"no body is an empty one":           {nil, false},
		"a long body is compressed":         {slices.Repeat([]byte("statement "), 1000), true},
		"a body that does not get smaller":  {random, false},
		"a body of exactly the least bytes": {slices.Repeat([]byte("x"), packFrom), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored, packed, err := pack(tc.body)
			require.NoError(t, err)
			require.NotNil(t, stored)
			require.Equal(t, tc.packed, packed)
			got, err := unpack(stored, packed, int64(len(tc.body)))
			require.NoError(t, err)
			require.Equal(t, string(tc.body), string(got))
			if packed {
				got, err = unpack(stored, packed, 10)
				require.NoError(t, err)
				require.Len(t, got, 11, "no more is read than it takes to see that it is too long")
			}
		})
	}
}
