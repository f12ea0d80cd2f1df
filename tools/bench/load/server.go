package load

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strings"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// The server is told what to do by lines on its standard input, and answers each
// by a line of JSON:
//
//	begin  measuring begins
//	end    measuring ends: report
//	halt   the world stands still
//	world  what the world is, as replicate.Describe says it
//
// It ends with its input.

// hello is the server's first line.
type hello struct {
	Addr string `json:"addr"`
	Key  string `json:"key"`
}

// report is what a server has measured of itself.
type report struct {
	CPU      float64 `json:"cpu_s"` // of the whole process
	RSS      float64 `json:"rss_mib"`
	TickP50  float64 `json:"tick_p50_ms"`
	TickP99  float64 `json:"tick_p99_ms"`
	TickMax  float64 `json:"tick_max_ms"`
	Ticks    uint64  `json:"ticks"`
	Dropped  uint64  `json:"ticks_dropped"`
	Players  int     `json:"players"`
	Entities int     `json:"entities"`
	Objects  uint64  `json:"objects"` // allocated
	Missed   uint64  `json:"missed"`  // packets for which there was no room
}

// serve is the server's process.
func serve(args []string, in io.Reader, out io.Writer) error {
	var o options
	if err := o.flags().Parse(args); err != nil {
		return err
	}
	carrier, err := udp.Listen(o.addr, udp.Config{})
	if err != nil {
		return err
	}
	id, err := secure.NewIdentity(nil)
	if err != nil {
		return err
	}
	desk := &desk{}
	s, err := session.NewServer(game(o), session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, MaxPlayers: o.clients, PrefixRate: 1 << 20, Grace: -1,
		Plugins: []engine.Plugin{world(o), desk.plugin},
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, engine.SystemClock()) }()
	err = json.NewEncoder(out).Encode(hello{s.Addr().String(), hex.EncodeToString(id.Public[:])})
	if err == nil {
		err = desk.answer(s, o, in, out)
	}
	stop()
	if over := <-ended; err == nil {
		err = over
	}
	return err
}

// desk does what the server is told.
type desk struct {
	orders chan func() // for the room's goroutine
	app    *engine.App
	halted bool // by the room's goroutine
	before struct {
		cpu            float64
		objects        uint64
		ticks, dropped uint64
	}
}

// plugin lets the room's goroutine carry out orders, at the end of a tick.
func (d *desk) plugin(app *engine.App) {
	d.orders, d.app = make(chan func(), 1), app
	app.Send(system(func(engine.Tick) {
		select {
		case order := <-d.orders:
			order()
		default:
		}
		if d.halted {
			halt(app) // again: commands that are late may still burn
		}
	}))
}

// do has the room's goroutine carry out an order.
func (d *desk) do(order func()) {
	done := make(chan struct{})
	d.orders <- func() {
		order()
		close(done)
	}
	<-done
}

type system func(engine.Tick)

func (f system) Update(t engine.Tick) { f(t) }

// answer reads and answers until the input ends.
func (d *desk) answer(s *session.Server, o options, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var answer any = struct{}{}
		switch lines.Text() {
		case "begin":
			if err := d.begin(s, o); err != nil {
				return err
			}
		case "end":
			answer = d.end(s)
		case "halt":
			d.do(func() { d.halted = true })
		case "world":
			d.do(func() { answer = replicate.Describe(d.app) })
		default:
			return fmt.Errorf("load: server: %q is no order", lines.Text())
		}
		if err := json.NewEncoder(out).Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (d *desk) begin(s *session.Server, o options) error {
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
	}
	room := s.Room()
	room.ForgetTimes()
	n := room.Stats()
	d.before.cpu, d.before.objects = meter.Usage().Seconds(), meter.Objects()
	d.before.ticks, d.before.dropped = n.Ticks, n.Dropped
	return nil
}

func (d *desk) end(s *session.Server) report {
	n := s.Room().Stats()
	r := report{
		CPU: meter.Usage().Seconds() - d.before.cpu, Objects: meter.Objects() - d.before.objects, RSS: resident(),
		TickP50: n.TickP50.Seconds() * 1000, TickP99: n.TickP99.Seconds() * 1000, TickMax: n.TickMax.Seconds() * 1000,
		Ticks: n.Ticks - d.before.ticks, Dropped: n.Dropped - d.before.dropped, Players: n.Players, Entities: n.Entities,
		Missed: n.Missed,
	}
	pprof.StopCPUProfile()
	return r
}

// resident is the most memory that this process has had, in MiB; without /proc what Go
// has from the system.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.SplitSeq(string(text), "\n") {
			var kib float64
			if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
				return kib / 1024
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}

// remote is a server, as its clients' process has it.
type remote struct {
	hello
	in    io.WriteCloser
	lines *bufio.Reader
	wait  func() error
}

// starter starts a server.
type starter func(ctx context.Context, o options) (*remote, error)

// processServer starts one as a process.
func processServer(ctx context.Context, o options) (*remote, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"load", "server"}, o.args()...)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return newRemote(in, out, cmd.Wait)
}

// args is the options as a command line.
func (o options) args() []string {
	var args []string
	for name, value := range map[string]any{
		"clients": o.clients, "entities": o.entities, "moving": o.moving, "visible": o.visible, "tick": o.tick,
		"snapshots": o.snapshots, "commands": o.commands, "seed": o.seed, "addr": o.addr, "cpuprofile": o.profile,
	} {
		args = append(args, fmt.Sprintf("-%s=%v", name, value))
	}
	return args
}

func newRemote(in io.WriteCloser, out io.Reader, wait func() error) (*remote, error) {
	r := &remote{in: in, lines: bufio.NewReader(out), wait: wait}
	if err := r.read(&r.hello); err != nil {
		return nil, fmt.Errorf("load: the server does not begin: %w", err)
	}
	return r, nil
}

// ask gives an order and reads the answer.
func (r *remote) ask(order string, answer any) error {
	if _, err := fmt.Fprintln(r.in, order); err != nil {
		return err
	}
	return r.read(answer)
}

func (r *remote) read(answer any) error {
	line, err := r.lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, answer)
}

// close ends the server.
func (r *remote) close() error {
	err := r.in.Close()
	if over := r.wait(); over != nil {
		err = over
	}
	return err
}
