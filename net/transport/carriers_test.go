package transport_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// serverEnv makes this test binary a server, see TestProcessRestart.
const serverEnv = "TANDEM_TEST_SERVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serverEnv); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	if what := os.Getenv(clientEnv); what != "" {
		if err := beClient(what); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// driver runs clients and a server on the real clock.
type driver struct {
	began   time.Time
	server  *transport.Endpoint
	clients []*transport.Conn
	conns   []*transport.Conn
}

func (d *driver) now() time.Duration { return time.Since(d.began) }

// until drives everything until f holds or a minute has passed, which nothing takes that
// works, on any machine.
func (d *driver) until(f func() bool) bool {
	for end := d.now() + time.Minute; d.now() < end; {
		if d.server != nil {
			d.server.Poll(d.now())
			for c, ok := d.server.Accept(); ok; c, ok = d.server.Accept() {
				d.conns = append(d.conns, c)
			}
			d.server.Flush(d.now())
		}
		for _, c := range d.clients {
			c.Poll(d.now())
			c.Flush(d.now())
		}
		if f() {
			return true
		}
		if d.server != nil {
			_ = d.server.Wait(context.Background(), time.Millisecond)
		} else {
			_ = d.clients[0].Wait(context.Background(), time.Millisecond)
		}
	}
	return false
}

// Host-and-play: one Endpoint on UDP, both IP versions, and in memory.
func TestSeveralCarriers(t *testing.T) {
	nw := mem.NewNetwork()
	local := nw.Carrier()
	cfg := newWorld(t, nil).cfg
	cfg.Rand = nil
	carriers := []transport.Carrier{local}
	addrs := []netip.AddrPort{local.LocalAddr()}
	for _, a := range []string{"127.0.0.1:0", "[::1]:0"} {
		c, err := udp.Listen(a, udp.Config{Portable: strings.HasPrefix(a, "127")})
		if err != nil {
			t.Log("without", a, ":", err)
			continue
		}
		carriers, addrs = append(carriers, c), append(addrs, c.LocalAddr())
	}
	e, err := transport.Listen(cfg, carriers...)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d := &driver{began: time.Now(), server: e}
	for i, a := range addrs {
		var carrier transport.Carrier = nw.Carrier()
		if i > 0 {
			if carrier, err = udp.Dial(a, udp.Config{}); err != nil {
				t.Fatal(err)
			}
		}
		dial := transport.DialConfig{Config: cfg, Addr: a, Pin: cfg.Identity.Public}
		dial.Identity = nil
		c, err := transport.Dial(dial, carrier)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Release()
		d.clients = append(d.clients, c)
	}
	sent := map[*transport.Conn]bool{}
	got := 0
	ok := d.until(func() bool {
		for _, c := range d.clients {
			if c.State() == transport.Connected && !sent[c] {
				sent[c] = true
				send(t, c, 1, "over "+c.Addr().String())
			}
			for m, ok := c.Receive(); ok; m, ok = c.Receive() {
				if string(m.Data) != "over "+c.Addr().String() {
					t.Fatalf("%q came over %v", m.Data, c.Addr())
				}
				got++
			}
		}
		for _, c := range d.conns {
			for m, ok := c.Receive(); ok; m, ok = c.Receive() {
				_ = c.Send(m.Channel, m.Data, channel.SendOptions{})
			}
		}
		return got == len(addrs)
	})
	if !ok {
		t.Fatalf("%d of %d echoes; %v", got, len(addrs), d.clients[0].Err())
	}
}

// serve is a server process: identity and used tokens in dir, port from there
// too if it was there before. It says "ready ADDRESS KEY" and echoes until killed.
func serve(dir string) error {
	id, err := secure.LoadOrCreate(filepath.Join(dir, "id"))
	if err != nil {
		return err
	}
	key, err := secure.LoadTokenKey(filepath.Join(dir, "token"))
	if err != nil {
		return err
	}
	spent, err := secure.OpenSpent(filepath.Join(dir, "spent"), time.Now())
	if err != nil {
		return err
	}
	addr := "127.0.0.1:0"
	if p, err := os.ReadFile(filepath.Join(dir, "addr")); err == nil {
		addr = string(p)
	}
	carrier, err := udp.Listen(addr, udp.Config{})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "addr"), []byte(carrier.LocalAddr().String()), 0o600); err != nil {
		return err
	}
	e, err := transport.Listen(transport.Config{
		Identity: id, Channels: table, Tokens: &transport.Tokens{Keys: []secure.TokenKey{key}, Spent: spent, Required: true},
	}, carrier)
	if err != nil {
		return err
	}
	fmt.Println("ready", carrier.LocalAddr(), id)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if os.Getenv(suicideEnv) != "" {
		return dieAtFirst(ctx, e)
	}
	return echoServer(ctx, e)
}

// suicideEnv makes such a server kill itself when it has accepted a client.
const suicideEnv = "TANDEM_TEST_SUICIDE"

