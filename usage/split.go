package usage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/internal/mailaddr"
	"github.com/billhatch/billhatch/usage/civil"
)

// Split divides the users of a tenant into groups that are billed apart, such as students and staff (O10). The zero
// value is no split. A split needs a tenant on an educational domain and an approval.
type Split struct {
	Groups   []Group
	Approval Approval
}

// Group says who belongs to it. An address list wins over domains, a longer domain over a shorter one. A domain
// matches exactly; "*.school.edu" matches every domain below school.edu, but not school.edu itself.
type Group struct {
	Name      string // the name under which Plan.Groups has its price
	Domains   []string
	Addresses []string
}

// Approval records who allowed the split. It is in force for every period that it reaches into, and no longer for
// periods that begin on or after the day of its withdrawal: a split never changes within a period.
type Approval struct {
	By        string
	On        civil.Date
	Withdrawn civil.Date // zero: it stands
}

// DefaultEduSuffixes are the suffixes on which a tenant may be split when the plan names none.
func DefaultEduSuffixes() []string { return []string{"edu"} }

// Validate checks the split of a tenant on the given mail domain. A domain or an address that stands in two groups
// is refused here, before any user is looked at.
func (s Split) Validate(domain string, suffixes []string) error {
	if len(s.Groups) == 0 {
		return nil
	}
	_, err := newSplitter(s, domain, suffixes)
	return err
}

// inForce tells whether the approval reaches into a period.
func (a Approval) inForce(period civil.Period) bool {
	return a.On.Before(period.To()) && (a.Withdrawn.IsZero() || a.Withdrawn.After(period.From()))
}

// splitter finds the group of an address.
type splitter struct {
	names     []string
	addresses map[string]int
	exact     map[string]int
	below     []wildcard // longest first
}

type wildcard struct {
	parent string
	group  int
}

func newSplitter(s Split, domain string, suffixes []string) (*splitter, error) {
	if s.Approval.By == "" || s.Approval.On.IsZero() {
		return nil, &Error{Kind: ErrSplitNotApproved}
	}
	if len(suffixes) == 0 {
		suffixes = DefaultEduSuffixes()
	}
	own, err := mailaddr.ParseDomain(domain)
	if err != nil {
		return nil, &Error{Kind: ErrSplitDomain, Err: err}
	}
	if !mailaddr.Qualifies(own, suffixes) {
		return nil, &Error{Kind: ErrSplitDomain, Detail: own + " does not end in ." + strings.Join(suffixes, " or .")}
	}
	if len(s.Groups) < 2 {
		return nil, &Error{Kind: ErrSplitAmbiguous, Detail: "a split needs at least two groups"}
	}
	sp := &splitter{addresses: map[string]int{}, exact: map[string]int{}}
	for i := range s.Groups {
		if err := sp.learn(i, &s.Groups[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(sp.below, func(a, b wildcard) int {
		if d := strings.Count(b.parent, ".") - strings.Count(a.parent, "."); d != 0 {
			return d
		}
		return strings.Compare(a.parent, b.parent)
	})
	return sp, nil
}

func (sp *splitter) learn(i int, g *Group) error {
	if g.Name == "" || slices.Contains(sp.names, g.Name) {
		return &Error{Kind: ErrSplitAmbiguous, Detail: fmt.Sprintf("group %q is unnamed or stated twice", cut(g.Name))}
	}
	if len(g.Domains) == 0 && len(g.Addresses) == 0 {
		return &Error{Kind: ErrSplitAmbiguous, Detail: fmt.Sprintf("group %q has neither domains nor addresses", cut(g.Name))}
	}
	sp.names = append(sp.names, g.Name)
	for _, text := range g.Domains {
		if err := sp.learnDomain(i, text); err != nil {
			return err
		}
	}
	for _, text := range g.Addresses {
		key, err := mailaddr.Key(text)
		if err != nil {
			return &Error{Kind: ErrRoster, Detail: fmt.Sprintf("address of group %q", cut(g.Name)), Err: err}
		}
		if other, taken := sp.addresses[key]; taken && other != i {
			return &Error{Kind: ErrSplitAmbiguous, Users: []string{key}, Detail: "in the lists of two groups"}
		}
		sp.addresses[key] = i
	}
	return nil
}

func (sp *splitter) learnDomain(i int, text string) error {
	bare, isWildcard := strings.CutPrefix(text, "*.")
	domain, err := mailaddr.ParseDomain(bare)
	if err != nil {
		return &Error{Kind: ErrSplitDomain, Detail: fmt.Sprintf("domain of group %q", cut(sp.names[i])), Err: err}
	}
	if !isWildcard {
		if other, taken := sp.exact[domain]; taken && other != i {
			return &Error{Kind: ErrSplitAmbiguous, Detail: fmt.Sprintf("domain %s is in two groups", domain)}
		}
		sp.exact[domain] = i
		return nil
	}
	for _, w := range sp.below {
		if w.parent == domain && w.group != i {
			return &Error{Kind: ErrSplitAmbiguous, Detail: fmt.Sprintf("domain *.%s is in two groups", domain)}
		}
	}
	sp.below = append(sp.below, wildcard{domain, i})
	return nil
}

// group gives the one group of an address. Every rule is unambiguous by construction, so that an address is in no
// group or in exactly one.
func (sp *splitter) group(address string) (int, bool) {
	key, err := mailaddr.Key(address)
	if err != nil {
		return 0, false
	}
	if i, ok := sp.addresses[key]; ok {
		return i, true
	}
	domain := key[strings.LastIndexByte(key, '@')+1:]
	if i, ok := sp.exact[domain]; ok {
		return i, true
	}
	for _, w := range sp.below {
		if domain != w.parent && mailaddr.Within(domain, w.parent) {
			return w.group, true
		}
	}
	return 0, false
}
