package sqlstore

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/billhatch/billhatch/provider"
)

// packFrom is the length in bytes from which a body is compressed.
const packFrom = 1 << 10

// Freeze stores a statement once. The hash must be that of the body. The body is compressed in the database.
func (s *Store) Freeze(ctx context.Context, f provider.FrozenStatement) error {
	_, err := write(ctx, s, "Freeze", func(here session) (none, error) {
		if err := checkKey(f.Key); err != nil {
			return none{}, err
		}
		if f.Hash != hashOf(f.Body) {
			return none{}, invalid("hash", "not that of the body")
		}
		body, packed, err := pack(f.Body)
		if err != nil {
			return none{}, err
		}
		args := append(closingArgs(f.Key), f.Hash, len(f.Body), packed, body)
		n, err := here.exec(ctx, `INSERT INTO billhatch_statements
			(account_id, from_day, to_day, group_name, revision, hash, size, packed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, from_day, to_day, group_name, revision) DO NOTHING`, args...)
		if err != nil || n > 0 {
			return none{}, err
		}
		var old string
		if err := here.row(ctx, "SELECT hash FROM billhatch_statements"+closingWhere, closingArgs(f.Key)...).Scan(&old); err != nil {
			return none{}, err
		}
		if old != f.Hash {
			return none{}, conflict("another statement is frozen")
		}
		return none{}, nil
	})
	return err
}

// Statement reads a frozen statement. One whose body is not that of its hash any more is provider.ErrMisconfigured.
func (s *Store) Statement(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
	return ask(ctx, s, "Statement", func(here session) (provider.FrozenStatement, error) {
		if checkKey(key) != nil {
			return provider.FrozenStatement{}, notFound()
		}
		f := provider.FrozenStatement{Key: key}
		var size int64
		var packed bool
		var body []byte
		err := here.row(ctx, "SELECT hash, size, packed, body FROM billhatch_statements"+closingWhere, closingArgs(key)...).
			Scan(&f.Hash, &size, &packed, &body)
		if noRows(err) {
			return provider.FrozenStatement{}, notFound()
		}
		if err != nil {
			return provider.FrozenStatement{}, err
		}
		if f.Body, err = unpack(body, packed, size); err != nil || hashOf(f.Body) != f.Hash {
			return provider.FrozenStatement{}, damaged("a frozen statement", err)
		}
		return f, nil
	})
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// pack compresses a body where that helps.
func pack(body []byte) (packed []byte, smaller bool, err error) {
	if len(body) < packFrom {
		return append([]byte{}, body...), false, nil // null is no body at all
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return nil, false, err
	}
	if err := z.Close(); err != nil {
		return nil, false, err
	}
	if b.Len() >= len(body) {
		return body, false, nil
	}
	return b.Bytes(), true, nil
}

// unpack gives the plain body, which has so many bytes; one more is read of it at most.
func unpack(body []byte, packed bool, size int64) ([]byte, error) {
	if !packed {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, size+1))
}