// dieAtFirst serves until a client was accepted and, when it has been told so, dies at
// once and without a trace, as by kill -9 or for want of memory.
func dieAtFirst(ctx context.Context, e *transport.Endpoint) error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	began := time.Now()
	for e.Wait(ctx, 10*time.Millisecond) == nil {
		e.Poll(time.Since(began))
		_, accepted := e.Accept()
		e.Flush(time.Since(began))
		if accepted {
			return self.Kill()
		}
	}
	return ctx.Err()
}

// start runs serve in a process.
func start(t *testing.T, dir string, env ...string) (addr netip.AddrPort, key [32]byte, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), serverEnv+"="+dir), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(line, err)
	}
	f := strings.Fields(line)
	if len(f) != 3 || f[0] != "ready" {
		t.Fatalf("the server says %q", line)
	}
	addr, err = netip.ParseAddrPort(f[1])
	if err == nil {
		key, err = secure.ParseKey(f[2])
	}
	if err != nil {
		t.Fatal(err)
	}
	return addr, key, kill
}

// tokenServer makes the directory of a server that wants tokens, and starts it.
func tokenServer(t *testing.T, env ...string) (dir string, key secure.TokenKey, addr netip.AddrPort, pin [32]byte, kill func()) {
	t.Helper()
	dir = t.TempDir()
	key, err := secure.NewTokenKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := secure.SaveTokenKey(filepath.Join(dir, "token"), key); err != nil {
		t.Fatal(err)
	}
	addr, pin, kill = start(t, dir, env...)
	return dir, key, addr, pin, kill
}

// dialWith dials a server process with a token for a grant.
func dialWith(t *testing.T, key secure.TokenKey, addr netip.AddrPort, pin [32]byte, g secure.Grant) (*transport.Conn, *driver) {
	t.Helper()
	token, err := key.Seal(secure.KindJoin, &g, nil)
	if err != nil {
		t.Fatal(err)
	}
	carrier, err := udp.Dial(addr, udp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := transport.Dial(transport.DialConfig{
		Config: transport.Config{Channels: table}, Addr: addr, Pin: pin, Token: token, TokenSecret: g.Secret,
	}, carrier)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Release() })
	return c, &driver{began: time.Now(), clients: []*transport.Conn{c}}
}

// A server dies by kill -9 the moment it has let a client in, and comes back: the token
// is used all the same.
func TestTokenOutlivesAKill(t *testing.T) {
	dir, key, addr, pin, reap := tokenServer(t, suicideEnv+"=1")
	g, _ := secure.NewGrant(nil, 0, time.Now().Add(time.Hour), nil)
	c, d := dialWith(t, key, addr, pin, g)
	if !d.until(func() bool { return c.State() == transport.Connected }) {
		t.Fatal(c.State(), c.Err())
	}
	reap()
	start(t, dir)
	if c, d = dialWith(t, key, addr, pin, g); !d.until(func() bool { return c.State() == transport.Closed }) || !errors.Is(c.Err(), transport.ErrTokenRefused) {
		t.Fatal("the used token:", c.State(), c.Err())
	}
}

// A server process is killed and started again: its client notices within a
// second, the used token stays used, a new one gets in, the key is the same. On a
// machine that others use, one restart of several shows that it is a second.
func TestProcessRestart(t *testing.T) {
	dir, key, addr, pin, kill := tokenServer(t)
	var g secure.Grant
	grant := func() secure.Grant {
		g, _ = secure.NewGrant(nil, 0, time.Now().Add(time.Hour), nil)
		return g
	}
	least := time.Duration(math.MaxInt64)
	for range 5 {
		c, d := dialWith(t, key, addr, pin, grant())
		if !d.until(func() bool { return c.State() == transport.Connected }) {
			t.Fatal("a new token:", c.State(), c.Err())
		}
		kill()
		again, samePin, killAgain := start(t, dir)
		if kill = killAgain; again != addr || samePin != pin {
			t.Fatal("another address or key after the restart")
		}
		began := d.now()
		send(t, c, 1, "hello?")
		if !d.until(func() bool { return c.State() == transport.Closed }) || !errors.Is(c.Err(), transport.ErrRestarted) {
			t.Fatal(c.State(), c.Err())
		}
		if least = min(least, d.now()-began); least <= time.Second {
			break
		}
	}
	if least > time.Second {
		t.Errorf("noticed after %v", least)
	}
	c, d := dialWith(t, key, addr, pin, g)
	if !d.until(func() bool { return c.State() == transport.Closed }) || !errors.Is(c.Err(), transport.ErrTokenRefused) {
		t.Fatal("the used token:", c.State(), c.Err())
	}
	if c, d = dialWith(t, key, addr, pin, grant()); !d.until(func() bool { return c.State() == transport.Connected }) {
		t.Fatal("a new token:", c.State(), c.Err())
	}
}
