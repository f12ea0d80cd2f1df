package secure

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// ErrSpent says that a token has been used before.
var ErrSpent = errors.New("secure: token was used before")

// Spent remembers which tokens were used, until they expire by themselves. With
// a file it remembers them across restarts: a use is in the file when Use returns,
// which outlives the process, and on the disk when Commit returns, which outlives
// the machine. Not safe for several goroutines or processes at once.
type Spent struct {
	// Lazy makes Commit leave it to the system when the file reaches the disk: a
	// crash of the machine, though not of the process, may then forget the last
	// seconds. For servers that cannot wait some milliseconds for a disk.
	Lazy bool

	used  map[[16]byte]int64 // id to Unix seconds of expiry
	file  *os.File           // nil: memory only
	path  string
	size  int64 // of the file
	dirty bool  // it has uses that Commit has not seen
	over  bool  // closed
	next  int64 // when expired entries are looked for again
}

// A record of the file: id (16), expiry (i64 LE), first 8 bytes of SHA-256 of both.
const spentRecord = 32

// MaxSpent bounds the tokens that are remembered; when as many are live no
// further one is accepted, since forgetting one would let it be used again.
const MaxSpent = 1 << 20

// NewSpent remembers in memory only: a restart forgets. For tests and for
// tokens that live shorter than a restart takes.
func NewSpent() *Spent { return &Spent{used: make(map[[16]byte]int64)} }

// OpenSpent reads the file, drops what has expired by now, and keeps it open.
// Records at the end that a crash has cut short or left as zeros are dropped: they
// were never committed. A damaged one is an error, because forgetting a used token
// is worse than not starting.
func OpenSpent(path string, now time.Time) (*Spent, error) {
	s := NewSpent()
	s.path = path
	p, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("used tokens %s: %w", path, unwrapPath(err))
	}
	for n := 0; len(p) >= spentRecord; n++ {
		r := p[:spentRecord]
		sum := sha256.Sum256(r[:24])
		if [8]byte(sum[:]) != [8]byte(r[24:]) {
			if len(bytes.Trim(p, "\x00")) == 0 {
				break
			}
			return nil, fmt.Errorf("used tokens %s: record %d is damaged: remove the file once all tokens issued before now have expired", path, n)
		}
		if until := int64(binary.LittleEndian.Uint64(r[16:])); until >= now.Unix() {
			s.used[[16]byte(r)] = until
		}
		p = p[spentRecord:]
	}
	if err := s.rewrite(); err != nil {
		return nil, err
	}
	return s, nil
}

// rewrite replaces the file by one with the live records only.
func (s *Spent) rewrite() error {
	tmp := s.path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("used tokens %s: %w", s.path, unwrapPath(err))
	}
	buf := make([]byte, 0, len(s.used)*spentRecord)
	for id, until := range s.used {
		buf = appendSpent(buf, id, until)
	}
	_, err = f.Write(buf)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		if s.file != nil {
			s.file.Close()
			s.file = nil
		}
		err = os.Rename(tmp, s.path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(s.path))
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("used tokens %s: %w", s.path, unwrapPath(err))
	}
	s.file, s.size = f, int64(len(buf))
	return nil
}

func appendSpent(dst []byte, id [16]byte, until int64) []byte {
	start := len(dst)
	dst = append(dst, id[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(until))
	sum := sha256.Sum256(dst[start:])
	return append(dst, sum[:8]...)
}

// Has reports whether a token was used.
func (s *Spent) Has(id [16]byte) bool {
	_, ok := s.used[id]
	return ok
}

// syncDir makes a rename in a directory outlive a crash of the machine, where the
// system can: Windows cannot, and does so by itself.
func syncDir(path string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Use marks a token as used: ErrSpent if it was before. If it cannot be written
// down it does not count and the token must be refused. Whoever brought the token
// may be let in once Commit has returned.
func (s *Spent) Use(id [16]byte, notAfter, now time.Time) error {
	if s.Has(id) {
		return ErrSpent
	}
	if s.over {
		return errSpentClosed
	}
	s.expire(now.Unix())
	if len(s.used) >= MaxSpent {
		return fmt.Errorf("secure: %d tokens are live: issue tokens with a shorter life", MaxSpent)
	}
	if s.file != nil {
		if _, err := s.file.WriteAt(appendSpent(nil, id, notAfter.Unix()), s.size); err != nil {
			return fmt.Errorf("used tokens %s: %w", s.path, unwrapPath(err))
		}
		s.size += spentRecord // a write that failed is written over by the next
		s.dirty = true
	}
	s.used[id] = notAfter.Unix()
	return nil
}

// Commit waits until all uses are on the disk, if there are new ones: once for as
// many as there are. After an error whoever brought them must be refused; the tokens
// stay used.
func (s *Spent) Commit() error {
	if !s.dirty || s.Lazy {
		return nil
	}
	if s.over {
		return errSpentClosed
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("used tokens %s: %w", s.path, unwrapPath(err))
	}
	s.dirty = false
	return nil
}

// expire forgets expired tokens, once a minute.
func (s *Spent) expire(now int64) {
	if now < s.next {
		return
	}
	s.next = now + 60
	for id, until := range s.used {
		if until < now {
			delete(s.used, id)
		}
	}
}

// Close closes the file. No token can be used afterwards.
func (s *Spent) Close() error {
	s.over = true
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file, s.dirty = nil, false
	return errors.Join(f.Sync(), f.Close())
}

var errSpentClosed = errors.New("secure: Spent is closed: close it after the Endpoint")

var _ io.Closer = (*Spent)(nil)
