package main

import (
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

func TestKeygenIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "server.key")
	var made, shown strings.Builder
	if err := makeIdentity(&made, file); err != nil {
		t.Fatal(err)
	}
	if err := showIdentity(&shown, file); err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(shown.String())
	if _, err := secure.ParseKey(key); err != nil || !strings.Contains(made.String(), key) {
		t.Fatalf("made %q, shown %q: %v", made.String(), key, err)
	}
	before, _ := os.ReadFile(file)
	err := makeIdentity(&made, file)
	if err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Fatal("a second run:", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Fatal("the identity was overwritten")
	}
	if err := makeIdentity(&made, filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Fatal("wrote into a folder that is not there")
	}
}

func TestKeygenToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token.key")
	if err := makeToken(io.Discard, file); err != nil {
		t.Fatal(err)
	}
	if _, err := secure.LoadTokenKey(file); err != nil {
		t.Fatal(err)
	}
	if err := makeToken(io.Discard, file); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Fatal(err)
	}
}

func TestKeygenChain(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	ca, leaf, chain := filepath.Join(dir, "studio"), filepath.Join(dir, "eu"), filepath.Join(dir, "server.chain")
	id, err := secure.NewIdentity(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return makeCA(io.Discard, ca, now, 10*day) },
		func() error { return makeLeaf(io.Discard, ca, leaf, "play.example", now, 5*day) },
		func() error { return makeChain(io.Discard, leaf, id.String(), chain, 42, now.Add(day)) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if err := step(); err == nil || !strings.Contains(err.Error(), "not overwritten") {
			t.Fatal("a second run:", err)
		}
	}
	for _, secret := range []string{ca + ".key", leaf + ".key"} {
		if info, err := os.Stat(secret); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Fatal(secret, info.Mode(), err)
		}
	}
	c, err := secure.LoadChain(chain)
	if err != nil {
		t.Fatal(err)
	}
	authority, _, err := loadCertificate(ca + ".crt")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	if err := c.Verify(roots, "play.example", id.Public, now); err != nil {
		t.Fatal(err)
	}
	if err := makeChain(io.Discard, leaf, "tk1typo", chain+"2", 42, now); err == nil {
		t.Fatal("a mistyped key is signed")
	}
	if err := makeLeaf(io.Discard, filepath.Join(dir, "nobody"), leaf+"2", "x", now, day); err == nil {
		t.Fatal("a leaf of an authority that is not there")
	}
}
