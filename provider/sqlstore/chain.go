package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// AuditHead is the end of the audit trail of an account. Kept outside of the database it tells later whether entries are
// missing at the end, whoever has taken them away.
type AuditHead struct {
	Account  string
	Sequence int64    // of the last entry; 0: there is none
	Hash     [32]byte // of the last entry and, through it, of all before it
}

// head is the end of a chain as it is kept.
type head struct {
	account  string
	sequence int64
	hash     []byte
}

// seals is what the seal of a head is made of.
func (h head) seals() []string {
	return []string{"audit head", h.account, strconv.FormatInt(h.sequence, 10), string(h.hash)}
}

// link is the hash of an entry that comes behind another one with the hash before; empty: it is the first.
func (e *chained) link(before []byte) []byte {
	sum := sha256.Sum256([]byte(join([]string{
		"billhatch audit 1", string(before), e.Account, strconv.FormatInt(e.Sequence, 10), e.ID,
		strconv.FormatInt(e.At.UnixMicro(), 10), e.Actor, e.Action, e.Target, e.Purpose, string(e.Outcome), e.Request,
	})))
	return sum[:]
}

// lockHead gives the end of a chain, and the store's time, and lets nobody else move it until the end of the transaction.
// A chain without an entry gets a head.
func (s session) lockHead(ctx context.Context, account string) (head, time.Time, error) {
	last := head{account: account}
	var at instant
	var seal []byte
	read := func() error {
		return s.row(ctx, "SELECT sequence, hash, seal, "+s.tongue.now+" FROM billhatch_audit_heads WHERE account_id = ?"+s.lock, account).
			Scan(&last.sequence, &last.hash, &seal, &at)
	}
	err := read()
	if noRows(err) {
		first := head{account: account, hash: []byte{}}
		_, err = s.exec(ctx, `INSERT INTO billhatch_audit_heads (account_id, sequence, hash, seal) VALUES (?, 0, ?, ?)
			ON CONFLICT (account_id) DO NOTHING`, account, first.hash, s.keys.sign(first.seals()...))
		if err == nil {
			err = read()
		}
	}
	if err != nil {
		return head{}, time.Time{}, err
	}
	if !s.keys.signed(seal, last.seals()...) { // to go on would seal what somebody else has written there
		return head{}, time.Time{}, last.unsealed()
	}
	if s.clock != nil {
		at.Time = micro(s.clock())
	}
	return last, at.Time, nil
}

func (h head) unsealed() error {
	return h.broken(h.sequence+1, "the seal of the end is broken, or its key is not known")
}

func (s session) moveHead(ctx context.Context, to head) error {
	_, err := s.exec(ctx, "UPDATE billhatch_audit_heads SET sequence = ?, hash = ?, seal = ? WHERE account_id = ?",
		to.sequence, to.hash, s.keys.sign(to.seals()...), to.account)
	return err
}

// VerifyAudit reads the whole audit trail of an account and wants every entry to be what was written, none to be missing
// and none to be added. It gives the end of the trail. Otherwise the error is a *ChainError of kind
// provider.ErrConflict that names the first entry that is not right.
//
// Heads are what was kept of earlier verifications: an entry that was there then must be there still, with the same hash.
// Without them the end is checked against the one that Append has sealed, and who can write the database and has an
// older copy of it, seal included, can bring the whole trail back to that state unnoticed.
func (s *Store) VerifyAudit(ctx context.Context, account string, heads ...AuditHead) (AuditHead, error) {
	return look(ctx, s, "VerifyAudit", func(here session) (AuditHead, error) {
		if !possible(account) {
			return AuditHead{}, invalid("account", "missing, or no id")
		}
		last, err := here.walk(ctx, account, heads)
		if err == nil {
			err = here.ends(ctx, last)
		}
		return last.public(), err
	})
}

