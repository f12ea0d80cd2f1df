package echo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// TestMain lets the test binary be the other processes too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "echo" {
		if err := Main(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// run serves one kind in this process for a load and returns what was counted.
func run(t *testing.T, k kind, l meter.Load) (*meter.Client, uint64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var m meter.Server
	served, at := make(chan error, 1), make(chan netip.AddrPort, 1)
	go func() { served <- k.serve(ctx, "127.0.0.1:0", &m, func(a netip.AddrPort) { at <- a }) }()
	var addr netip.AddrPort
	select {
	case addr = <-at:
	case err := <-served:
		t.Fatal(err)
	}
	c := meter.NewClient()
	if err := k.load(c, addr.String(), l); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	return c, m.Total()
}

func TestKinds(t *testing.T) {
	for name, k := range kinds {
		if runtime.GOOS != "linux" && (name == "bare" || name == "blocking") {
			continue
		}
		t.Run(name+"/paced", func(t *testing.T) {
			retry(t, func() (bool, string) {
				c, echoed := run(t, k, meter.Load{Clients: 5, Rate: 40, Length: time.Second})
				sent, received, wrong := c.Counts()
				if wrong != 0 || received > sent || echoed < received {
					t.Errorf("%d sent, %d echoed, %d received, %d wrong", sent, echoed, received, wrong)
				}
				return sent >= 195 && sent <= 205 && received >= sent*9/10, fmt.Sprintf("%d sent, %d received", sent, received)
			})
		})
		t.Run(name+"/flood", func(t *testing.T) {
			retry(t, func() (bool, string) {
				c, echoed := run(t, k, meter.Load{Clients: 3, Length: time.Second / 2})
				sent, received, wrong := c.Counts()
				if wrong != 0 || received > sent || echoed < received {
					t.Errorf("%d sent, %d echoed, %d received, %d wrong", sent, echoed, received, wrong)
				}
				return received >= 1000, fmt.Sprintf("%d sent, %d received", sent, received)
			})
		})
	}
}

// retry measures until the figures are right: a machine that was busy is asked again.
func retry(t *testing.T, measure func() (right bool, figures string)) {
	t.Helper()
	var all []string
	for range 10 {
		right, figures := measure()
		if right || t.Failed() {
			return
		}
		all = append(all, figures)
	}
	t.Error(strings.Join(all, "; "))
}

func TestAcks(t *testing.T) {
	retry(t, func() (bool, string) {
		var out strings.Builder
		if err := measureAcks(t.Context(), []string{"500", "1"}, &out); err != nil {
			t.Fatal(err)
		}
		var sent, datagrams, acked, lost, open, arrived int
		var rate float64
		if _, err := fmt.Sscanf(out.String(), "acks sent %d in %d datagrams, %f/s: %d acknowledged, %d lost, %d without a fate; %d arrived",
			&sent, &datagrams, &rate, &acked, &lost, &open, &arrived); err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
		if arrived < acked || acked > sent {
			t.Error(out.String())
		}
		return sent == 500 && datagrams >= sent && acked+lost == sent && acked >= 450, out.String()
	})
}

// TestProcesses runs the measures that need other processes, small.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("ten seconds of real time")
	}
	for name, args := range map[string][]string{"bulk": {"8"}, "memory": {"20"}, "handshakes": {"1"}, "shards": {"1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := measures[name](t.Context(), args, &out); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"bulk": "bulk 8 MiB", "memory": "20 alive", "handshakes": "post-quantum false", "shards": "routed: 1 sockets"}[name]
			if !strings.Contains(out.String(), want) {
				t.Errorf("printed %q, which lacks %q", out.String(), want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("eight seconds of real time")
	}
	var o options
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	o.register(flags)
	o.kinds, o.rounds, o.seconds, o.clients, o.flooded = "net,tandem", 1, 1, 4, 2
	var out strings.Builder
	if err := compare(t.Context(), &o, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 4 × 60/s | net |", "| 4 × 60/s | tandem |", "| 2, all they can | tandem |", `{"kind":"tandem","load":"paced","clients":4`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

func TestRead(t *testing.T) {
	var f figure
	err := f.read("quic server echoed 200 cpu 0.010s us/msg 50.00 rate 100/s\nquic server allocated 7.5 objects/msg\n",
		"client sent 300 received 299 rtt p50 80us p99 900us\n")
	want := figure{Micros: 50, PerCore: 20000, Rate: 100, Allocations: 7.5, Sent: 300, Received: 299, P50: 80, P99: 900}
	if err != nil || f != want {
		t.Errorf("%+v, %v", f, err)
	}
	for _, bad := range [][2]string{{"", ""}, {"a server echoed x", "client"}, {"a server echoed 1 cpu 1s us/msg 1 rate 1/s\n", "nothing"}} {
		if err := f.read(bad[0], bad[1]); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestBetter(t *testing.T) {
	f := figure{}
	f.better(figure{Kind: "a", Micros: 5, PerCore: 20, Rate: 3, Sent: 10, Received: 9, P50: 4, P99: 8})
	f.better(figure{Kind: "a", Micros: 7, PerCore: 14, Rate: 6, Sent: 10, Received: 10, P50: 3, P99: 9})
	f.better(figure{Kind: "a", P50: 3, P99: 8})
	if want := (figure{Kind: "a", Micros: 5, PerCore: 20, Rate: 6, Sent: 20, Received: 19, P50: 3, P99: 8}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{
		{"nonsense"},
		{"server"},
		{"server", ":0", "x"},
		{"client", ":0", "0", "1", "1"},
		{"client", ":0", "-1", "1", "1"},
		{"-of", "enet", "server", ":0", "1"},
		{"acks", "1", "2", "3"},
		{"bulk-client"},
		{"line", "1"},
	} {
		if err := Main(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	if err := Main([]string{"handshakes", "1", "2"}); !errors.Is(err, errUsage) {
		t.Errorf("%v", err)
	}
}

// TestApart: what a client writes one by one reaches the socket in one batch, as
// it was, whatever becomes of the client's buffers.
func TestApart(t *testing.T) {
	net := &recorder{}
	a := &apart{Carrier: net, batch: makeBatch(4)}
	p := []byte{1}
	write := func() { _, _ = a.WriteBatch(datagrams(p)); p[0]++ }
	write()
	a.hold = true
	for range 6 {
		write()
	}
	a.write()
	if got := fmt.Sprint(net.batches); got != "[[1] [2 3 4 5] [6 7]]" {
		t.Errorf("%s", got)
	}
}

// TestLine: the simulated line carries both the stream and play.
func TestLine(t *testing.T) {
	l, err := newLine()
	if err != nil {
		t.Fatal(err)
	}
	for l.player == nil && l.now < 5*time.Second {
		l.step()
	}
	if l.player == nil {
		t.Fatal("no connection after five seconds")
	}
	if d := l.play(time.Second); d(0.5) < 25*time.Millisecond || d(0.5) > 30*time.Millisecond || len(l.delays) < 55 {
		t.Errorf("play alone: %d messages, p50 %v; the line takes 25 ms", len(l.delays), d(0.5))
	}
}

var loopback = netip.MustParseAddrPort("127.0.0.1:9")
