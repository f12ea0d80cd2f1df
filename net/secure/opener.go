package secure

import (
	"bytes"
	"time"
)

// Opener authenticates and decrypts the packets of one direction. It keeps the
// key of the current phase, the previous one until it is told to forget it, and
// the next one once a packet has claimed to be of it: most connections never get
// there, and deriving a key costs more than opening dozens of packets.
type Opener struct {
	suite   Suite
	secret  Secret // of the current phase
	current trafficKey
	prev    trafficKey
	next    trafficKey
	hasPrev bool
	hasNext bool
	mix     []byte // of the next phase, until its key is derived
	pending Secret // of the next phase, when its key is derived
	phase   uint64
	forget  time.Duration // when prev ends
	window  Window
	nonce   [12]byte
}

// NewOpener starts a direction in phase 0.
func NewOpener(suite Suite, s Secret) *Opener {
	o := &Opener{suite: suite, secret: s}
	o.current, _ = newTrafficKey(suite, s)
	return o
}

// Phase counts the peer's rekeys that have been followed.
func (o *Opener) Phase() uint64 { return o.phase }

// Expected is the packet number after the newest one opened.
func (o *Opener) Expected() uint64 { return o.window.Expected() }

// Prepare lets the peer enter the next phase, whose key comes of mix (nil: plain
// ratchet). It copies mix. Until Prepare, packets of the next phase fail.
func (o *Opener) Prepare(mix []byte) {
	o.mix = bytes.Clone(mix)
	o.next, o.hasNext = trafficKey{}, true
}

// derive makes the next phase's key.
func (o *Opener) derive() {
	o.pending = o.secret.Next(o.mix)
	o.next, _ = newTrafficKey(o.suite, o.pending)
	clear(o.mix)
	o.mix = nil
}

// Prepared reports whether the peer may enter the next phase.
func (o *Opener) Prepared() bool { return o.hasNext }

// ForgetAt says until when packets of the previous phase are still opened.
func (o *Opener) ForgetAt(t time.Duration) { o.forget = t }

// Expire forgets the previous phase's key once its time has come.
func (o *Opener) Expire(now time.Duration) {
	if o.hasPrev && now >= o.forget {
		o.prev, o.hasPrev = trafficKey{}, false
	}
}

// Open authenticates packet and decrypts it in place. The replay window is
// asked before and moved only after authentication. advanced reports that the
// peer entered the next phase with this packet; the previous key then lives
// until the time that ForgetAt gives. The plaintext aliases packet. When the
// packet fails, its bytes are spoiled.
func (o *Opener) Open(packet []byte, h Header) (pn uint64, plain []byte, advanced bool, err error) {
	pn = restore(o.window.Expected(), h.Truncated, h.PNBytes)
	if pn > maxPacketNumber || !o.window.Check(pn) {
		return pn, nil, false, ErrReplay
	}
	key := o.keyFor(h.Phase)
	if key == nil {
		return pn, nil, false, ErrAuth
	}
	n := h.Size()
	key.nonceFor(&o.nonce, pn)
	plain, err = key.aead.Open(packet[n:n], o.nonce[:], packet[n:], packet[:n])
	if err != nil {
		return pn, nil, false, ErrAuth
	}
	if key == &o.next {
		o.enter()
		advanced = true
	}
	o.window.Accept(pn)
	return pn, plain, advanced, nil
}

// keyFor picks the one key that a header's phase can mean.
func (o *Opener) keyFor(phase uint8) *trafficKey {
	switch (phase - uint8(o.phase)) & 3 {
	case 0:
		return &o.current
	case 1:
		if !o.hasNext {
			return nil
		}
		if o.next.aead == nil {
			o.derive()
		}
		return &o.next
	case 3:
		if o.hasPrev {
			return &o.prev
		}
	}
	return nil
}

func (o *Opener) enter() {
	o.prev, o.hasPrev, o.forget = o.current, true, 1<<63-1
	o.current, o.secret = o.next, o.pending
	o.next, o.hasNext, o.pending = trafficKey{}, false, Secret{}
	o.phase++
}
