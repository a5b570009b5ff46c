package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

//go:embed organisation
var sample embed.FS

// The files of an organisation. The last two may be missing.
const (
	accountFile     = "account.json"
	planFile        = "plan.json"
	tenantsFile     = "tenants.json"
	discountsFile   = "discounts.json"
	adjustmentsFile = "adjustments.json"
	rosterFolder    = "users"
)

// account is account.json: the party that is invoiced.
type account struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Zone      string   `json:"zone"` // IANA name; days are days of this zone
	Address   []string `json:"address"`
	Email     string   `json:"email"`
	TaxIDs    []string `json:"tax_ids"`
	Reference string   `json:"reference"`
	Terms     *int     `json:"terms"` // days; missing: 30 (O8)
	Note      string   `json:"note"`
	Seller    party    `json:"seller"`
}

type party struct {
	Name    string   `json:"name"`
	Address []string `json:"address"`
	Email   string   `json:"email"`
	TaxIDs  []string `json:"tax_ids"`
}

// tenant is one element of tenants.json.
type tenant struct {
	ID            string         `json:"id"` // also the name of its roster: users/ID.csv
	Name          string         `json:"name"`
	Domain        string         `json:"domain"`
	Onboarded     civil.Date     `json:"onboarded"`
	FirstBillable civil.Date     `json:"first_billable"`
	Left          civil.Date     `json:"left"`
	Pauses        []civil.Span   `json:"pauses"`
	Sensitive     bool           `json:"sensitive"`
	NoUsers       bool           `json:"no_users"`
	Directory     *directory     `json:"directory"`
	Groups        []usage.Group  `json:"groups"` // name, domains, addresses
	Approval      usage.Approval `json:"approval"`
	Only          []string       `json:"only"`   // refused (O9)
	Except        []string       `json:"except"` // refused (O9)
}

// directory is what the tenant's own directory counted at the end of a day.
type directory struct {
	On       civil.Date `json:"on"`
	Accounts int        `json:"accounts"`
}

func (t *tenant) roster() string { return path.Join(rosterFolder, t.ID+".csv") }

// organisation is everything that was read, except for the rosters, which are read while the statement is computed.
type organisation struct {
	dir   string // as messages name it
	files fs.FS

	account     account
	zone        *time.Location
	terms       invoice.Terms
	plan        object[usage.Plan]
	tenants     []object[tenant]
	made        size // -generate: in place of tenants
	discounts   []object[usage.Discount]
	adjustments []object[usage.Adjustment]

	row int // of the roster that is being read
}

