package udp_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

func listenShards(t *testing.T, address string, n int, cfg udp.Config) []*udp.Carrier {
	t.Helper()
	all, err := udp.ListenShards(address, n, cfg)
	if err != nil {
		t.Skip("this machine: ", err)
	}
	var shards []*udp.Carrier
	for _, c := range all {
		t.Cleanup(func() { c.Close() })
		shards = append(shards, c.(*udp.Carrier))
	}
	return shards
}

// dataPacket is as much of one as the kernel looks at; the number makes it unique.
func dataPacket(id uint32, number byte) []byte {
	p := append([]byte{0x04, 0, 0, 0, 0}, number)
	binary.LittleEndian.PutUint32(p[1:], id)
	return p
}

// TestShards: each socket gets the packets of the connections that are its own, whatever
// port they come from, and the first one everything else.
func TestShards(t *testing.T) {
	for _, n := range []int{2, 3, 4, 8} {
		shards := listenShards(t, "127.0.0.1:0", n, udp.Config{})
		if len(shards) == 1 {
			t.Skip("this system has no filter for shards")
		}
		if len(shards) != n {
			t.Fatalf("%d sockets of %d", len(shards), n)
		}
		to := shards[0].LocalAddr()
		want := make([]map[string]bool, n)
		for i, s := range shards {
			if got, of := s.Shard(); got != i || of != n || s.LocalAddr() != to {
				t.Fatalf("socket %d is shard %d of %d at %v", i, got, of, s.LocalAddr())
			}
			want[i] = map[string]bool{}
		}
		number := byte(0)
		for range 6 { // as many ports
			// On loopback a run that the kernel is to split arrives as one, where the
			// first datagram says.
			client := listen(t, "127.0.0.1:0", udp.Config{NoGSO: true})
			var out []transport.Datagram
			add := func(shard int, p []byte) {
				out = append(out, transport.Datagram{Addr: to, Data: p})
				want[shard][string(p)] = true
				number++
			}
			for shard := range n {
				id := uint32(shard)<<(32-transport.ShardBits(n)) | 0x00a5a5a5>>transport.ShardBits(n)
				add(shard, dataPacket(id, number))
				add(shard, dataPacket(id|0xffff, number))
			}
			add(0, append([]byte{0x81, 0xff, 0xff, 0xff, 0xff}, number)) // a HELLO
			add(0, append([]byte{0x83, 0xff, 0xff, 0xff, 0xff}, number))
			add(0, []byte{0x04, 0xff, 0xff, number}) // too short to name a connection
			if k, err := client.WriteBatch(out); k != len(out) || err != nil {
				t.Fatal(k, err)
			}
		}
		for i, s := range shards {
			got := collect(t, s, len(want[i]))
			if len(got) != len(want[i]) {
				t.Errorf("shard %d of %d got %d packets of %d", i, n, len(got), len(want[i]))
			}
			for _, d := range got {
				if !want[i][string(d.Data)] {
					t.Errorf("shard %d of %d got % x", i, n, d.Data)
				}
			}
		}
	}
}

// TestShardsDualStack: the filter sees the same bytes over IPv4 and IPv6.
func TestShardsDualStack(t *testing.T) {
	shards := listenShards(t, ":0", 2, udp.Config{})
	if len(shards) == 1 {
		t.Skip("this system has no filter for shards")
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		to := netip.AddrPortFrom(netip.MustParseAddr(host), shards[0].LocalAddr().Port())
		client, err := udp.Dial(to, udp.Config{})
		if err != nil {
			t.Log("without", host, err)
			continue
		}
		defer client.Close()
		p := dataPacket(1<<31|77, 1)
		if _, err := client.WriteBatch([]transport.Datagram{{Addr: to, Data: p}}); err != nil {
			t.Fatal(err)
		}
		if got := collect(t, shards[1], 1); len(got) != 1 || string(got[0].Data) != string(p) {
			if host == "::1" {
				t.Skip("this machine has no IPv6")
			}
			t.Errorf("over %s the second shard got %d packets", host, len(got))
		}
	}
}

// TestShardsKeepThePort: sharing an address among one's own sockets does not let another
// server in, nor one's own into another's.
func TestShardsKeepThePort(t *testing.T) {
	shards := listenShards(t, "127.0.0.1:0", 2, udp.Config{})
	at := shards[0].LocalAddr().String()
	if _, err := udp.Listen(at, udp.Config{}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a second server: %v", err)
	}
	if _, err := udp.ListenShards(at, 2, udp.Config{}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a second server with shards: %v", err)
	}
	alone := listen(t, "127.0.0.1:0", udp.Config{})
	if _, err := udp.ListenShards(alone.LocalAddr().String(), 2, udp.Config{}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("shards on a port that is taken: %v", err)
	}
}

// TestShardsElsewhere: where the system cannot, there is one socket, and it gets all.
func TestShardsElsewhere(t *testing.T) {
	for name, cfg := range map[string]udp.Config{"portable": {Portable: true}, "one": {}} {
		n := 2
		if name == "one" {
			n = 1
		}
		shards := listenShards(t, "127.0.0.1:0", n, cfg)
		if len(shards) != 1 {
			t.Fatalf("%s: %d sockets", name, len(shards))
		}
		if i, of := shards[0].Shard(); i != 0 || of != 1 {
			t.Errorf("%s: shard %d of %d", name, i, of)
		}
		client := listen(t, "127.0.0.1:0", cfg)
		for _, id := range []uint32{1, 1 << 31} {
			if _, err := client.WriteBatch([]transport.Datagram{{Addr: shards[0].LocalAddr(), Data: dataPacket(id, 9)}}); err != nil {
				t.Fatal(err)
			}
		}
		if got := collect(t, shards[0], 2); len(got) != 2 {
			t.Errorf("%s: got %d packets of 2", name, len(got))
		}
	}
	for _, n := range []int{-1, 0, transport.MaxShards + 1} {
		if _, err := udp.ListenShards("127.0.0.1:0", n, udp.Config{}); err == nil {
			t.Errorf("%d shards", n)
		}
	}
}

// TestWake: another goroutine ends a Wait, and one that begins later.
func TestWake(t *testing.T) {
	for name, cfg := range ways {
		c := listen(t, "127.0.0.1:0", cfg)
		c.Wake()
		began := time.Now()
		if err := c.Wait(t.Context(), time.Minute); err != nil || time.Since(began) > 30*time.Second {
			t.Errorf("%s, before: %v after %v", name, err, time.Since(began))
		}
		done := make(chan error)
		go func() { done <- c.Wait(t.Context(), time.Minute) }()
		for range 100 {
			c.Wake()
		}
		if err := <-done; err != nil || time.Since(began) > 30*time.Second {
			t.Errorf("%s, during: %v after %v", name, err, time.Since(began))
		}
	}
}
