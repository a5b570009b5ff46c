package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress draws a bar on a terminal, and nothing anywhere else.
type progress struct {
	w     io.Writer // nil: nobody watches
	shown string
}

func newProgress(set *settings) *progress {
	if !set.watchProgress {
		return &progress{}
	}
	return &progress{w: set.messages}
}

// step tells that so many of all parts are done. It draws when the picture changes.
func (p *progress) step(what string, done, all int) {
	if p.w == nil {
		return
	}
	const width = 30
	all = max(all, 1)
	full := width * min(done, all) / all
	picture := fmt.Sprintf("%-18s %s%s %3d %%", what, strings.Repeat("█", full), strings.Repeat("░", width-full), 100*min(done, all)/all)
	if picture == p.shown {
		return
	}
	p.shown = picture
	_, _ = fmt.Fprint(p.w, "\r", picture, "\x1b[K") // a bar that cannot be drawn is no error
}

// clear takes the bar away.
func (p *progress) clear() {
	if p.w != nil && p.shown != "" {
		p.shown = ""
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// isTerminal tells whether somebody watches: w is a character device that understands more than plain lines.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
