package transport_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"pgregory.net/rapid"
)

func TestBlockListAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			b := [16]byte{0: 0x20, 1: rapid.Byte().Draw(t, "b") & 3, 15: rapid.Byte().Draw(t, "l") & 7}
			if rapid.Bool().Draw(t, "v4") {
				return netip.AddrFrom4([4]byte{10, b[1], 0, b[15]})
			}
			return netip.AddrFrom16(b)
		})
		var b transport.BlockList
		var list []netip.Prefix
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			a := addr.Draw(t, "network")
			p, _ := a.Prefix(rapid.IntRange(8, a.BitLen()).Draw(t, "bits"))
			list = append(list, p)
			b.Add(p)
		}
		a := addr.Draw(t, "address")
		want := false
		for _, p := range list {
			want = want || p.Contains(a)
		}
		if got := b.Blocked(a); got != want {
			t.Fatalf("Blocked(%v) = %v with %v", a, got, list)
		}
		if a.Is4() && b.Blocked(netip.AddrFrom16(a.As16())) != want {
			t.Fatal("the IPv6 form of an IPv4 address slips through")
		}
		for _, p := range list {
			b.Remove(p)
		}
		if b.Blocked(a) {
			t.Fatal("still blocked after Remove")
		}
	})
}

func TestBlockListFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "block.txt")
	write := func(s string, at int64) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Unix(at, 0), time.Unix(at, 0)); err != nil {
			t.Fatal(err)
		}
	}
	write("# spammers\n192.0.2.1\n\n2001:db8::/32 # all of it\n::ffff:198.51.100.0/120\n", 1000)
	b, err := transport.LoadBlockList(path)
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[string]bool{"192.0.2.1": true, "192.0.2.2": false, "2001:db8::9": true, "198.51.100.77": true, "198.51.101.1": false} {
		if b.Blocked(netip.MustParseAddr(a)) != want {
			t.Errorf("Blocked(%s) = %v", a, !want)
		}
	}
	if changed, err := b.Reload(); changed || err != nil {
		t.Fatal("nothing has changed", changed, err)
	}
	write("192.0.2.2\n", 2000)
	if changed, err := b.Reload(); !changed || err != nil || b.Blocked(netip.MustParseAddr("192.0.2.1")) || !b.Blocked(netip.MustParseAddr("192.0.2.2")) {
		t.Fatal("not reloaded", err)
	}
	write("192.0.2.2\n192.0.2.300\n", 3000)
	if _, err := b.Reload(); err == nil || !strings.Contains(err.Error(), "line 2") || !b.Blocked(netip.MustParseAddr("192.0.2.2")) {
		t.Fatal("a damaged file must say where and change nothing:", err)
	}
	if _, err := transport.LoadBlockList(path + ".no"); err == nil {
		t.Fatal("no file, no error")
	}
}

func TestBlockedClients(t *testing.T) {
	b := &transport.BlockList{}
	w, n := tapWorld(t, func(c *transport.Config) { c.Block = b })
	end := n.Carrier()
	client := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	other, _ := w.connect(nil)
	p, _ := transport.ParsePrefix(end.addr.Addr().String())
	b.Add(p)
	w.run(time.Second)
	if !errors.Is(client.Err(), transport.ErrBanned) || other.State() != transport.Connected {
		t.Fatal(client.Err(), other.Err())
	}
	out := 0
	n.hook = func(d tapped) []tapped {
		if d.to == end.addr {
			out++
		}
		return []tapped{d}
	}
	again := w.dialOn(w.config(), end)
	w.run(11 * time.Second)
	if !errors.Is(again.Err(), transport.ErrNoAnswer) || out != 0 || w.server.Stats().Blocked == 0 {
		t.Fatalf("%v, %d packets to a blocked address", again.Err(), out)
	}
}
