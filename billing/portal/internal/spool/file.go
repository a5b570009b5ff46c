package spool

import (
	"os"
	"path/filepath"
)

// file is a file that nobody else can open.
type file struct {
	*os.File
	home string // its directory, which is to be removed; empty: it is gone already
}

// newFile makes a file in a private directory of its own. Where that is possible, both are removed at once and only the
// open file is left. remove is os.RemoveAll.
func newFile(dir string, remove func(string) error) (*file, error) {
	home, err := os.MkdirTemp(dir, "billhatch-") // mode 0700
	if err != nil {
		return nil, err
	}
	//nolint:gosec // the name is ours
	f, err := os.OpenFile(filepath.Join(home, "report"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil { // guard: the directory is ours, and new
		_ = os.RemoveAll(home)
		return nil, err
	}
	if remove(home) == nil {
		home = ""
	}
	return &file{File: f, home: home}, nil
}

// discard removes the file. That it fails changes nothing for anybody: the name of the file is nowhere.
func (f *file) discard() {
	_ = f.Close()
	if f.home != "" {
		_ = os.RemoveAll(f.home)
	}
}
