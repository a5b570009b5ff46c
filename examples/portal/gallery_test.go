package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
)

// Every exhibit of the gallery answers at its address as it promises, each time (C11).
func TestEveryExhibitIsWhatItPromises(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	d, at := open(t)
	b := browse(t, at)
	for _, wing := range d.gallery.wings {
		for i := range wing.exhibits {
			e := &wing.exhibits[i]
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				want := max(e.status, http.StatusOK)
				for range 2 {
					status, page := (&browser{t: t, origin: at, client: b.client}).get(e.url())
					_, err := d.gallery.room(t.Context(), e)
					require.NoError(t, err)
					require.Equal(t, want, status, page)
					require.Contains(t, page, e.text)
					require.Contains(t, page, "bh-page", "a page of the portal")
				}
			})
		}
	}
}

// The list for programs has every exhibit once, and the page for people has them all.
func TestTheIndexOfTheGallery(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	b := browse(t, at)
	status, body := b.get("/gallery/index.json")
	require.Equal(t, http.StatusOK, status)
	var cards []card
	require.NoError(t, json.Unmarshal([]byte(body), &cards))
	_, page := b.get("/gallery")
	names := regexp.MustCompile(`^[a-z0-9-]+$`)
	seen := map[string]bool{}
	for _, c := range cards {
		require.Regexp(t, names, c.Name)
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		require.NotEmpty(t, c.Title)
		require.NotEmpty(t, c.Text, c.Name)
		require.True(t, strings.HasPrefix(c.URL, "/gallery/"+c.Name+"/"), c.URL)
		require.Contains(t, page, strings.ReplaceAll(c.URL, "&", "&amp;"))
	}
	require.Len(t, seen, len(d.gallery.byName))
	require.Greater(t, len(seen), 100)
}

// Every problem that a page can answer with has its exhibit.
func TestEveryProblemHasItsExhibit(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	// The JSON API alone asks for versions, and a form answers a conflict by itself.
	elsewhere := map[string]bool{"version_required": true, "version_changed": true, "conflict": true}
	statuses := map[int]bool{}
	for i := range d.gallery.wings {
		for e := range d.gallery.wings[i].exhibits {
			statuses[max(d.gallery.wings[i].exhibits[e].status, http.StatusOK)] = true
		}
	}
	for _, p := range portal.Problems() {
		if !elsewhere[p.Name] {
			require.True(t, statuses[p.Status], "%s: %d", p.Name, p.Status)
		}
	}
}

// Beyond its page an exhibit is a billing area like any other.
func TestTheRoomsOfTheGalleryCanBeWalkedThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	_, at := open(t)
	b := browse(t, at)
	status, page := b.get("/gallery/invoices-newest/invoices")
	require.Equal(t, http.StatusOK, status)
	next := regexp.MustCompile(`href="(/gallery/invoices-newest/invoices\?[^"]*cursor=[^"]+)"`).FindStringSubmatch(page)
	require.Len(t, next, 2)
	status, page = b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Previous")
	status, _ = b.get("/gallery/usage")
	require.Equal(t, http.StatusOK, status)
	for _, path := range []string{"/gallery/none/usage", "/gallery/none"} {
		status, _ = b.get(path)
		require.Equal(t, http.StatusNotFound, status, path)
	}
}

// Not all rooms are open at a time; one that was closed is made anew.
func TestRoomsAreClosedAndOpenedAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	d, at := open(t)
	b := browse(t, at)
	first := d.gallery.byName["report-running"]
	status, _ := b.get(first.url())
	require.Equal(t, http.StatusOK, status)
	rm, err := d.gallery.room(t.Context(), first)
	require.NoError(t, err)
	for i := range d.gallery.wings[0].exhibits[:mostRooms] {
		_, err := d.gallery.room(t.Context(), &d.gallery.wings[0].exhibits[i])
		require.NoError(t, err)
	}
	require.Len(t, d.gallery.rooms, mostRooms)
	require.Error(t, rm.ctx.Err())
	again, err := d.gallery.room(t.Context(), first)
	require.NoError(t, err)
	require.NotSame(t, rm, again)
	status, page := b.get(first.url())
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, first.text)
}
