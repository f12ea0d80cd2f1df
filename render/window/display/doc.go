// Package display ends a program that needs a screen with one clear line where there is none.
//
// Importing Ebitengine on Linux opens the display while the program initialises and panics with a stack trace if there
// is none. Packages are initialised in the order of their import paths as soon as all that they import is (Go
// specification, "Program initialization"); this one imports nothing that Ebitengine does not need too, and so comes
// first. On other systems it does nothing.
package display
