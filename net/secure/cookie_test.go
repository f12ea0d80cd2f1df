package secure

import (
	"net/netip"
	"testing"
	"time"
)

func TestCookie(t *testing.T) {
	const client = 77
	addr := netip.MustParseAddrPort("192.0.2.1:4000")
	c := NewCookies(seeded(1))
	rotate := func(now time.Duration) {
		t.Helper()
		if err := c.Rotate(now); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Hour
	rotate(now)
	cookie := c.Append(nil, now, addr, client)
	if len(cookie) != CookieSize || !c.Check(cookie, now+10*time.Second, addr, client) {
		t.Fatal("a good cookie is refused")
	}
	for name, ok := range map[string]bool{
		"another port":    c.Check(cookie, now, netip.MustParseAddrPort("192.0.2.1:4001"), client),
		"another address": c.Check(cookie, now, netip.MustParseAddrPort("192.0.2.2:4000"), client),
		"another client":  c.Check(cookie, now, addr, client+1),
		"too old":         c.Check(cookie, now+10*time.Second+time.Millisecond, addr, client),
		"from the future": c.Check(cookie, now-time.Millisecond, addr, client),
		"too short":       c.Check(cookie[1:], now, addr, client),
		"another server":  otherCookies(t, now).Check(cookie, now, addr, client),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range len(cookie) * 8 {
		bad := append([]byte(nil), cookie...)
		bad[i/8] ^= 1 << (i % 8)
		if c.Check(bad, now, addr, client) {
			t.Fatalf("bit %d flipped and accepted", i)
		}
	}
	// Secrets rotate each minute, and two are valid.
	late := now + 59*time.Second
	rotate(late)
	cookie = c.Append(nil, late, addr, client)
	rotate(now + 60*time.Second)
	if !c.Check(cookie, now+60*time.Second, addr, client) {
		t.Error("the previous secret must stay valid")
	}
	rotate(now + 120*time.Second)
	if c.Check(cookie, late, addr, client) {
		t.Error("a secret outlived two rotations")
	}
}

func otherCookies(t *testing.T, now time.Duration) *Cookies {
	c := NewCookies(seeded(2))
	if err := c.Rotate(now); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCookieAllocatesNothing(t *testing.T) {
	c := otherCookies(t, 0)
	addr := netip.MustParseAddrPort("[2001:db8::1]:4000")
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		p := c.Append(buf, 0, addr, 1)
		if !c.Check(p, 0, addr, 1) {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
