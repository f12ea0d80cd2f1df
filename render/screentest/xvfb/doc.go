// Package xvfb gives a test binary a display where there is none, before Ebitengine looks for it.
//
// Importing Ebitengine on Linux opens the display while the program initialises, so a TestMain comes too late. Packages
// are initialised in the order of their import paths as soon as all that they import is (Go specification, "Program
// initialization"); this one imports nothing that Ebitengine does not need too, and so comes first. It starts an Xvfb
// that ends with the process. Where there is no Xvfb the tests are skipped with a line that says so; with the
// environment variable CI set that is a failure.
//
// On other systems it does nothing.
package xvfb
