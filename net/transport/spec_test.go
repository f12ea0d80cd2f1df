package transport_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/mlkem"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"golang.org/x/crypto/chacha20poly1305"
)

// specClient is a second client, written from net/PROTOCOL.md alone: it uses
// nothing of this project, and no Noise library. It is the slow and readable
// reference beside the real one, and the proof that the page says enough.
type specClient struct {
	t        *testing.T
	end      *tapEnd
	server   *transport.Endpoint
	suite    byte
	id, peer uint32
	channels [32]byte // hash of the channel table

	ck, h []byte // Noise: chaining key and hash

	send, recv []byte // traffic secrets
	phase      byte   // of both, once both are there
	recvPhase  byte
	next       uint64 // packet number to send
	expect     uint64
	largest    uint64
	acks       bool
	kem        *mlkem.DecapsulationKey768
	parts      map[string][]byte // of messages, by channel, id and index
	ready      bool

	resetTokens [][16]byte
	moved       []byte
	controlSent uint16
	got         []string
}

func (c *specClient) aead(key []byte) cipher.AEAD {
	if c.suite == 2 {
		a, err := chacha20poly1305.New(key)
		c.must(err)
		return a
	}
	b, err := aes.NewCipher(key)
	c.must(err)
	a, err := cipher.NewGCM(b)
	c.must(err)
	return a
}

func (c *specClient) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// Noise, section 5 of its specification.

func (c *specClient) mixHash(p []byte) {
	s := sha256.Sum256(append(bytes.Clone(c.h), p...))
	c.h = s[:]
}

func noiseHKDF(ck, ikm []byte) (a, b []byte) {
	mac := func(key, p []byte) []byte { m := hmac.New(sha256.New, key); m.Write(p); return m.Sum(nil) }
	temp := mac(ck, ikm)
	a = mac(temp, []byte{1})
	return a, mac(temp, append(bytes.Clone(a), 2))
}

// decrypt is DecryptAndHash with a key that is used for the first time or again.
func (c *specClient) decrypt(key []byte, n uint64, p []byte) []byte {
	nonce := make([]byte, 12)
	if c.suite == 1 {
		binary.BigEndian.PutUint64(nonce[4:], n)
	} else {
		binary.LittleEndian.PutUint64(nonce[4:], n)
	}
	plain, err := c.aead(key).Open(nil, nonce, p, c.h)
	c.must(err)
	c.mixHash(p)
	return plain
}

func (c *specClient) hello(kind byte) []byte {
	p := []byte{kind, 1}
	p = binary.LittleEndian.AppendUint32(p, 3)
	p = binary.LittleEndian.AppendUint64(p, 42)
	return binary.LittleEndian.AppendUint32(p, c.id)
}

// exchange sends a datagram and returns the answer.
func (c *specClient) exchange(w *world, p []byte) []byte {
	c.t.Helper()
	c.write(p)
	for range 10 {
		w.step()
		if q := c.read(); q != nil {
			return q
		}
	}
	c.t.Fatal("no answer")
	return nil
}

func (c *specClient) write(p []byte) {
	c.end.WriteBatch([]transport.Datagram{{Addr: c.server.Addr(), Data: p}})
}

func (c *specClient) read() []byte {
	var d [1]transport.Datagram
	if n, _ := c.end.ReadBatch(d[:]); n == 0 {
		return nil
	}
	return d[0].Data
}

// handshake is sections 2 and 3.
func (c *specClient) handshake(w *world, pin [32]byte) {
	t := c.t
	h := append(c.hello(0x81), make([]byte, 110)...)
	retry := c.exchange(w, h)
	if len(retry) != 27 || retry[0] != 0x82 || !bytes.Equal(retry[2:6], h[14:18]) {
		t.Fatalf("RETRY: % x", retry)
	}
	p := append(c.hello(0x83), retry[6:]...)
	p = append(p, c.suite, 0, 0)
	name := "Noise_NX_25519_AESGCM_SHA256"
	if c.suite == 2 {
		name = "Noise_NX_25519_ChaChaPoly_SHA256"
	}
	if len(name) <= 32 {
		c.h = append([]byte(name), make([]byte, 32-len(name))...)
	} else {
		s := sha256.Sum256([]byte(name))
		c.h = s[:]
	}
	c.ck = bytes.Clone(c.h)
	c.mixHash(p)
	e, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{c.suite + 40}, 32))
	c.must(err)
	p = append(p, e.PublicKey().Bytes()...)
	c.mixHash(e.PublicKey().Bytes())
	c.mixHash(nil)
	p = append(p, make([]byte, 1200-len(p))...)

	accept := c.exchange(w, p)
	if accept[0] != 0x84 || !bytes.Equal(accept[2:6], h[14:18]) {
		t.Fatalf("ACCEPT: % x", accept)
	}
	m := accept[6:]
	dh := func(public []byte) []byte {
		k, err := ecdh.X25519().NewPublicKey(public)
		c.must(err)
		s, err := e.ECDH(k)
		c.must(err)
		return s
	}
	var key []byte
	c.mixHash(m[:32])
	c.ck, key = noiseHKDF(c.ck, dh(m[:32]))
	static := c.decrypt(key, 0, m[32:80])
	if !bytes.Equal(static, pin[:]) {
		t.Fatal("another static key")
	}
	c.ck, key = noiseHKDF(c.ck, dh(static))
	payload := c.decrypt(key, 0, m[80:])
	c.send, c.recv = noiseHKDF(c.ck, nil)
	c.peer = binary.LittleEndian.Uint32(payload)
	if flags := binary.LittleEndian.Uint16(payload[4:]); flags != 1 {
		t.Fatal("flags", flags)
	}
	copy(c.channels[:], payload[28:60])
}

