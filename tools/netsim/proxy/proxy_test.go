package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tandem-engine/tandem/net/netsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; it costs time only when a test fails.
const patience = time.Minute

// echo is a server that answers each datagram with the port it came from and its text, and remembers the order.
type echo struct {
	addr  string
	heard chan string
}

func newEcho(t *testing.T) *echo {
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	e := &echo{addr: socket.LocalAddr().String(), heard: make(chan string, 1000)}
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := socket.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			e.heard <- string(buf[:n])
			_, _ = socket.WriteToUDPAddrPort(fmt.Appendf(nil, "%d %s", from.Port(), buf[:n]), from)
		}
	})
	t.Cleanup(func() {
		socket.Close()
		done.Wait()
	})
	return e
}

func start(t *testing.T, cfg Config) *Proxy {
	t.Helper()
	p, err := New(cfg)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		done.Wait()
	})
	return p
}

type player struct {
	t      *testing.T
	socket *net.UDPConn
}

func join(t *testing.T, p *Proxy) player {
	socket, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(p.Addr()))
	require.NoError(t, err)
	t.Cleanup(func() { socket.Close() })
	return player{t, socket}
}

func (c player) say(text string) {
	c.t.Helper()
	_, err := c.socket.Write([]byte(text))
	require.NoError(c.t, err)
}

// hear returns the next answer: the port the server saw, and the text.
func (c player) hear() (port, text string) {
	c.t.Helper()
	require.NoError(c.t, c.socket.SetReadDeadline(time.Now().Add(patience)))
	buf := make([]byte, 2048)
	n, err := c.socket.Read(buf)
	require.NoError(c.t, err)
	port, text, _ = strings.Cut(string(buf[:n]), " ")
	return port, text
}

// sent waits until the proxy has seen n datagrams from clients.
func sent(t *testing.T, p *Proxy, n uint64) {
	t.Helper()
	require.Eventually(t, func() bool { return p.Totals().Up.Sent >= n }, patience, time.Millisecond)
}

func command(t *testing.T, p *Proxy, line string) string {
	t.Helper()
	answer, err := p.Command(line)
	require.NoError(t, err)
	return answer
}

func TestProxyForwardsBothWays(t *testing.T) {
	e := newEcho(t)
	p := start(t, Config{To: e.addr})
	a, b := join(t, p), join(t, p)
	a.say("from a")
	b.say("from b")
	portA, text := a.hear()
	require.Equal(t, "from a", text)
	portB, text := b.hear()
	require.Equal(t, "from b", text)
	require.NotEqual(t, portA, portB, "each client has a port toward the server")
	a.say("again")
	port, _ := a.hear()
	require.Equal(t, portA, port, "and keeps it")
	require.Equal(t, netsim.Counters{Sent: 3, Passed: 3}, p.Totals().Up)
	require.Equal(t, netsim.Counters{Sent: 3, Passed: 3}, p.Totals().Down)
}

func TestProxyDelays(t *testing.T) {
	e := newEcho(t)
	p := start(t, Config{To: e.addr, Conditions: netsim.Conditions{Up: netsim.Profile{Delay: 60 * time.Millisecond}, Down: netsim.Profile{Delay: 40 * time.Millisecond}}})
	c := join(t, p)
	began := time.Now()
	c.say("ping")
	c.hear()
	require.GreaterOrEqual(t, time.Since(began), 100*time.Millisecond)
}

func TestProxyChangesWhileItRuns(t *testing.T) {
	e := newEcho(t)
	p := start(t, Config{To: e.addr})
	c := join(t, p)
	require.Equal(t, "up   loss 100%\ndown perfect", command(t, p, "up.loss 100%"))
	for range 20 {
		c.say("lost")
	}
	sent(t, p, 20)
	require.Equal(t, "up   perfect\ndown perfect", command(t, p, "loss 0"))
	c.say("found")
	_, text := c.hear()
	require.Equal(t, "found", text)
	require.Equal(t, "found", <-e.heard)

	require.Equal(t, "blackout for 1h0m0s", command(t, p, "blackout 1h"))
	late := join(t, p)
	c.say("dark")
	late.say("dark for a newcomer too")
	sent(t, p, 23)
	command(t, p, "blackout 0")
	c.say("light")
	_, text = c.hear()
	require.Equal(t, "light", text)
	require.EqualValues(t, 2, p.Totals().Up.Blackout)

	command(t, p, "preset 3g")
	require.Equal(t, netsim.Cellular3G, p.Conditions())
	require.Contains(t, command(t, p, "show"), "rate 330kbit")
	require.Contains(t, command(t, p, "stats"), "up   sent 24, passed 2, lost 20,")
	require.Equal(t, commandHelp, command(t, p, "help"))
}

