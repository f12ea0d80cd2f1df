// Command tandem is the tool of the Tandem engine: it makes the keys that a
// server needs.
//
//	go run ./tools/tandem keygen identity server.key
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Keygen keygen `cmd:"" help:"Make keys. Existing files are never overwritten."`
}

func main() {
	var c commands
	ctx := kong.Parse(&c, kong.Name("tandem"), kong.Description("The tool of the Tandem engine."), kong.UsageOnError())
	if err := ctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "tandem:", err)
		os.Exit(1)
	}
}
