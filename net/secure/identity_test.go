package secure

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestIdentityFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.key")
	id, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrCreate(path)
	if err != nil || again.Public != id.Public || again.private != id.private {
		t.Fatal("the second start has another identity", err)
	}
	if err := id.Save(path); !errors.Is(err, fs.ErrExist) {
		t.Fatal("overwritten:", err)
	}
	info, err := os.Stat(path)
	if err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Fatal(info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if len(left) != 1 {
		t.Fatal("temporary files stay behind:", left)
	}
}

func TestIdentityFileRefused(t *testing.T) {
	dir := t.TempDir()
	id, _ := NewIdentity(seeded(1))
	good := string(id.encode())
	flip := strings.Replace(good, good[30:31], string(rune(good[30]^1)), 1)
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    error
	}{
		"good":            {good, 0o600, nil},
		"read-only":       {good, 0o400, nil},
		"group may read":  {good, 0o640, ErrLoosePermissions},
		"others may read": {good, 0o604, ErrLoosePermissions},
		"empty":           {"", 0o600, ErrDamaged},
		"cut":             {good[:40], 0o600, ErrDamaged},
		"one bit":         {flip, 0o600, ErrDamaged},
		"something else":  {"-----BEGIN PRIVATE KEY-----\nabc\n", 0o600, ErrDamaged},
		"huge":            {strings.Repeat("x", maxPrivateFile+1), 0o600, ErrDamaged},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := LoadOrCreate(path)
		if !errors.Is(err, c.want) || (err == nil) != (got != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: not one line that names the file: %q", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != c.content {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestKeyText(t *testing.T) {
	id, _ := NewIdentity(seeded(5))
	text := id.String()
	if len(text) != KeyTextLen {
		t.Fatal(len(text))
	}
	for _, form := range []string{text, strings.ToUpper(text), " " + text + "\n"} {
		if key, err := ParseKey(form); err != nil || key != id.Public {
			t.Fatalf("%q: %v", form, err)
		}
	}
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	for i := range text {
		for _, r := range alphabet {
			bad := text[:i] + string(r) + text[i+1:]
			if key, err := ParseKey(bad); bad != text && err == nil {
				t.Fatalf("typo at %d accepted as %x", i, key)
			}
		}
	}
	for _, bad := range []string{"", "tk1", text[1:], text[:60], text + "a", "tk2" + text[3:], strings.Replace(text, text[10:11], "!", 1)} {
		if _, err := ParseKey(bad); !errors.Is(err, ErrKeyText) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(FormatKey([32]byte{1, 2, 3}))
	f.Add("tk1")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := ParseKey(text); err == nil && FormatKey(key) != strings.ToLower(strings.TrimSpace(text)) {
			t.Fatalf("%q is another form of %s", text, FormatKey(key))
		}
	})
}

func TestSubkeysDiffer(t *testing.T) {
	id, _ := NewIdentity(seeded(6))
	if a, b := id.Subkey("reset"), id.Subkey("token"); a == b || a == id.private {
		t.Fatal("subkeys must differ from each other and from the private key")
	}
}
