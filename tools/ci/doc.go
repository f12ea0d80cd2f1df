// Package ci tests the scripts that the Makefile and CI run, on systems that
// this machine is not: each test gives a script a PATH of its own, with programs
// that answer as another system's would.
package ci