// open reads the organisation that the flags name.
func open(set *settings) (*organisation, error) {
	o := &organisation{dir: set.in}
	if set.in != "" {
		o.files = os.DirFS(set.in)
	} else {
		o.dir = "organisation"
		var err error
		if o.files, err = fs.Sub(sample, o.dir); err != nil {
			return nil, err
		}
	}
	steps := []func() error{o.readAccount, o.readPlan, o.readTenants, o.checkRosters, o.readCharges}
	if set.generate != "" {
		made, err := parseSize(set.generate)
		if err != nil {
			return nil, err
		}
		o.made = made
		steps = []func() error{o.readAccount, o.readPlan}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if o.made.tenants > 0 { // its files must not be taken for those of the account
		o.account.ID += "-made-up"
		o.account.Name = fmt.Sprintf("%d made-up tenants with %d users each", o.made.tenants, o.made.users)
	}
	return o, nil
}

func (o *organisation) readAccount() error {
	obj, err := readObject[account](o, accountFile)
	if err != nil {
		return err
	}
	o.account = obj.value
	file := o.path(accountFile)
	switch {
	case o.account.ID == "":
		return at(file, obj.line("id"), "the account has no id")
	case o.account.Name == "":
		return at(file, obj.line("name"), "the account has no name")
	}
	if o.zone, err = civil.LoadZone(o.account.Zone); err != nil {
		return at(file, obj.line("zone"), "%s", plain(err))
	}
	if o.account.Terms != nil {
		if o.terms, err = invoice.Net(*o.account.Terms); err != nil {
			return at(file, obj.line("terms"), "%s", plain(err))
		}
	}
	return nil
}

func (o *organisation) readPlan() error {
	var err error
	if o.plan, err = readObject[usage.Plan](o, planFile); err != nil {
		return err
	}
	if err := o.plan.value.Validate(); err != nil {
		return o.locate(err)
	}
	return nil
}

func (o *organisation) readTenants() error {
	list, err := readList[tenant](o, tenantsFile)
	if err != nil {
		return err
	}
	file := o.path(tenantsFile)
	for i := range list {
		t := &list[i]
		if !goodID(t.value.ID) {
			return at(file, t.line("id"), "tenant id %q: want 1 to 64 of a-z, 0-9 and -", short(t.value.ID))
		}
		if first := o.tenant(t.value.ID); first != nil {
			return at(file, t.line("id"), "tenant %q stands in line %d already", t.value.ID, first.at)
		}
		if err := o.checkTenant(t); err != nil {
			return err
		}
		o.tenants = append(o.tenants, *t)
	}
	return nil
}

// checkTenant refuses what is wrong with a tenant before any user is read.
func (o *organisation) checkTenant(t *object[tenant]) error {
	v := &t.value
	refuse := func(err error, members ...string) error {
		text := plain(err)
		var e *usage.Error
		if errors.As(err, &e) {
			text = reason(e)
		}
		return at(o.path(tenantsFile), t.line(members...), "tenant %q: %s", v.ID, text)
	}
	if err := (usage.Selection{Only: v.Only, Except: v.Except}).Validate(); err != nil {
		return refuse(err, "only", "except")
	}
	if v.Directory != nil && (v.Directory.On.IsZero() || v.Directory.Accounts < 0) {
		return refuse(errors.New("directory needs a date and a number of accounts"), "directory")
	}
	err := v.split().Validate(v.Domain, o.plan.value.EduSuffixes)
	switch {
	case errors.Is(err, usage.ErrSplitNotApproved):
		return refuse(err, "approval", "groups")
	case errors.Is(err, usage.ErrSplitDomain):
		return refuse(err, "domain", "groups")
	case err != nil:
		return refuse(err, "groups")
	}
	return nil
}

// checkRosters refuses a roster that belongs to no tenant: nobody would be billed for its users.
func (o *organisation) checkRosters() error {
	names, err := fs.Glob(o.files, rosterFolder+"/*.csv")
	if err != nil {
		return fileError(o.path(rosterFolder), err)
	}
	for _, name := range names {
		if o.tenant(strings.TrimSuffix(path.Base(name), ".csv")) == nil {
			return at(o.path(name), 0, "belongs to no tenant of %s", tenantsFile)
		}
	}
	return nil
}

// readCharges reads discounts and adjustments.
func (o *organisation) readCharges() error {
	var err error
	if o.discounts, err = readList[usage.Discount](o, discountsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if o.adjustments, err = readList[usage.Adjustment](o, adjustmentsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// tenant finds a tenant by its id, or nil.
func (o *organisation) tenant(id string) *object[tenant] {
	for i := range o.tenants {
		if o.tenants[i].value.ID == id {
			return &o.tenants[i]
		}
	}
	return nil
}

func (t *tenant) split() usage.Split { return usage.Split{Groups: t.Groups, Approval: t.Approval} }

// input is what the statement of a month is computed from.
func (o *organisation) input(ctx context.Context, m month, bar *progress) usage.Input {
	tenants := o.readers(ctx, m, bar)
	if o.made.tenants > 0 {
		tenants = o.made.all(ctx, bar)
	}
	return usage.Input{
		Account: usage.Account{ID: o.account.ID, Name: o.account.Name},
		Period:  m.period, Finality: m.finality, AsOf: m.asOf,
		Plan: o.plan.value, Tenants: tenants,
		Discounts: values(o.discounts), Adjustments: values(o.adjustments),
	}
}

// readers gives the tenants, each with a roster that is read when it is asked for.
func (o *organisation) readers(ctx context.Context, m month, bar *progress) iter.Seq2[usage.Tenant, error] {
	return func(yield func(usage.Tenant, error) bool) {
		for i := range o.tenants {
			bar.step("reading users", i, len(o.tenants))
			t := &o.tenants[i].value
			out := usage.Tenant{
				ID: t.ID, Name: t.Name, Domain: t.Domain, Sensitive: t.Sensitive,
				Onboarded: t.Onboarded, FirstBillable: t.FirstBillable, Left: t.Left, Pauses: t.Pauses,
				Split: t.split(), NoUsers: t.NoUsers, Users: o.users(ctx, t),
			}
			if t.compares(m) {
				out.Accounts = t.Directory.Accounts
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// compares tells whether users can be compared with the tenant's directory (O9): on the day on which it was counted.
func (t *tenant) compares(m month) bool {
	return t.Directory != nil && t.Directory.On == m.lastDay() && m.period.ContainsDate(t.Directory.On)
}

// notCompared counts the tenants that cannot be compared with their directories.
func (o *organisation) notCompared(m month) int {
	n := 0
	for i := range o.tenants {
		if !o.tenants[i].value.compares(m) {
			n++
		}
	}
	return n
}

// goodID tells whether an id can be the name of a file.
func goodID(id string) bool {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}
