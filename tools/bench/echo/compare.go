package echo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// figure is what one kind reached under one load.
type figure struct {
	Kind        string  `json:"kind"`
	Load        string  `json:"load"` // "paced" or "flood"
	Clients     int     `json:"clients"`
	PerSecond   int     `json:"messages_per_second_each,omitempty"`
	Micros      float64 `json:"server_cpu_us_per_message"`
	OverBare    float64 `json:"over_bare,omitempty"`      // of Micros
	PerCore     float64 `json:"messages_per_core_second"` // by CPU time
	Rate        float64 `json:"messages_per_second"`      // by the clock
	Allocations float64 `json:"objects_allocated_per_message"`
	Sent        int     `json:"sent"`
	Received    int     `json:"received"`
	P50         int     `json:"rtt_p50_us"`
	P99         int     `json:"rtt_p99_us"`
}

// better keeps the best of both: on a shared machine a run can only be disturbed.
func (f *figure) better(g figure) {
	if f.Kind == "" {
		*f = g
		return
	}
	if g.Micros > 0 && (g.Micros < f.Micros || f.Micros == 0) { // 0: it stalled before counting began
		f.Micros, f.PerCore, f.Allocations = g.Micros, g.PerCore, g.Allocations
	}
	f.Rate = max(f.Rate, g.Rate)
	f.Sent, f.Received = f.Sent+g.Sent, f.Received+g.Received
	f.P50, f.P99 = min(f.P50, g.P50), min(f.P99, g.P99)
}

// compare runs all kinds in turn, several times, under both loads.
func compare(ctx context.Context, o *options, out io.Writer) error {
	names := strings.Split(o.kinds, ",")
	programs, clean, err := find(ctx, names)
	if err != nil {
		return err
	}
	defer clean()
	loads := []string{"paced"}
	if o.flooded > 0 {
		loads = append(loads, "flood")
	}
	best := make(map[string]*figure)
	var order []*figure
	for range o.rounds {
		for _, load := range loads {
			for _, name := range names {
				f, err := once(ctx, o, name, load, programs[name])
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, load, err)
				}
				key := load + name
				if best[key] == nil {
					best[key] = &figure{}
					order = append(order, best[key])
				}
				best[key].better(f)
			}
		}
	}
	for _, f := range order {
		if bare := best[f.Load+"bare"]; bare != nil && bare.Micros > 0 {
			f.OverBare = f.Micros / bare.Micros
		}
	}
	return report(o, order, out)
}

// find says how each kind is started, and builds the peers if one is wanted.
func find(ctx context.Context, names []string) (map[string]program, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	programs := make(map[string]program)
	clean := func() {}
	for _, name := range names {
		if _, ok := kinds[name]; ok {
			programs[name] = program{self, "echo", "-of", name}
		}
	}
	if len(programs) == len(names) {
		return programs, clean, nil
	}
	dir, err := os.MkdirTemp("", "tandem-peers-*")
	if err != nil {
		return nil, nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	binary := filepath.Join(dir, "peers")
	build := exec.CommandContext(ctx, "go", "build", "-C", "tools/bench/peers", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		clean()
		return nil, nil, fmt.Errorf("building the peers (run this at the root of the repository, or leave them out with -kinds bare,net,tandem): %w", err)
	}
	for _, name := range names {
		if programs[name] == nil {
			programs[name] = program{binary, name}
		}
	}
	return programs, clean, nil
}

// once runs one server and its clients.
func once(ctx context.Context, o *options, name, load string, p program) (figure, error) {
	clients, rate := o.clients, o.rate
	if load == "flood" {
		clients, rate = o.flooded, 0
	}
	f := figure{Kind: name, Load: load, Clients: clients, PerSecond: rate}
	addr, err := freeAddr()
	if err != nil {
		return f, err
	}
	server, err := p.startServer(ctx, addr, o.seconds, load == "flood")
	if err != nil {
		return f, err
	}
	client := p.command(ctx, "client", addr, fmt.Sprint(clients), fmt.Sprint(rate), fmt.Sprint(o.seconds+1))
	client.Stderr = os.Stderr
	printed, err := client.Output()
	if err != nil {
		_ = server.cmd.Process.Kill()
		_ = server.cmd.Wait()
		return f, fmt.Errorf("client: %w", err)
	}
	if err := server.cmd.Wait(); err != nil {
		return f, fmt.Errorf("server: %w", err)
	}
	if err := f.read(server.out.String(), string(printed)); err != nil {
		return f, err
	}
	fmt.Fprintf(os.Stderr, "%-7s%s  %s", load, strings.SplitAfter(server.out.String(), "\n")[0], printed)
	return f, nil
}

// read takes the figures out of the lines that server and client printed.
func (f *figure) read(server, client string) error {
	var name string
	var echoed int
	var cpu float64
	if _, err := fmt.Sscanf(server, "%s server echoed %d cpu %fs us/msg %f rate %f/s\n", &name, &echoed, &cpu, &f.Micros, &f.Rate); err != nil {
		return fmt.Errorf("the server printed %q: %w", server, err)
	}
	if _, rest, ok := strings.Cut(server, "allocated "); ok {
		if _, err := fmt.Sscanf(rest, "%f", &f.Allocations); err != nil {
			return fmt.Errorf("the server printed %q: %w", server, err)
		}
	}
	if _, err := fmt.Sscanf(client, "client sent %d received %d rtt p50 %dus p99 %dus", &f.Sent, &f.Received, &f.P50, &f.P99); err != nil {
		return fmt.Errorf("the client printed %q: %w", client, err)
	}
	f.PerCore = ratio(float64(echoed), cpu)
	return nil
}

// freeAddr is an address on loopback that nobody listens on now.
func freeAddr() (string, error) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.LocalAddr().String(), nil
}

// report prints the table, then a line of JSON for each figure.
func report(o *options, all []*figure, out io.Writer) error {
	fmt.Fprintf(out, "\n%d processors, %s/%s, %s; the best of %d runs of %d s each\n\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		runtime.Version(), o.rounds, o.seconds)
	fmt.Fprintln(out, "| load | echo | server CPU a message | over bare | messages a core-second | a second | allocations | lost | RTT p50 | p99 |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, f := range all {
		load := fmt.Sprintf("%d × %d/s", f.Clients, f.PerSecond)
		if f.Load == "flood" {
			load = fmt.Sprintf("%d, all they can", f.Clients)
		}
		fmt.Fprintf(out, "| %s | %s | %.2f µs | %.2f | %.0f | %.0f | %.2f | %.2f %% | %d µs | %d µs |\n", load, f.Kind, f.Micros, f.OverBare,
			f.PerCore, f.Rate, f.Allocations, 100*ratio(float64(f.Sent-f.Received), float64(f.Sent)), f.P50, f.P99)
	}
	lines := out
	if o.json != "" {
		file, err := os.Create(o.json)
		if err != nil {
			return err
		}
		defer file.Close()
		lines = file
	} else {
		fmt.Fprintln(out)
	}
	encoder := json.NewEncoder(lines)
	for _, f := range all {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}
