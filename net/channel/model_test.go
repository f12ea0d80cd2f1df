package channel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

var (
	modelSeeds = flag.Int("seeds", 300, "how many seeds the model-based test runs")
	modelSeed  = flag.Int64("seed", -1, "run only this seed of the model-based test")
)

// model is what one direction of a pair promises, in plain slices and maps: the reference
// that the Links are held to.
type model struct {
	t        testing.TB
	sent     [chL + 2][]sentMessage // by channel; the last one is the control channel
	got      [chL + 2]map[int]bool
	newest   [chL + 2]int // highest index delivered
	tokens   map[uint64]*sentMessage
	fates    int
	streams  [][]byte        // given to SendBulk
	sinks    []*bytes.Buffer // by transfer
	finished map[uint64]error
}

const chControl = chL + 1

type sentMessage struct {
	size     int
	deadline bool
	arrived  bool
	settled  bool
	acked    bool
}

func newModel(t testing.TB) *model {
	m := &model{t: t, tokens: map[uint64]*sentMessage{}, finished: map[uint64]error{}}
	for i := range m.got {
		m.got[i] = map[int]bool{}
		m.newest[i] = -1
	}
	return m
}

// content is message i of channel ch: its number and then bytes that follow from it.
func content(ch, i, size int) []byte {
	b := make([]byte, size)
	for j := range b {
		b[j] = byte(j*31 + i*7 + ch)
	}
	binary.LittleEndian.PutUint32(b, uint32(i))
	return b
}

// receive checks one delivered message.
func (m *model) receive(ch int, data []byte) error {
	if len(data) < 4 {
		return fmt.Errorf("channel %d: a message of %d bytes that was never sent", ch, len(data))
	}
	i := int(binary.LittleEndian.Uint32(data))
	if i >= len(m.sent[ch]) {
		return fmt.Errorf("channel %d: message %d was never sent", ch, i)
	}
	s := &m.sent[ch][i]
	if !bytes.Equal(data, content(ch, i, s.size)) {
		return fmt.Errorf("channel %d: message %d came out changed, %d bytes of %d", ch, i, len(data), s.size)
	}
	if m.got[ch][i] {
		return fmt.Errorf("channel %d: message %d came twice", ch, i)
	}
	m.got[ch][i] = true
	s.arrived = true
	switch ch {
	case chS, chL:
		if i <= m.newest[ch] {
			return fmt.Errorf("channel %d: message %d after %d", ch, i, m.newest[ch])
		}
	case chO, chControl:
		for j := m.newest[ch] + 1; j < i; j++ {
			if !m.sent[ch][j].deadline {
				return fmt.Errorf("channel %d: message %d skips %d", ch, i, j)
			}
		}
		if i <= m.newest[ch] {
			return fmt.Errorf("channel %d: message %d after %d", ch, i, m.newest[ch])
		}
	}
	m.newest[ch] = max(m.newest[ch], i)
	return nil
}

// fate checks one fate.
func (m *model) fate(f Fate) error {
	s := m.tokens[f.Token]
	switch {
	case s == nil:
		return fmt.Errorf("fate of token %d, which was never given", f.Token)
	case s.settled:
		return fmt.Errorf("fate of token %d came twice", f.Token)
	}
	s.settled, s.acked = true, f.Acked
	m.fates++
	return nil
}

// finish checks what must hold when everything has come to rest.
func (m *model) finish() error {
	for ch := range m.sent {
		for i := range m.sent[ch] {
			s := &m.sent[ch][i]
			must := ch == chR || ch == chO || ch == chControl
			if must && !s.arrived && !s.deadline {
				return fmt.Errorf("channel %d: message %d of %d never came", ch, i, len(m.sent[ch]))
			}
			if s.settled && s.acked && !s.arrived {
				return fmt.Errorf("channel %d: message %d was acknowledged and never came", ch, i)
			}
			if must && s.settled && !s.acked && !s.deadline {
				return fmt.Errorf("channel %d: message %d has a bad fate", ch, i)
			}
		}
	}
	if n := len(m.sent[chL]); n > 0 && !m.sent[chL][n-1].arrived {
		return fmt.Errorf("latest: the last of %d values never came", n)
	}
	if m.fates != len(m.tokens) {
		return fmt.Errorf("%d fates of %d tokens", m.fates, len(m.tokens))
	}
	for i, s := range m.streams {
		err, done := m.finished[uint64(i)]
		if !done {
			return fmt.Errorf("stream %d of %d bytes has not ended", i, len(s))
		}
		if got := m.sinks[i].Bytes(); !bytes.Equal(got, s[:min(len(got), len(s))]) || err == nil && len(got) != len(s) {
			return fmt.Errorf("stream %d: %d bytes of %d, %w", i, len(got), len(s), err)
		}
	}
	return nil
}

