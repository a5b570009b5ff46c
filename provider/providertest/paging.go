package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// pager reads a page: ids of its items, and the cursor of the next one.
type pager func(ctx context.Context, limit int, cursor string) (ids []string, next string, err error)

// paged is a list that is read in pages, as the cases see it that all such lists have in common.
type paged struct {
	*check
	op     string
	add    func(n int) []string // adds n items and gives their ids in the order in which they were added
	sorted func(ids []string)   // puts ids that add gave into the order of the list; nil: the last one is the first
	page   pager
	// foreign are lists that must not take the cursors of this one, by what is different.
	foreign map[string]pager
}

// order gives ids in the order of the list.
func (l *paged) order(added []string) []string {
	out := slices.Clone(added)
	if l.sorted == nil {
		slices.Reverse(out)
	} else {
		l.sorted(out)
	}
	return out
}

// walk reads all pages, and calls between after each that is not the last.
func (l *paged) walk(limit int, between func()) []string {
	l.Helper()
	var all []string
	cursor := ""
	for range 1000 {
		got, next, err := l.page(l.Context(), limit, cursor)
		l.ok(err, fmt.Sprintf("page after %d items", len(all)))
		l.that(len(got) <= limit, "got %d items on a page of %d", len(got), limit)
		all = append(all, got...)
		if next == "" {
			return all
		}
		l.that(len(got) > 0, "got an empty page with a cursor of another one")
		cursor = next
		if between != nil {
			between()
		}
	}
	l.fatalf("still no end after 1000 pages")
	return nil
}

// cursor gives a good cursor of the second page.
func (l *paged) cursor() string {
	l.Helper()
	l.add(3)
	_, next, err := l.page(l.Context(), 1, "")
	l.ok(err, "first page")
	l.that(next != "", "got no cursor on a page of 1 of 3 items")
	return next
}

// refuses wants a cursor to be refused.
func (l *paged) refuses(page pager, cursor, what string) {
	l.Helper()
	got, next, err := page(l.Context(), 1, cursor)
	l.refused(err, l.op, what, provider.ErrInvalidCursor)
	l.that(len(got) == 0 && next == "", "%s: got items beside the error", what)
}

// pagingCases are the cases that all lists have in common. The names of foreign lists are those of paged.foreign.
func pagingCases[W any](open func(W) *paged, foreign ...string) []testCase[W] {
	var out []testCase[W]
	add := func(name string, run func(l *paged)) {
		out = append(out, testCase[W]{name: name, run: func(w W) { run(open(w)) }})
	}
	for _, limit := range []int{0, -1, provider.MaxPage + 1} {
		add(fmt.Sprintf("a page of %d is invalid", limit), func(l *paged) {
			l.add(1)
			_, _, err := l.page(l.Context(), limit, "")
			l.refused(err, l.op, fmt.Sprintf("limit %d", limit), provider.ErrInvalid)
		})
	}
	for _, limit := range []int{1, 3, 4, provider.MaxPage} {
		add(fmt.Sprintf("pages of %d hold every item once, in order", limit), func(l *paged) {
			want := l.order(l.add(8))
			same(l.check, "items", l.walk(limit, nil), want)
		})
	}
	add("a list without items is one empty page", func(l *paged) {
		got, next, err := l.page(l.Context(), provider.MaxPage, "")
		l.ok(err, "empty list")
		l.that(len(got) == 0 && next == "", "got %v and the cursor %q", got, next)
	})
	add("items that come while pages are read lose and double nothing", func(l *paged) {
		want := l.order(l.add(7))
		got := l.walk(2, func() { l.add(1) })
		once := map[string]bool{}
		for _, id := range got {
			l.that(!once[id], "%s was on two pages", id)
			once[id] = true
		}
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(want, id) })
		same(l.check, "items that were there from the start", got, want)
	})
	add("a cursor can be used again, and with another limit", func(l *paged) {
		cursor := l.cursor()
		first, _, err := l.page(l.Context(), 1, cursor)
		l.ok(err, "second page")
		again, _, err := l.page(l.Context(), 2, cursor)
		l.ok(err, "second page, of two")
		l.that(len(first) == 1 && len(again) == 2 && again[0] == first[0], "got %v, then %v", first, again)
	})
	addCursorCases(add)
	for _, name := range foreign {
		add("a cursor of "+name+" is refused", func(l *paged) {
			cursor := l.cursor()
			other, ok := l.foreign[name]
			l.that(ok, "the suite has no list %q", name)
			l.refuses(other, cursor, "cursor of "+name)
		})
	}
	return out
}

func addCursorCases(add func(name string, run func(l *paged))) {
	for _, bad := range []struct {
		name string
		of   func(cursor string) string
	}{
		{"that is made up", func(string) string { return "bm90IGEgY3Vyc29y" }},
		{"that is a blank", func(string) string { return " " }},
		{"that is a number", func(string) string { return "1" }},
		{"with a blank behind", func(cursor string) string { return cursor + " " }},
		{"that stands twice", func(cursor string) string { return cursor + cursor }},
		{"of 64 KiB", func(string) string { return strings.Repeat("A", 64<<10) }},
		{"with 64 KiB behind", func(cursor string) string { return cursor + strings.Repeat("A", 64<<10) }},
		{"that is not text", func(string) string { return "\x00\xff\xfe" }},
	} {
		add("a cursor "+bad.name+" is refused", func(l *paged) {
			l.refuses(l.page, bad.of(l.cursor()), "cursor "+bad.name)
		})
	}
	add("a cursor that is an id is refused", func(l *paged) {
		id := l.add(3)[1]
		l.refuses(l.page, id, "an id as a cursor")
	})
	add("a cursor that is cut is refused, wherever it is cut", func(l *paged) {
		cursor := l.cursor()
		for i := 1; i < len(cursor); i++ {
			l.refuses(l.page, cursor[:i], fmt.Sprintf("the first %d bytes of a cursor", i))
		}
	})
	add("a cursor that is changed is refused, wherever it is changed", func(l *paged) {
		cursor := l.cursor()
		for i := range cursor {
			other := "A"
			if cursor[i] == 'A' {
				other = "B"
			}
			l.refuses(l.page, cursor[:i]+other+cursor[i+1:], fmt.Sprintf("a cursor with byte %d changed", i))
		}
	})
}