// Section 3, keys of a phase.

func (c *specClient) traffic(secret []byte) (cipher.AEAD, []byte) {
	key, err := hkdf.Expand(sha256.New, secret, "tandem 1 key", 32)
	c.must(err)
	iv, err := hkdf.Expand(sha256.New, secret, "tandem 1 iv", 12)
	c.must(err)
	return c.aead(key), iv
}

func (c *specClient) ratchet(secret, mix []byte) []byte {
	prk, err := hkdf.Extract(sha256.New, mix, secret)
	c.must(err)
	out, err := hkdf.Expand(sha256.New, prk, "tandem 1 next", 32)
	c.must(err)
	return out
}

func nonce(iv []byte, pn uint64) []byte {
	n := bytes.Clone(iv)
	for i := range 8 {
		n[4+i] ^= byte(pn >> (8 * i))
	}
	return n
}

// packet is section 4: it seals frames and sends them.
func (c *specClient) packet(frames []byte) {
	if c.acks {
		frames = append(binary.AppendUvarint([]byte{0x10}, c.largest), append([]byte{0}, frames...)...)
	}
	head := []byte{c.phase << 2, byte(c.peer), byte(c.peer >> 8), byte(c.peer >> 16), byte(c.peer >> 24), byte(c.next), byte(c.next >> 8)}
	a, iv := c.traffic(c.send)
	c.write(a.Seal(bytes.Clone(head), nonce(iv, c.next), frames, head))
	c.next++
}

// receive opens what has come and acts on it.
func (c *specClient) receive() {
	for p := c.read(); p != nil; p = c.read() {
		if p[0]&0x80 != 0 || binary.LittleEndian.Uint32(p[1:]) != c.id {
			continue
		}
		n := 7 + int(p[0]&3)
		pn := c.expect&^0xffff | uint64(binary.LittleEndian.Uint16(p[5:])) // fewer than 2^15 packets in this test
		secret := c.recv
		if phase := p[0] >> 2 & 3; phase != c.recvPhase {
			c.t.Fatalf("phase %d instead of %d", phase, c.recvPhase)
		}
		a, iv := c.traffic(secret)
		plain, err := a.Open(nil, nonce(iv, pn), p[n:], p[:n])
		c.must(err)
		c.expect, c.largest, c.acks = max(c.expect, pn+1), max(c.largest, pn), true
		c.frames(plain)
	}
}

// frames is section 5.
func (c *specClient) frames(p []byte) {
	take := func() uint64 {
		v, n := binary.Uvarint(p)
		p = p[n:]
		return v
	}
	for len(p) > 0 {
		first := p[0]
		p = p[1:]
		switch {
		case first <= 1:
		case first == 3: // section 9: answered at once, in a packet of its own
			c.packet(append([]byte{4}, p[:8]...))
			p = p[8:]
		case first == 5:
			p = p[2:]
		case first >= 0x10 && first <= 0x18:
			take()
			take()
			if first > 0x10 {
				mask := p[0]
				p = p[1:]
				for i := range 8 {
					if mask>>i&1 == 1 {
						p = p[4:]
					}
				}
			}
		case first >= 0x80:
			id := binary.LittleEndian.Uint16(p)
			p = p[2:]
			index, count := uint64(0), uint64(1)
			if first&0x40 != 0 {
				index, count = take(), take()
			}
			n := len(p)
			if first&0x20 == 0 {
				n = int(take())
			}
			c.data(first&31, id, index, count, p[:n])
			p = p[n:]
		default:
			c.t.Fatalf("frame %#x", first)
		}
	}
}

func (c *specClient) data(ch byte, id uint16, index, count uint64, p []byte) {
	c.parts[fmt.Sprint(ch, id, index)] = bytes.Clone(p)
	var whole []byte
	for i := range count {
		part, ok := c.parts[fmt.Sprint(ch, id, i)]
		if !ok {
			return
		}
		whole = append(whole, part...)
	}
	if ch != 0 {
		c.got = append(c.got, fmt.Sprintf("%d %d %s", ch, id, whole))
		return
	}
	if whole[0] == 6 && len(whole) == 18 { // RESET_TOKEN
		c.resetTokens = append(c.resetTokens, [16]byte(whole[1:]))
		c.moved = append(c.moved, whole[17])
	}
	if whole[0] == 2 && !c.ready { // READY, section 6
		n := binary.LittleEndian.Uint32(whole[1:])
		shared, err := c.kem.Decapsulate(whole[5 : 5+n])
		c.must(err)
		c.send, c.recv = c.ratchet(c.send, shared), c.ratchet(c.recv, shared)
		c.phase, c.ready = 1, true
	}
}

