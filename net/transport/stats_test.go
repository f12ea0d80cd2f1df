package transport_test

import (
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
)

// What both sides count agrees with what the network saw, of each connection and of the
// server as a whole, whoever owns the connections.
func TestStatsAddUp(t *testing.T) {
	w, n := tapWorld(t, nil)
	group := w.server.NewGroup(0)
	var in, out, inBytes, outBytes uint64
	var lost, copied int
	rng := chacha(2)
	n.hook = func(d tapped) []tapped {
		if d.from == w.server.Addr() {
			out, outBytes = out+1, outBytes+uint64(len(d.data))
			return []tapped{d}
		}
		if d.data[0] < 0x10 && rng.Uint64()%10 == 0 {
			lost++
			return nil
		}
		in, inBytes = in+1, inBytes+uint64(len(d.data))
		if d.data[0] < 0x10 && rng.Uint64()%20 == 0 {
			copied++
			in, inBytes = in+1, inBytes+uint64(len(d.data))
			return []tapped{d, d}
		}
		return []tapped{d}
	}
	client, server := w.connect(nil)
	for i := range 1200 {
		if i == 300 && !w.server.Move(server, group) {
			t.Fatal("no room")
		}
		send(t, client, uint8(i%3), "some text")
		send(t, server, 1, "an answer")
		runGroups(w, tick, group)
		drain(server)
		drain(client)
	}
	n.hook = nil
	runGroups(w, time.Second, group)
	c, s, e := client.Stats(), server.Stats(), w.server.Stats()
	if e.PacketsIn < in || e.PacketsIn > in+100 || e.BytesIn < inBytes || e.PacketsOut < out || e.PacketsOut > out+100 || e.BytesOut < outBytes {
		t.Errorf("the network carried %d and %d packets, %d and %d bytes; the server says %+v", in, out, inBytes, outBytes, e)
	}
	if int(s.Replayed) != copied || c.Lost == 0 || int(c.Lost) > lost+int(c.Spurious)+5 || int(c.Lost) < lost/2 {
		t.Errorf("%d lost, %d sent twice; client %+v, server %+v", lost, copied, c, s)
	}
	if c.PacketsIn > s.PacketsOut || c.PacketsIn < s.PacketsOut*9/10 {
		t.Errorf("the server sent %d, the client got %d", s.PacketsOut, c.PacketsIn)
	}
	for name, v := range map[string]bool{
		"RTT": c.RTT > 0 && s.RTT > 0, "Jitter": c.Jitter > 0, "Loss": c.Loss > 0.02 && c.Loss < 0.3, "Retransmits": c.Retransmits > 0,
		"Window": c.Window > 0, "Rate": c.Rate > 0, "MTU": c.MTU >= transport.MinMTU, "Phase": c.Phase == 1,
		"nothing was refused": s.Refused+s.Shed+s.Expired == 0,
	} {
		if !v {
			t.Errorf("%s: client %+v, server %+v", name, c, s)
		}
	}
}

// What is refused is counted by cause.
func TestStatsByCause(t *testing.T) {
	w, _ := tapWorld(t, func(c *transport.Config) { c.Limits = channel.Limits{MessagesPerSecond: 50} })
	client, server := w.connect(nil)
	for range 300 {
		_ = client.Send(0, []byte("x"), channel.SendOptions{})
		_ = client.Send(0, []byte("y"), channel.SendOptions{})
		w.step()
		drain(server)
	}
	_ = client.Send(1, []byte("late"), channel.SendOptions{Deadline: w.now - time.Second})
	w.run(time.Second)
	s := server.Stats()
	if s.RefusedRate == 0 || s.Refused != s.RefusedRate+s.RefusedMemory+s.RefusedGap+s.RefusedAssembly+s.RefusedStream {
		t.Errorf("%+v", s)
	}
	if c := client.Stats(); c.Expired != 1 {
		t.Errorf("%+v", c)
	}
}
