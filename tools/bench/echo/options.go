package echo

import (
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
)

// options are the flags of the command.
type options struct {
	of      string
	profile string
	rounds  int
	seconds int
	clients int
	rate    int
	flooded int
	kinds   string
	json    string
}

func (o *options) register(f *flag.FlagSet) {
	f.StringVar(&o.of, "of", "tandem", "`kind` of server or client: tandem, ticking, bare, blocking or net")
	f.StringVar(&o.profile, "profile", "", "`file` for a CPU profile of this process")
	f.IntVar(&o.rounds, "rounds", 3, "`times` each kind is run in turn; the least CPU time and the highest rate count")
	f.IntVar(&o.seconds, "seconds", 3, "`seconds` that each server is counted")
	f.IntVar(&o.clients, "clients", 64, "`number` of clients")
	f.IntVar(&o.rate, "rate", 60, "`messages` a second of each client")
	f.IntVar(&o.flooded, "flood-clients", 16, "`number` of clients that send as fast as they can; 0: leave that out")
	f.StringVar(&o.kinds, "kinds", "bare,blocking,net,tandem,ticking,quic,kcp,dtls", "`list` of what to compare")
	f.StringVar(&o.json, "json", "", "`file` for the JSON lines; nothing: they follow the table")
}

// profileCPU begins the profile that was asked for and returns what ends it.
func (o *options) profileCPU() (func(), error) {
	if o.profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
