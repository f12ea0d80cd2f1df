package secure

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func pair(suite Suite, scope any) (*Sealer, *Opener) {
	var s Secret
	copy(s[:], "an example secret of 32 bytes...")
	return NewSealer(suite, s, scope), NewOpener(suite, s)
}

func sealed(t *testing.T, s *Sealer, id uint32, text string) []byte {
	t.Helper()
	p := AppendHeader(make([]byte, 0, 128), id, uint8(s.Phase()), s.Next(), 2)
	head := len(p)
	p, err := s.Seal(append(p, text...), head)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(o *Opener, p []byte, now time.Duration) (string, bool, error) {
	p = bytes.Clone(p)
	h, err := ParseHeader(p)
	if err != nil {
		return "", false, err
	}
	_, plain, advanced, err := o.Open(p, h)
	if advanced {
		o.ForgetAt(now + time.Second)
	}
	return string(plain), advanced, err
}

func TestSealOpen(t *testing.T) {
	for _, suite := range []Suite{AESGCM, ChaChaPoly} {
		s, o := pair(suite, new(int))
		for _, text := range []string{"a", "hello", "the third one"} {
			p := sealed(t, s, 99, text)
			if got, _, err := open(o, p, 0); err != nil || got != text {
				t.Fatalf("%v: %q, %v", suite, got, err)
			}
			if _, _, err := open(o, p, 0); !errors.Is(err, ErrReplay) {
				t.Fatalf("%v: a replay gave %v", suite, err)
			}
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	for _, suite := range []Suite{AESGCM, ChaChaPoly} {
		s, o := pair(suite, new(int))
		p := sealed(t, s, 99, "the original")
		for i := range len(p) * 8 {
			bad := bytes.Clone(p)
			bad[i/8] ^= 1 << (i % 8)
			if got, _, err := open(o, bad, 0); err == nil {
				t.Fatalf("%v: bit %d flipped and opened as %q", suite, i, got)
			}
		}
		if got, _, err := open(o, p, 0); err != nil || got != "the original" {
			t.Fatalf("%v: forgeries moved the window: %q %v", suite, got, err)
		}
	}
}

func TestReflectedPacketIsRefused(t *testing.T) {
	init, msg1, err := NewInitiator(AESGCM, nil, nil, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := NewIdentity(seeded(2))
	msg2, server, err := Respond(AESGCM, id, nil, nil, seeded(3), msg1, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, client, err := init.Finish(msg2)
	if err != nil || client.ToServer != server.ToServer || client.ToClient == client.ToServer {
		t.Fatal("directions do not have keys of their own", err)
	}
	p := sealed(t, NewSealer(AESGCM, client.ToServer, new(int)), 1, "to the server")
	if _, _, err := open(NewOpener(AESGCM, client.ToClient), p, 0); !errors.Is(err, ErrAuth) {
		t.Fatal(err)
	}
}

func TestPhases(t *testing.T) {
	for _, mix := range [][]byte{nil, []byte("a shared secret from ML-KEM")} {
		s, o := pair(ChaChaPoly, new(int))
		early := sealed(t, s, 1, "early")
		late := sealed(t, s, 1, "late")
		tooLate := sealed(t, s, 1, "too late")
		s.Advance(mix)
		p := sealed(t, s, 1, "phase 1")
		if _, _, err := open(o, p, 0); !errors.Is(err, ErrAuth) {
			t.Fatal("opened before Prepare", err)
		}
		o.Prepare(mix)
		if got, _, err := open(o, early, 0); got != "early" {
			t.Fatal(err)
		}
		if got, advanced, err := open(o, p, 10*time.Second); got != "phase 1" || !advanced {
			t.Fatal(got, advanced, err)
		}
		if got, _, err := open(o, late, 10*time.Second); got != "late" {
			t.Fatal("the old key must live on for packets under way", err)
		}
		o.Expire(11 * time.Second)
		if _, _, err := open(o, tooLate, 11*time.Second); !errors.Is(err, ErrAuth) {
			t.Fatal("the old key must end", err)
		}
		if s.Next() != 4 || o.Expected() != 4 || o.Phase() != 1 {
			t.Fatal("packet numbers must run on across phases", s.Next(), o.Expected(), o.Phase())
		}
	}
}

func TestManyPhases(t *testing.T) {
	s, o := pair(AESGCM, new(int))
	for i := range 50 {
		o.Prepare(nil)
		s.Advance(nil)
		if got, advanced, err := open(o, sealed(t, s, 1, "x"), time.Duration(i)*time.Hour); got != "x" || !advanced {
			t.Fatal(i, err)
		}
	}
}

func TestSealerNeverReusesANonce(t *testing.T) {
	scope := new(int)
	s, _ := pair(AESGCM, scope)
	s.Seal(make([]byte, 8, 64), 7)
	mustPanic(t, "one secret, two sealers", func() { pair(AESGCM, scope) })
	s.next-- // what a bug would do
	mustPanic(t, "a repeated packet number", func() { s.Seal(make([]byte, 8, 64), 7) })
	s, _ = pair(AESGCM, new(int))
	s.next = maxPacketNumber
	if _, err := s.Seal(make([]byte, 8, 64), 7); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal(make([]byte, 8, 64), 7); !errors.Is(err, ErrExhausted) {
		t.Fatal("packet numbers wrapped:", err)
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestSealOpenAllocateNothing(t *testing.T) {
	for _, suite := range []Suite{AESGCM, ChaChaPoly} {
		s, o := pair(suite, new(int))
		buf := make([]byte, 0, 1500)
		body := make([]byte, 1000)
		n := testing.AllocsPerRun(500, func() {
			p := AppendHeader(buf, 1, 0, s.Next(), 2)
			p = append(p, body...)
			p, err := s.Seal(p, MinHeaderSize)
			if err != nil {
				t.Fatal(err)
			}
			h, err := ParseHeader(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, _, err = o.Open(p, h); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%v: %v allocations a packet", suite, n)
		}
	}
}

func BenchmarkSealOpen100(b *testing.B) {
	for _, suite := range []Suite{AESGCM, ChaChaPoly} {
		b.Run(suite.String(), func(b *testing.B) {
			s, o := pair(suite, b)
			buf := make([]byte, 0, 1500)
			body := make([]byte, 100)
			b.ReportAllocs()
			for b.Loop() {
				p, _ := s.Seal(append(AppendHeader(buf, 1, 0, s.Next(), 2), body...), MinHeaderSize)
				h, _ := ParseHeader(p)
				if _, _, _, err := o.Open(p, h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
