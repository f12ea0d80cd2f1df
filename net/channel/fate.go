package channel

// Fate says what became of a message that was sent with a token.
type Fate struct {
	Token uint64
	// Acked: the peer's Link has it (all of it). False: it was lost, dropped before
	// it was sent, replaced by a newer value, or the connection ended first. A false
	// one may still have arrived; a true one has.
	Acked bool
}

// spread follows a datagram message with a token that travels in several packets.
type spread struct {
	token  uint64
	left   uint16 // fragments whose fate is open
	failed bool
}

// spreads is a table of spread with stable indexes. The zero value is empty.
type spreads struct {
	slots []spread
	free  []int32
}

// open adds an entry and returns its index.
func (t *spreads) open(token uint64, count int) int32 {
	s := spread{token: token, left: uint16(count)}
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.slots[i] = s
		return i
	}
	t.slots = append(t.slots, s)
	return int32(len(t.slots) - 1)
}

// settle resolves n fragments of entry i. It reports the fate when it becomes known:
// at the first loss, or when the last one has arrived.
func (t *spreads) settle(i int32, n int, acked bool) (f Fate, known bool) {
	s := &t.slots[i]
	s.left -= uint16(n)
	f = Fate{Token: s.token, Acked: acked}
	switch {
	case !acked && !s.failed:
		s.failed, known = true, true
	case acked && !s.failed && s.left == 0:
		known = true
	}
	if s.left == 0 {
		t.free = append(t.free, i)
		if len(t.free) == len(t.slots) {
			t.slots, t.free = t.slots[:0], t.free[:0]
		}
	}
	return f, known
}

// trim returns the memory if nothing is open.
func (t *spreads) trim() {
	if len(t.slots) == 0 {
		*t = spreads{}
	}
}

// emit queues the fate of a token, which the owner of the Link collects with Fate.
func (l *Link) emit(token uint64, acked bool) {
	if token == 0 {
		return
	}
	l.fates.push(Fate{Token: token, Acked: acked})
}

// Fate returns the next fate that became known. Every token given to a successful Send
// comes out exactly once: at the latest after Close or when the peer has closed. For
// channels that resend, Acked means that the message arrived; for Unreliable and
// Sequenced, that every packet that carried it did.
func (l *Link) Fate() (Fate, bool) {
	if l.fates.len() == 0 {
		return Fate{}, false
	}
	l.tokens--
	return l.fates.pop(), true
}
