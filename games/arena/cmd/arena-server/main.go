// Command arena-server runs the arena for players who connect over the network. It needs no screen.
//
//	arena-server -bots 6
//
// It listens on UDP, makes an identity on first start and prints the line with which players join. Options come from the command line
// and from a file in TOML; arena-server -help lists them. It logs to standard error. SIGTERM or SIGINT makes it say goodbye to all
// players and leave with status 0; the next one kills it. With -drain 2m the first one lets nobody new in and tells the players
// that they may play on for two minutes at most, and the goodbye comes when all have left, after that time, or with a second signal.
// The status is 2 for a mistake in the options and 1 if it cannot run.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(signals, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program; it returns its exit status.
func run(signals <-chan os.Signal, args []string, out, errs io.Writer) int {
	o, err := parse(args, out)
	switch {
	case errors.Is(err, errHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errs, "arena-server:", err)
		return 2
	}
	if err := serve(signals, o, out, newLog(errs, o.Log)); err != nil {
		fmt.Fprintln(errs, "arena-server:", err)
		return 1
	}
	return 0
}
