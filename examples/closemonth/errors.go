package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/usage"
)

// placeError is an error in one row of one file.
type placeError struct {
	file string
	row  int // line of the file; 0 when it is about the whole of it
	text string
	err  error // the cause, or nil
}

// at places an error.
func at(file string, row int, format string, args ...any) error {
	return &placeError{file: file, row: row, text: fmt.Sprintf(format, args...)}
}

// Error gives file:row: text, which editors can jump to.
func (e *placeError) Error() string {
	if e.row == 0 {
		return e.file + ": " + e.text
	}
	return fmt.Sprintf("%s:%d: %s", e.file, e.row, e.text)
}

func (e *placeError) Unwrap() error { return e.err }

// path is the name of a file of the organisation as messages give it.
func (o *organisation) path(name string) string {
	return filepath.Join(o.dir, filepath.FromSlash(name))
}

// fileError is an error of a file as a whole.
func fileError(shown string, err error) error {
	text := plain(err)
	var path *fs.PathError
	if errors.As(err, &path) {
		text = path.Err.Error()
	}
	return &placeError{file: shown, text: text, err: err}
}

// locate finds file and row for an error of a computation.
func (o *organisation) locate(err error) error {
	var placed *placeError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &placed):
		return placed
	}
	var e *usage.Error
	if !errors.As(err, &e) {
		return err
	}
	t := o.tenant(e.Tenant)
	switch {
	case t == nil && strings.HasPrefix(e.Detail, "discount "):
		return at(o.path(discountsFile), rowOf(o.discounts, e.Detail, func(d *usage.Discount) string { return d.ID }), "%s", reason(e))
	case t == nil && strings.HasPrefix(e.Detail, "adjustment "):
		return at(o.path(adjustmentsFile), rowOf(o.adjustments, e.Detail, func(a *usage.Adjustment) string { return a.ID }), "%s", reason(e))
	case t == nil: // or a made-up tenant
		return at(o.path(planFile), o.plan.mentioned(e.Detail), "%s", reason(e))
	case errors.Is(e, usage.ErrPriceMissing):
		return at(o.path(planFile), 0, "%s, which tenant %q needs (%s:%d)", reason(e), t.value.ID, tenantsFile, t.at)
	case len(e.Users) > 0:
		return o.inNoGroup(t, e)
	case errors.Is(e, usage.ErrRoster), e.User != "": // the row that was read last
		return at(o.path(t.value.roster()), o.row, "%s", reason(e))
	case errors.Is(e, usage.ErrUsageIncomplete):
		return at(o.path(t.value.roster()), 0, "%s", reason(e))
	}
	row := t.mentioned(e.Detail)
	if row == 0 {
		row = t.at
	}
	return at(o.path(tenantsFile), row, "tenant %q: %s", t.value.ID, reason(e))
}

// rowOf finds the last object whose id stands second in a message, bare or quoted: of two with the same id the last
// one is at fault.
func rowOf[T any](list []object[T], message string, id func(*T) string) int {
	_, rest, _ := strings.Cut(message, " ")
	row := 0
	for i := range list {
		name := id(&list[i].value)
		if strings.HasPrefix(rest+" ", name+" ") || strings.HasPrefix(rest, strconv.Quote(name)) {
			row = list[i].at
		}
	}
	return row
}

// inNoGroup names the first of the users that are not in exactly one group, with the rows in which it stands. The
// roster is read again for that: while all is well nobody needs to remember rows.
func (o *organisation) inNoGroup(t *object[tenant], e *usage.Error) error {
	user, file := e.Users[0], o.path(t.value.roster())
	var rows, domains, groups []string
	first := 0
	for line, err := range readRoster(o.files, t.value.roster(), file) {
		if err != nil {
			break
		}
		if line.record.User != user && (line.record.User != "" || !strings.EqualFold(line.record.Address, user)) {
			continue
		}
		first = cmp.Or(first, line.row)
		rows = append(rows, strconv.Itoa(line.row))
		if _, domain, _ := strings.Cut(line.record.Address, "@"); !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	for _, g := range t.value.Groups {
		groups = append(groups, g.Name)
	}
	text := fmt.Sprintf("user %q (%s) is not in exactly one of the groups %s", short(user), strings.Join(domains, ", "), strings.Join(groups, ", "))
	if len(rows) > 1 {
		text += "; its rows are " + strings.Join(rows, ", ")
	}
	if more := len(e.Users) - 1 + e.More; more > 0 {
		text += "; there are " + count(more, "more such user")
	}
	return at(file, first, "%s", text)
}

// reason is what an error of package usage says without the place.
func reason(e *usage.Error) string {
	text := e.Kind.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if len(e.Users) > 0 {
		text += ": " + short(e.Users[0])
	}
	if e.Err != nil {
		text += ": " + plain(e.Err)
	}
	return text
}

// plain drops the name of the package from the beginning of a message.
func plain(err error) string {
	text := err.Error()
	if name, rest, ok := strings.Cut(text, ": "); ok {
		switch name {
		case "civil", "invoice", "json", "money", "pricing", "report", "usage":
			return rest
		}
	}
	return text
}
