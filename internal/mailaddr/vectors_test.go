package mailaddr_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// The vectors are facts of the Public Suffix List (publicsuffix/list at commit
// e8c9a2b2b285): under which suffix a host stands, and whether something is
// registered below it. The package holds no such list; a caller names its
// suffixes. So each vector is asked with the suffix that it states.
type domainVector struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	About  string `json:"about"`
	Host   string `json:"host"`
	Expect struct {
		Suffix      string  `json:"public_suffix"`
		Registrable *string `json:"registrable"`
		Educational *bool   `json:"educational"`
	} `json:"expect"`
}

// unfitting names the vectors whose answer is not ours, and why.
var unfitting = map[string]string{
	"psl-195": "host outside ASCII: refused here, the list answers it",
	"psl-197": "host outside ASCII: refused here, the list answers it",
	"psl-199": "host outside ASCII: refused here, the list answers it",
}

func readVectors(t *testing.T) []domainVector {
	t.Helper()
	raw, err := os.ReadFile("testdata/domains.json")
	require.NoError(t, err)
	var file struct {
		Vectors []domainVector `json:"vectors"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.Len(t, file.Vectors, 72)
	return file.Vectors
}

func TestEveryDomainVector(t *testing.T) {
	t.Parallel()
	vectors := readVectors(t)

	// What a host would list that takes every educational suffix in the file,
	// with the two whose bare form is a vector.
	allowed := []string{"edu", "k12.ak.us"}
	for _, v := range vectors {
		if v.Expect.Educational != nil && *v.Expect.Educational {
			allowed = append(allowed, v.Expect.Suffix)
		}
	}

	tested, listed := 0, 0
	for _, v := range vectors {
		require.Equal(t, "domain", v.Kind, v.ID)
		if reason, ok := unfitting[v.ID]; ok {
			listed++
			_, err := mailaddr.ParseDomain(v.Host)
			require.ErrorIs(t, err, mailaddr.ErrDomain, "%s fits after all: %s", v.ID, reason)
			require.False(t, mailaddr.Qualifies(v.Host, []string{v.Expect.Suffix}), v.ID)
			continue
		}
		tested++
		host, err := mailaddr.ParseDomain(v.Host)
		require.NoError(t, err, "%s (%s) is neither tested nor listed", v.ID, v.About)
		require.Equal(t, strings.ToLower(v.Host), host, v.ID)

		require.True(t, mailaddr.Within(host, v.Expect.Suffix), v.ID)
		below := v.Expect.Registrable != nil
		require.Equal(t, below, mailaddr.Qualifies(v.Host, []string{v.Expect.Suffix}), v.ID)
		if below {
			registrable := *v.Expect.Registrable
			require.True(t, mailaddr.Within(host, registrable), v.ID)
			require.True(t, mailaddr.Qualifies(registrable, []string{v.Expect.Suffix}), v.ID)
			require.Equal(t, host != registrable, mailaddr.Qualifies(v.Host, []string{registrable}), v.ID)
		}
		if v.Expect.Educational != nil {
			require.Equal(t, *v.Expect.Educational, mailaddr.Qualifies(v.Host, allowed), v.ID)
			// Only edu is allowed by default: no vector stands below it.
			require.False(t, mailaddr.Qualifies(v.Host, []string{"edu"}), v.ID)
		}
	}
	require.Equal(t, len(unfitting), listed, "an id in the list is not in the file")
	require.Equal(t, len(vectors), tested+listed)
	ids := make([]string, 0, len(vectors))
	for _, v := range vectors {
		ids = append(ids, v.ID)
	}
	slices.Sort(ids)
	require.Len(t, slices.Compact(ids), len(vectors), "an id stands twice")
}
