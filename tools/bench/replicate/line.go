package replicate

import (
	"math/rand/v2"
	"slices"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
)

// The channels of the line.
const (
	structureChannel = iota
	valuesChannel
)

// line is one client's connection: a round trip of its own, and a datagram of a
// hundred that is lost. Only a line with a viewer carries what is sent.
type line struct {
	rng    *rand.Rand
	now    uint32 // tick
	rtt    uint32 // ticks
	fates  []fate // by due; those before first are done
	first  int
	viewer *viewer
	way    []message // under way to the viewer
	spare  [][]byte
	buffer [2048]byte
}

type fate struct {
	due   uint32
	token uint64
	acked bool
}

type message struct {
	due  uint32
	ch   uint8
	data []byte
}

// lossOneIn is how many datagrams there are for each that is lost.
const lossOneIn = 100

// Send takes a message as a connection does: it is copied, and its fate is
// known after a round trip.
func (l *line) Send(ch uint8, p []byte, o channel.SendOptions) error {
	lost := ch == valuesChannel && l.rng.IntN(lossOneIn) == 0
	if o.Token != 0 {
		wait := l.rtt
		if lost {
			wait += l.rtt/8 + 1
		}
		l.fates = append(l.fates, fate{l.now + wait, o.Token, !lost})
	}
	if l.viewer == nil {
		copy(l.buffer[:], p)
		return nil
	}
	if !lost {
		l.way = append(l.way, message{l.now + l.rtt/2, ch, append(l.memory(), p...)})
	}
	return nil
}

func (l *line) memory() []byte {
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return b[:0]
	}
	return nil
}

// report tells the server the fates that are due.
func (l *line) report(p *replicate.Peer) {
	for ; l.first < len(l.fates) && l.fates[l.first].due <= l.now; l.first++ {
		p.Fate(channel.Fate{Token: l.fates[l.first].token, Acked: l.fates[l.first].acked})
	}
	if l.first > 64 {
		l.fates = slices.Delete(l.fates, 0, l.first)
		l.first = 0
	}
}

// deliver gives the viewer what has arrived.
func (l *line) deliver() error {
	n := 0
	for ; n < len(l.way) && l.way[n].due <= l.now; n++ {
		if err := l.viewer.take(l.way[n]); err != nil {
			return err
		}
		l.spare = append(l.spare, l.way[n].data)
	}
	l.way = slices.Delete(l.way, 0, n)
	return nil
}