func TestProxyRebinds(t *testing.T) {
	e := newEcho(t)
	p := start(t, Config{To: e.addr})
	c := join(t, p)
	c.say("before")
	before, _ := c.hear()
	command(t, p, "rebind")
	c.say("after")
	after, text := c.hear()
	require.Equal(t, "after", text)
	require.NotEqual(t, before, after)
}

func TestProxyReplacesTheQuietest(t *testing.T) {
	e := newEcho(t)
	p := start(t, Config{To: e.addr, MaxClients: 2})
	a, b, c := join(t, p), join(t, p), join(t, p)
	a.say("a")
	portA, _ := a.hear()
	b.say("b")
	b.hear()
	a.say("a")
	a.hear()
	c.say("c")
	c.hear()
	p.mu.Lock()
	require.Len(t, p.clients, 2)
	require.NotContains(t, p.clients, b.socket.LocalAddr().(*net.UDPAddr).AddrPort())
	p.mu.Unlock()
	a.say("a")
	port, _ := a.hear()
	require.Equal(t, portA, port, "a was heard later than b, so it stayed")
	require.EqualValues(t, 5, p.Totals().Up.Sent, "what b did is not forgotten")
}

// A server that is not there yet must not end the proxy.
func TestProxyOutlivesItsServer(t *testing.T) {
	gone, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	addr := gone.LocalAddr().String()
	require.NoError(t, gone.Close())
	p := start(t, Config{To: addr})
	c := join(t, p)
	for i := range 10 {
		c.say("anybody?")
		sent(t, p, uint64(i+1))
	}
	back, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr)))
	if err != nil {
		t.Skipf("somebody else took the server's port: %v", err)
	}
	defer back.Close()
	c.say("now?")
	require.NoError(t, back.SetReadDeadline(time.Now().Add(patience)))
	n, from, err := back.ReadFromUDPAddrPort(make([]byte, 100))
	require.NoError(t, err)
	require.Equal(t, 4, n)
	_, err = back.WriteToUDPAddrPort([]byte("1 yes"), from)
	require.NoError(t, err)
	_, text := c.hear()
	require.Equal(t, "yes", text)
}

func TestNewErrors(t *testing.T) {
	taken, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer taken.Close()
	for want, cfg := range map[string]Config{
		`cannot forward to "": want an address such as 127.0.0.1:7777`:            {},
		`cannot forward to "nowhere": want an address such as 127.0.0.1:7777`:     {To: "nowhere"},
		`cannot forward to "127.0.0.1:0": want an address such as 127.0.0.1:7777`: {To: "127.0.0.1:0"},
		`cannot listen on "here": want an address such as 127.0.0.1:0`:            {To: "127.0.0.1:1", Listen: "here"},
		`; use another port, or 0 for a free one`:                                 {To: "127.0.0.1:1", Listen: taken.LocalAddr().String()},
	} {
		_, err := New(cfg)
		require.ErrorContains(t, err, want)
	}
}

func TestCommandErrors(t *testing.T) {
	p := start(t, Config{To: "127.0.0.1:1"})
	for line, want := range map[string]string{
		"dance":           `cannot do "dance"; there are preset NAME, SETTING VALUE,`,
		"dance well":      `no setting "dance"; there are mtu, loss,`,
		"left.loss 5%":    `left.loss: a direction is up or down, as in up.loss`,
		"loss lots":       `loss lots: want a share from 0% to 100%, such as 5%`,
		"preset 5g":       `no preset "5g"; there are perfect,`,
		"blackout 2":      `blackout 2: want a time such as 2s`,
		"burst 1% 2% 50%": `burst 1% 2% 50%: want ENTER/LEAVE/LOSS`,
	} {
		_, err := p.Command(line)
		require.ErrorContains(t, err, want)
	}
	require.Equal(t, netsim.Conditions{}, p.Conditions(), "unchanged")
}
