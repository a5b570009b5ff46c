package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
)

// written is a file that was made.
type written struct {
	name string
	size int64
	note string
}

// writeAll makes all documents in a folder of their own and moves them to -out when the last one is complete. After an
// error -out is as it was before.
func writeAll(ctx context.Context, set *settings, org *organisation, st *usage.Statement, bar *progress) ([]written, error) {
	b, err := newBundle(set.out)
	if err != nil {
		return nil, err
	}
	defer b.discard()
	if err := writeReports(ctx, b, set, st, bar); err != nil {
		return nil, err
	}
	if st.IsFinal() && set.readerIs == "billing" {
		if err := writeInvoices(ctx, b, set, org, st, bar); err != nil {
			return nil, err
		}
	}
	return b.made, b.publish()
}

// writeReports makes the workbook and the CSV file.
func writeReports(ctx context.Context, b *bundle, set *settings, st *usage.Statement, bar *progress) error {
	var what string
	opt := report.Options{Progress: func(p report.Progress) { bar.step(what, p.RowsDone, p.Rows) }}
	if set.readerIs == "member" {
		opt.Visible = func(id string) bool {
			t, ok := st.Tenant(id)
			return ok && set.visible(t)
		}
	}
	what = "writing workbook"
	err := b.add(reportName(st, "xlsx", set), func(w io.Writer) (string, error) {
		r, err := report.Workbook(ctx, w, st, opt)
		return fmt.Sprintf("%d tabs, %d users%s", r.Tabs, r.Rows, partial(r)), err
	})
	if err != nil {
		return err
	}
	what = "writing CSV"
	return b.add(reportName(st, "csv", set), func(w io.Writer) (string, error) {
		r, err := report.CSV(ctx, w, st, opt)
		return fmt.Sprintf("%d users%s", r.Rows, partial(r)), err
	})
}

// reportName keeps what was made for one reader apart from what was made for another.
func reportName(st *usage.Statement, ext string, set *settings) string {
	name := report.FileName(st, ext)
	if set.readerIs == "member" {
		name = strings.TrimSuffix(name, "."+ext) + "-member." + ext
	}
	return name
}

func partial(r report.Result) string {
	if !r.Partial {
		return ""
	}
	return fmt.Sprintf(", partial: %d hidden", r.Hidden)
}

// writeInvoices makes the invoices. In a host's portal the payment provider issues and numbers them; here the number
// is made of account and month.
func writeInvoices(ctx context.Context, b *bundle, set *settings, org *organisation, st *usage.Statement, bar *progress) error {
	a := &org.account
	list, err := invoice.FromStatement(st, invoice.Options{
		Terms: org.terms, Reference: a.Reference, Note: a.Note, PerGroup: set.perGroup,
		Seller:   invoice.Party{Name: a.Seller.Name, Lines: a.Seller.Address, Email: a.Seller.Email, TaxIDs: a.Seller.TaxIDs},
		Customer: invoice.Party{Name: a.Name, Lines: a.Address, Email: a.Email, TaxIDs: a.TaxIDs},
	})
	if err != nil {
		return err
	}
	print, err := pdf.New(pdf.Options{Page: pdf.Letter})
	if err != nil {
		return err
	}
	for i := range list {
		bar.step("writing invoices", i, len(list))
		inv := &list[i]
		inv.ID = strings.TrimSuffix(slug(a.ID)+"-"+st.Period.String()+"-"+slug(inv.Group), "-")
		inv.Number, inv.Status = strings.ToUpper(inv.ID), invoice.Open
		err := b.add("invoice-"+inv.ID+".pdf", func(w io.Writer) (string, error) {
			_, err := print.Render(ctx, w, inv)
			return fmt.Sprintf("%s, %s, due %s", inv.Total, inv.Terms, inv.Due()), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// slug keeps what is safe in the name of a file.
func slug(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
}

// bundle is a set of files that appear together or not at all.
type bundle struct {
	dir  string // where they are wanted
	tmp  string // where they are made, on the same disk
	made []written
}

func newBundle(dir string) (*bundle, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() { //nolint:gosec // -out may be any folder
		return nil, fmt.Errorf("-out: %s is not a folder", dir)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".closemonth-*")
	if err != nil {
		return nil, fmt.Errorf("-out: %w", err)
	}
	return &bundle{dir: dir, tmp: tmp}, nil
}

// add makes one file. What is written must say a few words about it.
func (b *bundle) add(name string, write func(io.Writer) (note string, err error)) (err error) {
	file, err := os.OpenFile(filepath.Join(b.tmp, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // names come from slug and report.FileName
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffer := bufio.NewWriterSize(file, 1<<16)
	note, err := write(buffer)
	if err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	b.made = append(b.made, written{name, info.Size(), note})
	return nil
}

// publish moves the files to their place. A file that is in the way is kept until all are there, and comes back when
// one of them cannot be moved.
func (b *bundle) publish() (err error) {
	created := os.Mkdir(b.dir, 0o750) == nil
	var undo []func() error
	defer func() {
		if err == nil {
			return
		}
		for i := len(undo) - 1; i >= 0; i-- {
			err = errors.Join(err, undo[i]())
		}
		if created {
			err = errors.Join(err, os.Remove(b.dir)) //nolint:gosec // -out may be any folder
		}
	}()
	for _, f := range b.made {
		from, to, old := filepath.Join(b.tmp, f.name), filepath.Join(b.dir, f.name), filepath.Join(b.tmp, f.name+".old")
		if info, err := os.Lstat(to); err == nil {
			if !info.Mode().IsRegular() {
				return fmt.Errorf("-out: %s is in the way and is not a file", to)
			}
			if err := os.Rename(to, old); err != nil {
				return err
			}
			undo = append(undo, func() error { return os.Rename(old, to) })
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() error { return os.Remove(to) })
	}
	return nil
}

// discard takes the folder away in which the files were made.
func (b *bundle) discard() { _ = os.RemoveAll(b.tmp) } //nolint:gosec // made by MkdirTemp
