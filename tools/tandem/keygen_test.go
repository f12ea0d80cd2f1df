package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
