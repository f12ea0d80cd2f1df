package tidy

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Finding is one place that breaks a rule.
type Finding struct {
	Path string // slash-separated, relative to the root of the repository
	Line int    // from 1; 0: the file or folder as a whole
	Text string // what stands there
	// Key names the place for exceptions.go, in a form that survives edits:
	// "path" or "path:Function". Empty: the path.
	Key string
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text)
}

func (f Finding) key() string {
	if f.Key != "" {
		return f.Key
	}
	return f.Path
}

// Rule is one law: a check, the reason for it, and what to do about a finding.
type Rule struct {
	Name   string
	Reason string
	Fix    string
	Check  func(*Repo) ([]Finding, error)
}

// Report applies the rule to the repository, takes away what is excepted, and
// returns the failure's whole text: empty when there is nothing to say. An
// exception that excuses nothing is reported too.
func (u Rule) Report(r *Repo, excused []Exception) (string, error) {
	found, err := u.Check(r)
	if err != nil {
		return "", fmt.Errorf("rule %s: %w", u.Name, err)
	}
	used := map[string]bool{}
	found = slices.DeleteFunc(found, func(f Finding) bool {
		ok := slices.ContainsFunc(excused, func(e Exception) bool { return e.Rule == u.Name && e.Key == f.key() })
		used[f.key()] = used[f.key()] || ok
		return ok
	})
	for _, e := range excused {
		if e.Rule == u.Name && !used[e.Key] {
			found = append(found, Finding{Path: "tools/tidy/exceptions.go", Text: e.Key + " is excused and needs it no more: delete the line"})
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	var b strings.Builder
	for _, f := range slices.Compact(found) {
		fmt.Fprintln(&b, f)
	}
	fmt.Fprintf(&b, "why: %s\nfix: %s", u.Reason, u.Fix)
	return b.String(), nil
}

// at makes a finding of a node of a file.
func (r *Repo) at(file *File, n ast.Node, format string, args ...any) Finding {
	return Finding{Path: file.Path, Line: r.Fset.Position(n.Pos()).Line, Text: fmt.Sprintf(format, args...)}
}