// sendControl cuts a control message as DATA says.
func (c *specClient) sendControl(msg []byte) {
	id := c.controlSent
	c.controlSent++
	if len(msg) <= 1024 {
		c.packet(append([]byte{0x80 | 0x20, byte(id), byte(id >> 8)}, msg...))
		return
	}
	count := (len(msg) + 1023) / 1024
	for i := range count {
		part := msg[i*1024 : min(len(msg), (i+1)*1024)]
		c.packet(append([]byte{0x80 | 0x40 | 0x20, byte(id), byte(id >> 8), byte(i), byte(count)}, part...))
	}
}

// moves is section 9: the client is seen at another address, and then at another port.
func (c *specClient) moves(w *world, n *tapNet, server *transport.Conn) {
	for i, to := range []string{"192.0.2.77:5000", "192.0.2.77:5001"} {
		c.end.move(netip.MustParseAddrPort(to))
		c.packet([]byte{1})
		for range 20 {
			w.step()
			c.receive()
		}
		if server.Addr() != c.end.addr || int(server.Stats().Moves) != i+1 {
			c.t.Fatalf("move %d: the server sends to %v, %+v", i, server.Addr(), server.Stats())
		}
	}
	if len(c.moved) != 2 || c.moved[0] != 1 || c.moved[1] != 0 || c.resetTokens[0] == c.resetTokens[1] {
		c.t.Fatalf("RESET_TOKEN %x %v", c.resetTokens, c.moved)
	}
	// Section 10: a server with the same identity that does not know the connection
	// answers with this token.
	w.cfg.Rand = chacha(uint64(c.suite) + 500)
	other, err := transport.Listen(w.cfg, n.Carrier())
	c.must(err)
	var reset []byte
	n.hook = func(d tapped) []tapped {
		if d.data[0] == 0x86 {
			reset = bytes.Clone(d.data)
		}
		return nil
	}
	n.deliver(tapped{c.end.addr, other.Addr(), append([]byte{0, byte(c.peer), byte(c.peer >> 8), byte(c.peer >> 16), byte(c.peer >> 24)}, make([]byte, 30)...)})
	other.Poll(w.now)
	other.Flush(w.now)
	n.hook = nil
	want := append([]byte{0x86, 1, byte(c.peer), byte(c.peer >> 8), byte(c.peer >> 16), byte(c.peer >> 24)}, c.resetTokens[1][:]...)
	if !bytes.Equal(reset, want) {
		c.t.Fatalf("RESET % x, want % x", reset, want)
	}
}

func TestSecondClient(t *testing.T) {
	for suite := range byte(2) {
		w, n := tapWorld(t, func(c *transport.Config) { c.NoResume = true })
		var err error
		c := &specClient{t: t, end: n.Carrier(), server: w.server, suite: suite + 1, id: 0x01020304, parts: map[string][]byte{}}
		c.handshake(w, w.id.Public)
		text := "tandem channels 1\n0 fire unreliable 16384\n1 chat ordered 65536\n2 event reliable 65536\n"
		if hash := sha256.Sum256([]byte(text)); hash != c.channels {
			t.Fatal("the channel table's text is not what section 6 says")
		}
		c.kem, err = mlkem.GenerateKey768()
		c.must(err)
		start := append([]byte{1}, c.channels[:]...)
		start = append(start, make([]byte, 32)...)
		start = binary.LittleEndian.AppendUint16(start, 1200)
		start = binary.LittleEndian.AppendUint32(start, 1184)
		c.sendControl(append(start, c.kem.EncapsulationKey().Bytes()...))
		w.run(100 * time.Millisecond)
		c.receive()
		if !c.ready {
			t.Fatalf("no READY; %+v", w.server.Stats())
		}
		c.sendControl([]byte{7})
		c.packet(append([]byte{0x80 | 0x20 | 2, 0, 0}, "hello from the page"...))
		w.run(100 * time.Millisecond)
		if len(w.accepted) != 1 || w.accepted[0].Stats().Phase != 1 {
			t.Fatalf("not accepted: %+v", w.server.Stats())
		}
		server := w.accepted[0]
		if got := drain(server); len(got) != 1 || got[0] != "1:hello from the page" {
			t.Fatal(got)
		}
		c.recvPhase = 1
		c.end.queue, c.end.head = nil, 0 // what came in phase 0 is not of interest any more
		if err := server.Send(1, []byte("welcome"), channel.SendOptions{}); err != nil {
			t.Fatal(err)
		}
		w.run(50 * time.Millisecond)
		c.receive()
		if len(c.got) == 0 || c.got[0] != "2 0 welcome" {
			t.Fatalf("got %q", c.got)
		}
		c.moves(w, n, server)
		c.packet(append([]byte{2, 0, 0, 3}, "bye"...))
		w.step()
		if server.State() != transport.Closed || server.Err().Error() != "the connection was closed: bye" {
			t.Fatal(server.State(), server.Err())
		}
	}
}
