package main

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// size is how large a made-up organisation is.
type size struct{ tenants, users int }

// maxMade bounds the users of a made-up organisation.
const maxMade = 10_000_000

// parseSize reads "2000x500": tenants, and users in each of them.
func parseSize(text string) (size, error) {
	left, right, _ := strings.Cut(text, "x")
	tenants, err1 := strconv.Atoi(left)
	users, err2 := strconv.Atoi(right)
	if err1 != nil || err2 != nil || tenants < 1 || users < 1 || tenants > maxMade || users > maxMade/tenants {
		return size{}, fmt.Errorf("-generate is %q, want tenants x users as 2000x500, at most %d users in all", short(text), maxMade)
	}
	return size{tenants, users}, nil
}

// all makes the tenants one after the other. Nothing is held: every record is made when it is asked for.
func (s size) all(ctx context.Context, bar *progress) iter.Seq2[usage.Tenant, error] {
	return func(yield func(usage.Tenant, error) bool) {
		for i := range s.tenants {
			bar.step("making users", i, s.tenants)
			id := fmt.Sprintf("t%05d", i+1)
			t := usage.Tenant{ID: id, Name: fmt.Sprintf("Made-up Tenant %d", i+1), Domain: id + ".example", Ordered: true}
			t.Users = s.roster(ctx, uint64(i), t.Domain)
			if !yield(t, nil) {
				return
			}
		}
	}
}

// roster makes the users of a tenant, in order of id and always the same: of twenty, about one joins in October, one
// leaves, and one leaves and comes back.
func (s size) roster(ctx context.Context, tenant uint64, domain string) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		dice := rand.New(rand.NewPCG(tenant, 2026)) //nolint:gosec // the same users every time are wanted
		start := civil.MustDate(2026, 1, 1)
		october := civil.MustDate(2026, 10, 1)
		for i := range s.users {
			if err := ctx.Err(); err != nil {
				yield(usage.Record{}, err)
				return
			}
			number := strconv.Itoa(1_000_000_000 + int(tenant)*s.users + i)[1:]
			record := usage.Record{
				User: "u" + number, Address: "u" + number + "@" + domain, Kind: "licensed",
				Name: madeUpFirst[dice.IntN(len(madeUpFirst))] + " " + madeUpLast[dice.IntN(len(madeUpLast))],
			}
			from, to := start, civil.Date{}
			day, fate := dice.IntN(14), dice.IntN(20)
			switch fate {
			case 0:
				from = october.AddDays(1 + day)
			case 1, 2:
				to = october.AddDays(1 + day)
			}
			record.Covered = usage.Days(from, to)
			if !yield(record, nil) {
				return
			}
			if fate == 2 {
				record.Covered = usage.Days(to.AddDays(7), civil.Date{})
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

var (
	madeUpFirst = []string{"Amara", "Björn", "Chloé", "Dimitri", "Elif", "Farouk", "Grace", "Håkon", "Imani", "Joaquín", "Keiko", "Łukasz", "Mbali", "Ólafur", "Priya", "Zoë"}
	madeUpLast  = []string{"Okafor", "Brandt", "Lefèvre", "Nguyen", "Sharma", "García", "Tanaka", "O’Brien", "Wiśniewska", "Dlamini", "Sigurðsson", "Yılmaz", "Carter", "Novák", "Rossi", "Haddad"}
)