// script drives a pair with random calls.
type script struct {
	*pair
	rng   *rand.Rand
	model [2]*model // of what side i sends
	token uint64
}

// send lets side i send one random message.
func (s *script) send(i int) error {
	ch := s.rng.IntN(chL + 2)
	m := s.model[i]
	size := 4 + s.rng.IntN(60)
	switch s.rng.IntN(20) {
	case 0:
		size = 4 + s.rng.IntN(3*FragmentSize)
	case 1:
		size = 4 + s.rng.IntN(12*FragmentSize)
	case 2:
		size = FragmentSize * (1 + s.rng.IntN(4))
	}
	b := content(ch, len(m.sent[ch]), size)
	var o SendOptions
	var err error
	if ch == chControl {
		err = s.link[i].SendControl(b)
	} else {
		if s.rng.IntN(2) == 0 {
			s.token++
			o.Token = s.token
		}
		if ch != chL && s.rng.IntN(10) == 0 {
			o.Deadline = s.now + time.Duration(s.rng.IntN(100)+1)*time.Millisecond
		}
		if s.rng.IntN(10) == 0 {
			o.Priority = uint8(s.rng.IntN(256))
		}
		err = s.link[i].Send(uint8(ch), b, o)
	}
	if errors.Is(err, ErrQueueFull) {
		return nil
	}
	if err != nil {
		return err
	}
	m.sent[ch] = append(m.sent[ch], sentMessage{size: size, deadline: o.Deadline != 0})
	if o.Token != 0 {
		m.tokens[o.Token] = nil // set when the slice no longer moves
		s.pending(i, o.Token, ch, len(m.sent[ch])-1)
	}
	return nil
}

// pending keeps tokens by place, because the slices of sent messages move.
func (s *script) pending(i int, token uint64, ch, at int) {
	m := s.model[i]
	if cap(m.sent[ch]) < 1<<14 {
		grown := make([]sentMessage, len(m.sent[ch]), 1<<14)
		copy(grown, m.sent[ch])
		m.sent[ch] = grown
	}
	m.tokens[token] = &m.sent[ch][at]
}

// stream lets side i send one random stream, or cancel one.
func (s *script) stream(i int) {
	switch s.rng.IntN(6) {
	case 0:
		s.link[i].CancelBulk(chB)
		return
	case 1:
		s.link[1-i].RefuseBulk(chB)
		return
	}
	b := make([]byte, s.rng.IntN(1<<s.rng.IntN(19)))
	for j := range b {
		b[j] = byte(s.rng.Uint32())
	}
	size := int64(len(b))
	if s.rng.IntN(2) == 0 {
		size = -1
	}
	if err := s.link[i].SendBulk(chB, bytes.NewReader(b), size, 0); err == nil {
		s.model[i].streams = append(s.model[i].streams, b)
		s.model[i].sinks = append(s.model[i].sinks, new(bytes.Buffer))
	}
}

// drain checks all that side i has received and learnt.
func (s *script) drain(i int) error {
	peer, own := s.model[1-i], s.model[i]
	for {
		m, ok := s.link[i].Receive()
		if !ok {
			break
		}
		if err := peer.receive(int(m.Channel), m.Data); err != nil {
			return err
		}
	}
	for {
		b, ok := s.link[i].ReceiveControl()
		if !ok {
			break
		}
		if err := peer.receive(chControl, b); err != nil {
			return err
		}
	}
	for {
		f, ok := s.link[i].Fate()
		if !ok {
			break
		}
		if err := own.fate(f); err != nil {
			return err
		}
	}
	for {
		e, ok := s.link[i].BulkEvent()
		if !ok {
			return nil
		}
		if e.Sent {
			continue
		}
		if _, twice := peer.finished[e.Transfer]; twice {
			return fmt.Errorf("stream %d ended twice", e.Transfer)
		}
		peer.finished[e.Transfer] = e.Err
	}
}

