package secure

import (
	"bytes"
	"errors"
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
