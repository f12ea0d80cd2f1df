package replicate

import "slices"

// mark is a value in a datagram.
type mark struct{ seq, tick uint32 }

// samples is what a client keeps of one component of one replica to read
// updates with: the lanes it received, newest last.
type samples struct {
	stride int
	marks  []mark // seq 0: came with the structure
	lanes  []uint32
	floor  uint32 // tick of the newest that was dropped; 0: none
}

// keepSamples is for how many snapshots samples are kept: longer than they can
// be baselines, for messages that are late. Where messages wait for structure,
// they are kept for as long as those may need them.
const keepSamples = baseSnapshots + 16

// mostSamples bounds the samples of one component: one a snapshot, and what
// came with structure.
const mostSamples = 2 * keepSamples

// add files the lanes of a value under its tick, and drops what is older than
// oldest.
func (s *samples) add(m mark, lanes []uint32, oldest uint32) {
	at := len(s.marks)
	for at > 0 && s.marks[at-1].tick > m.tick {
		at--
	}
	if at > 0 && s.marks[at-1].tick == m.tick && s.marks[at-1].seq != 0 {
		s.marks[at-1] = m // no server of ours tells twice of a tick
		copy(s.lanes[(at-1)*s.stride:at*s.stride], lanes)
		return
	}
	s.marks = slices.Insert(s.marks, at, m)
	s.lanes = slices.Insert(s.lanes, at*s.stride, lanes...)
	n := 0
	for n < len(s.marks)-1 && (int32(s.marks[n].tick-oldest) < 0 || len(s.marks)-n > mostSamples) {
		n++
	}
	if n > 0 {
		s.floor = s.marks[n-1].tick
		s.marks = slices.Delete(s.marks, 0, n)
		s.lanes = slices.Delete(s.lanes, 0, n*s.stride)
	}
}

// reach reports whether everything is still here that a message may be coded
// against.
func (s *samples) reach(w *window) bool {
	return s.floor == 0 || !w.recent(s.floor) && s.floor < w.tick
}

// bases are the newest values that a message may be coded against, by the rule
// of Peer.against: those in its references since the newest structure before
// it, and that structure's.
func (s *samples) bases(w *window) (b bases, direct bool) {
	n := 0
	for i := len(s.marks) - 1; i >= 0 && n < len(b); i-- {
		m := s.marks[i]
		if m.tick > w.tick || m.tick == w.tick && m.seq != 0 {
			continue
		}
		if m.seq != 0 {
			if w.refers(m.seq) && w.recent(m.tick) {
				b[n], direct = m.tick, true
				n++
			}
			continue
		}
		if w.recent(m.tick) {
			b[n] = m.tick
		}
		break
	}
	return b, direct
}

// at is the lanes of a tick, nil without.
func (s *samples) at(tick uint32) []uint32 {
	for i := len(s.marks) - 1; i >= 0; i-- {
		if s.marks[i].tick == tick {
			return s.lanes[i*s.stride : (i+1)*s.stride]
		}
	}
	return nil
}

// receivedRing is how many records messages a client remembers.
const receivedRing = 2 * refWindow

// received is a records message that came.
type received struct {
	seq   uint32
	tick  uint32
	state receivedState
	slots []uint32 // it told of
}

// receivedLog is the ring of records messages that came.
type receivedLog struct{ ring [receivedRing]received }

// at is where a message is remembered; it may hold another one.
func (l *receivedLog) at(seq uint32) *received { return &l.ring[seq%receivedRing] }

func (l *receivedLog) tick(seq uint32) (uint32, bool) {
	g := l.at(seq)
	return g.tick, g.seq == seq
}

func (l *receivedLog) told(dst []uint32, seq uint32) []uint32 {
	return append(dst, l.at(seq).slots...)
}

type receivedState uint8

const (
	isWaiting receivedState = iota + 1 // for a structure batch, or another message
	isRead
	isLost // could not be read
)