// newScript makes a pair over a random path.
func newScript(t testing.TB, seed uint64) *script {
	rng := rand.New(rand.NewPCG(seed, 2))
	cfg := Config{Channels: everyKind}
	if rng.IntN(4) == 0 {
		cfg.Limits.Gaps = 1 + rng.IntN(50)
		cfg.Limits.Assemblies = 1 + rng.IntN(3)
		cfg.Limits.SendBytes = 32 << 10
		cfg.Limits.MessagesPerSecond = 500 + rng.IntN(2000)
	}
	if rng.IntN(4) == 0 {
		cfg.Memory = NewBudget(int64(1024+rng.IntN(1024)) << 10)
	}
	s := &script{pair: newPair(t, seed, cfg, profile{}), rng: rng}
	for i := range s.model {
		s.model[i] = newModel(t)
		m := s.model[i]
		s.link[1-i].AcceptBulk(chB, func(p Progress) io.Writer { return m.sinks[p.Transfer] })
		s.way[i] = profile{
			loss: rng.Float64() * rng.Float64() * 0.4, dup: rng.Float64() * 0.1, reorder: rng.Float64() * 0.1,
			delay:  time.Duration(rng.IntN(150)) * time.Millisecond,
			jitter: time.Duration(rng.IntN(20)) * time.Millisecond,
		}
		if rng.IntN(4) == 0 {
			s.way[i].burst = 1 + 20*rng.Float64()
		}
		if rng.IntN(3) == 0 {
			s.way[i].rate, s.way[i].queue = 20_000+rng.IntN(2_000_000), time.Duration(rng.IntN(1000))*time.Millisecond
		}
	}
	s.max = MinPacket + rng.IntN(350)
	return s
}

// play runs a script to its end and returns what the Links did wrong.
func (s *script) play() error {
	busy := 0.1 + s.rng.Float64()
	for range 60 {
		for s.rng.Float64() < busy {
			for range s.rng.IntN(8) {
				if err := s.send(s.rng.IntN(2)); err != nil {
					return err
				}
			}
			if s.rng.IntN(15) == 0 {
				s.stream(s.rng.IntN(2))
			}
			if s.rng.IntN(4) == 0 {
				break
			}
		}
		s.run(time.Duration(s.rng.IntN(40)) * time.Millisecond)
		if s.rng.IntN(3) > 0 {
			if err := s.drain(s.rng.IntN(2)); err != nil {
				return err
			}
		}
	}
	return s.settle()
}

// settle lets the path get well: then everything must come to rest.
func (s *script) settle() error {
	for i := range s.way {
		s.way[i] = profile{delay: 20 * time.Millisecond}
	}
	for range 300 {
		s.run(100 * time.Millisecond)
		for i := range s.link {
			if err := s.drain(i); err != nil {
				return err
			}
		}
		if s.atRest() {
			break
		}
	}
	for i := range s.link {
		if err := s.model[i].finish(); err != nil {
			return fmt.Errorf("side %d: %w", i, err)
		}
	}
	return s.leaks()
}

// atRest reports whether neither side has anything left to do.
func (s *script) atRest() bool {
	for i, l := range s.link {
		if l.queued != 0 || l.sent.eliciting != 0 || len(l.active) != 0 || l.owed != 0 ||
			s.model[i].fates != len(s.model[i].tokens) || len(s.model[i].finished) != len(s.model[i].streams) {
			return false
		}
	}
	return true
}

// leaks looks for memory that is still booked though nothing is queued.
func (s *script) leaks() error {
	for i, l := range s.link {
		used := 0
		for j := range l.in {
			for k := range l.in[j].parts {
				used += int(l.in[j].parts[k].cost)
			}
		}
		if l.tx.used != 0 || l.rx.used != used || l.queuedMessages != 0 {
			return fmt.Errorf("side %d: %d bytes booked to send, %d received of which %d in parts, %d messages queued",
				i, l.tx.used, l.rx.used, used, l.queuedMessages)
		}
		if l.tokens != 0 || len(l.spreads.slots) != 0 {
			return fmt.Errorf("side %d: %d tokens, %d spreads open", i, l.tokens, len(l.spreads.slots))
		}
		l.Release()
	}
	return nil
}

// TestModel holds pairs of Links to the reference model over thousands of bad paths.
func TestModel(t *testing.T) {
	from, to := int64(0), int64(*modelSeeds)
	if underRace {
		to /= 5
	}
	if *modelSeed >= 0 {
		from, to = *modelSeed, *modelSeed+1
	}
	for seed := from; seed < to; seed++ {
		s := newScript(t, uint64(seed))
		if err := s.play(); err != nil {
			for i, l := range s.link {
				t.Logf("side %d: %+v\nway %+v limits %+v rx %+v reserve %d assemblies %d bufs held %d kept %d active %v owed %d queued %d", i, l.Stats(), s.way[i], l.limits, l.rx, l.reserve, l.assemblies, l.bufs.held, l.bufs.kept, l.active, l.owed, l.queued)
			}
			t.Fatalf("seed %d: at %v: %v\nreplay: go test ./net/channel -run 'TestModel$' -seed %d", seed, s.now, err, seed)
		}
		if m := s.link[0].bufs.shared; m != nil && m.Used() != 0 {
			t.Fatalf("seed %d: %d bytes of the shared budget not given back", seed, m.Used())
		}
	}
}
