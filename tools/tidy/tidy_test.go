package tidy

import (
	"path/filepath"
	"testing"
)

// checkout loads the repository that this test stands in.
func checkout(t *testing.T) *Repo {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Packages) == 0 {
		t.Fatalf("no Go package under %s", root)
	}
	return r
}

// TestLaws holds this repository against every rule.
func TestLaws(t *testing.T) {
	r := checkout(t)
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			text, err := rule.Report(r, Exceptions)
			if err != nil {
				t.Fatal(err)
			}
			if text != "" {
				t.Errorf("\n%s", text)
			}
		})
	}
}

// TestExceptionsHaveReasons keeps the list of exceptions honest.
func TestExceptionsHaveReasons(t *testing.T) {
	known := map[string]bool{}
	for _, rule := range Rules {
		known[rule.Name] = true
	}
	for _, e := range Exceptions {
		if !known[e.Rule] {
			t.Errorf("exception for %s names the rule %q, which does not exist", e.Key, e.Rule)
		}
		if len(e.Reason) < 20 {
			t.Errorf("exception for %s from %s gives no reason worth reading: %q", e.Key, e.Rule, e.Reason)
		}
	}
}
