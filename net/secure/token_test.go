package secure

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var someday = time.Unix(1_800_000_000, 0)

func TestToken(t *testing.T) {
	key, _ := NewTokenKey(seeded(1))
	other, _ := NewTokenKey(seeded(2))
	g, _ := NewGrant(seeded(3), 42, someday, []byte("player 7"))
	token, err := key.Seal(KindJoin, &g, seeded(4))
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.Open(KindJoin, token, someday)
	if err != nil || got.ID != g.ID || got.Secret != g.Secret || got.Protocol != 42 || !got.NotAfter.Equal(someday) || string(got.Data) != "player 7" {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := key.Open(KindJoin, token, someday.Add(time.Second)); !errors.Is(err, ErrTokenExpired) {
		t.Error("expired:", err)
	}
	if _, err := key.Open(KindResume, token, someday); !errors.Is(err, ErrToken) {
		t.Error("another kind:", err)
	}
	if _, err := other.Open(KindJoin, token, someday); !errors.Is(err, ErrToken) {
		t.Error("another key:", err)
	}
	for i := range len(token) * 8 {
		bad := bytes.Clone(token)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := key.Open(KindJoin, bad, someday); err == nil {
			t.Fatalf("bit %d flipped and opened", i)
		}
	}
	for n := range token {
		if _, err := key.Open(KindJoin, token[:n], someday); err == nil {
			t.Fatalf("cut to %d and opened", n)
		}
	}
	g.Data = make([]byte, MaxTokenData+1)
	if _, err := key.Seal(KindJoin, &g, nil); err == nil {
		t.Error("too much data")
	}
}

func TestTokenKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token.key")
	key, _ := NewTokenKey(nil)
	if err := SaveTokenKey(path, key); err != nil {
		t.Fatal(err)
	}
	if got, err := LoadTokenKey(path); err != nil || got != key {
		t.Fatal(err)
	}
	if err := SaveTokenKey(path, key); !errors.Is(err, os.ErrExist) {
		t.Fatal("overwritten:", err)
	}
	p, _ := os.ReadFile(path)
	p[30] ^= 1
	os.Remove(path)
	os.WriteFile(path, p, 0o600)
	if _, err := LoadTokenKey(path); err == nil {
		t.Fatal("a damaged key loads")
	}
}

// netcode kept used tokens in memory only: a restart accepted them again.
func TestSpentSurvivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spent")
	now := someday.Add(-time.Hour)
	s, err := OpenSpent(path, now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		until := someday
		if i >= 5 {
			until = now.Add(time.Minute)
		}
		if err := s.Use([16]byte{byte(i)}, until, now); err != nil {
			t.Fatal(err)
		}
		if err := s.Use([16]byte{byte(i)}, until, now); !errors.Is(err, ErrSpent) {
			t.Fatal("twice:", err)
		}
	}
	// The process dies without a Close, in the middle of a record.
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	f.Write([]byte{1, 2, 3})
	f.Close()
	s2, err := OpenSpent(path, now.Add(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if got := s2.Has([16]byte{byte(i)}); got != (i < 5) {
			t.Errorf("token %d after the restart: used %v", i, got)
		}
	}
	if err := s2.Use([16]byte{99}, someday, now); err != nil {
		t.Fatal(err)
	}
	if err := s2.Close(); err != nil {
		t.Fatal(err)
	}
	p, _ := os.ReadFile(path)
	if len(p) != 6*spentRecord {
		t.Fatalf("%d bytes: expired records stay, or the torn one does", len(p))
	}
	p[40] ^= 1
	os.WriteFile(path, p, 0o600)
	if _, err := OpenSpent(path, now); err == nil {
		t.Fatal("a damaged record is forgotten silently")
	}
}

// What a crash of the machine leaves behind: a record cut short, or space that was never
// written. Neither was committed, and neither keeps the server from starting.
func TestSpentAfterACrash(t *testing.T) {
	now := someday.Add(-time.Hour)
	for name, tail := range map[string][]byte{
		"nothing": nil, "a torn record": {1, 2, 3}, "zeros": make([]byte, 3*spentRecord), "zeros and a bit": make([]byte, spentRecord+5),
	} {
		path := filepath.Join(t.TempDir(), "spent")
		s, err := OpenSpent(path, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Use([16]byte{1}, someday, now), s.Commit()); err != nil {
			t.Fatal(err)
		}
		p, err := os.ReadFile(path)
		if err != nil || len(p) != spentRecord {
			t.Fatal(len(p), err)
		}
		if err := os.WriteFile(path, append(p, tail...), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := OpenSpent(path, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !again.Has([16]byte{1}) || again.Has([16]byte{}) {
			t.Errorf("%s: the used token is forgotten, or a blank one is known", name)
		}
		// Zeros in the middle are no crash of ours.
		p = append(make([]byte, spentRecord), p...)
		if err := os.WriteFile(path, p, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSpent(path, now); err == nil {
			t.Errorf("%s: a damaged record is forgotten silently", name)
		}
	}
}

func TestSpentCommit(t *testing.T) {
	now := someday.Add(-time.Hour)
	s, err := OpenSpent(filepath.Join(t.TempDir(), "spent"), now)
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close() // the disk fails
	if err := s.Commit(); err != nil {
		t.Error("nothing to write down, and still:", err)
	}
	if err := s.Use([16]byte{1}, someday, now); err == nil || s.Has([16]byte{1}) {
		t.Error("a use that was not written counts:", err)
	}
	s.dirty = true // one that was, before
	if err := s.Commit(); err == nil {
		t.Error("a disk that fails goes unnoticed")
	}
	s.Lazy = true
	if err := s.Commit(); err != nil {
		t.Error("lazy:", err)
	}
	if s.Close() == nil {
		t.Error("closing a file that is gone")
	}
	if err := s.Use([16]byte{2}, someday, now); err == nil {
		t.Error("used after Close, in memory alone")
	}
}

// BenchmarkSpent is what each player who joins costs: the file's system cache, and the disk.
func BenchmarkSpent(b *testing.B) {
	for _, lazy := range []bool{true, false} {
		b.Run(fmt.Sprintf("lazy=%t", lazy), func(b *testing.B) {
			now := someday.Add(-time.Hour)
			s, err := OpenSpent(filepath.Join(b.TempDir(), "spent"), now)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			s.Lazy = lazy
			var id [16]byte
			for i := 0; b.Loop(); i++ {
				binary.LittleEndian.PutUint64(id[:], uint64(i)+1)
				if err := errors.Join(s.Use(id, now.Add(time.Second), now.Add(time.Duration(i)*time.Millisecond)), s.Commit()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestSpentForgetsExpired(t *testing.T) {
	s := NewSpent()
	now := someday
	for i := range 1000 {
		now = now.Add(time.Second)
		if err := s.Use([16]byte{byte(i), byte(i >> 8)}, now.Add(10*time.Second), now); err != nil {
			t.Fatal(err)
		}
		if len(s.used) > 80 {
			t.Fatalf("%d tokens remembered that live 10 s", len(s.used))
		}
	}
}

func FuzzToken(f *testing.F) {
	key, _ := NewTokenKey(seeded(1))
	g, _ := NewGrant(seeded(3), 42, someday, []byte("x"))
	token, _ := key.Seal(KindJoin, &g, seeded(4))
	f.Add(token)
	f.Fuzz(func(t *testing.T, p []byte) {
		if _, err := key.Open(KindJoin, p, someday); err == nil && !bytes.Equal(p, token) {
			t.Fatal("a forged token opens")
		}
	})
}