// SealAudit seals the end that the audit trail of an account has now, when the entries are a chain. It is for a seal whose
// key is gone, and for a trail that was damaged and looked into: entries that are missing at the end are forgotten, and
// from here on the trail can be written again. Otherwise its error is that of [Store.VerifyAudit].
func (s *Store) SealAudit(ctx context.Context, account string) (AuditHead, error) {
	return write(ctx, s, "SealAudit", func(here session) (AuditHead, error) {
		if err := check(field{"account", account, id}); err != nil {
			return AuditHead{}, err
		}
		_, err := here.some(ctx, "SELECT 1 FROM billhatch_audit_heads WHERE account_id = ?"+s.lock, account)
		if err != nil {
			return AuditHead{}, err
		}
		end, err := here.walk(ctx, account, nil)
		if err != nil {
			return AuditHead{}, err
		}
		_, err = here.exec(ctx, `INSERT INTO billhatch_audit_heads (account_id, sequence, hash, seal) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, seal = excluded.seal`,
			account, end.sequence, end.hash, s.keys.sign(end.seals()...))
		return end.public(), err
	})
}

func (h head) public() AuditHead {
	out := AuditHead{Account: h.account, Sequence: h.sequence}
	copy(out.Hash[:], h.hash)
	return out
}

// walk goes through a chain from its beginning and gives its end.
func (s session) walk(ctx context.Context, account string, heads []AuditHead) (head, error) {
	at := head{account: account, hash: []byte{}}
	for more := true; more; {
		n := 0
		err := s.each(ctx, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			if err != nil {
				return err
			}
			n++
			at, err = at.follow(&e, heads)
			return err
		}, "SELECT "+auditColumns+" FROM billhatch_audit WHERE account_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
			account, at.sequence, pageRows)
		if err != nil {
			return head{}, err
		}
		more = n == pageRows
	}
	for _, h := range heads {
		if h.Account == account && h.Sequence > at.sequence {
			return head{}, at.broken(at.sequence+1, "entries are missing at the end")
		}
	}
	return at, nil
}

// follow goes on to the next entry, or tells what is wrong with it.
func (h head) follow(e *chained, heads []AuditHead) (head, error) {
	switch {
	case e.Sequence != h.sequence+1:
		return head{}, h.broken(h.sequence+1, "the entry is missing")
	case !bytes.Equal(e.hash, e.link(h.hash)):
		return head{}, h.broken(e.Sequence, "the entry, or what is before it, is not what was written")
	}
	for i := range heads {
		if heads[i].Account == h.account && heads[i].Sequence == e.Sequence && !bytes.Equal(heads[i].Hash[:], e.hash) {
			return head{}, h.broken(e.Sequence, "the trail up to this entry was another one before")
		}
	}
	return head{h.account, e.Sequence, e.hash}, nil
}

// ends wants the end of a chain to be the one that was sealed.
func (s session) ends(ctx context.Context, at head) error {
	kept := head{account: at.account}
	var seal []byte
	err := s.row(ctx, "SELECT sequence, hash, seal FROM billhatch_audit_heads WHERE account_id = ?", at.account).
		Scan(&kept.sequence, &kept.hash, &seal)
	switch {
	case noRows(err) && at.sequence == 0:
		return nil
	case noRows(err):
		return at.broken(at.sequence+1, "the sealed end of the trail is missing")
	case err != nil:
		return err
	case !s.keys.signed(seal, kept.seals()...):
		return at.unsealed()
	case kept.sequence > at.sequence:
		return at.broken(at.sequence+1, "entries are missing at the end")
	case kept.sequence < at.sequence:
		return at.broken(kept.sequence+1, "the entry was added behind the sealed end")
	case !bytes.Equal(kept.hash, at.hash):
		return at.broken(at.sequence, "the last entry is not the sealed one")
	}
	return nil
}

func (h head) broken(sequence int64, reason string) error {
	return &provider.Error{
		Kind: provider.ErrConflict, Message: "the audit trail breaks at entry " + strconv.FormatInt(sequence, 10) + ": " + reason,
		Err: &ChainError{Account: h.account, Sequence: sequence, Reason: reason},
	}
}
