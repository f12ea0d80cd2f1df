// Package tidy holds the laws of the house as programs: which layer may import
// which, what a simulation may not do, how long a function may grow, what a
// reader finds documented. `go test ./tools/tidy` applies every rule to the
// checkout it stands in; each failure says what it saw, why that is a law, and
// what to do instead.
//
// A rule is a value of type [Rule]. To add one, write a function from a [Repo]
// to its findings, list it in rules.go with a reason and a fix, and give it a
// fixture in rules_test.go: one tree that breaks it and one that does not.
//
// Exceptions live in exceptions.go. Each names one place and carries a reason,
// and one that no longer applies to anything is itself a failure.
package tidy
