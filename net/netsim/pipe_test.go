package netsim

import (
	"encoding/binary"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/net/transport"
)

const seed = 20 // every statistic below is of this one seed, so nothing here can fail by chance

// arrived is one datagram that came out of a pipe.
type arrived struct {
	number  int
	delay   time.Duration
	damaged int // bytes that changed
}

// through sends n datagrams of size bytes through a pipe, one every gap, and returns what arrives in the order it does.
func through(t *testing.T, p *Pipe, n, size int, gap time.Duration) []arrived {
	t.Helper()
	var out []arrived
	d := make([]transport.Datagram, 10)
	sent := make([]byte, size)
	receive := func(until time.Duration) {
		for {
			at, ok := p.Next()
			if !ok || at > until {
				return
			}
			for i := range p.Receive(at, d) {
				// Numbers stand twice in a datagram, so that one changed byte leaves a copy to read.
				a, b := binary.BigEndian.Uint32(d[i].Data), binary.BigEndian.Uint32(d[i].Data[4:])
				damaged := 0
				for _, x := range d[i].Data[8:] {
					if x != 0 {
						damaged++
					}
				}
				if a != b {
					damaged++
				}
				out = append(out, arrived{int(min(a, b)), at - time.Duration(min(a, b))*gap, damaged})
			}
		}
	}
	for i := range n {
		now := time.Duration(i) * gap
		receive(now)
		binary.BigEndian.PutUint32(sent, uint32(i))
		binary.BigEndian.PutUint32(sent[4:], uint32(i))
		p.Send(now, netip.AddrPort{}, sent)
	}
	receive(math.MaxInt64)
	c := p.Counters()
	require.EqualValues(t, n, c.Sent)
	require.Equal(t, c.Sent, c.Lost+c.Overflowed+c.Oversized+c.Blackout+c.Passed)
	require.EqualValues(t, c.Passed+c.Duplicated, len(out))
	return out
}

const many = 100_000

func TestPerfectPipe(t *testing.T) {
	for i, a := range through(t, NewPipe(seed, 0, Profile{}), many, 8, time.Millisecond) {
		require.Equal(t, arrived{number: i}, a)
	}
}

func TestLoss(t *testing.T) {
	out := through(t, NewPipe(seed, 0, Profile{Loss: 0.05}), many, 8, time.Millisecond)
	require.InDelta(t, 0.95, float64(len(out))/many, 0.002)
	// Independent losses: after a loss the next is lost as often as any.
	gone := lost(out, many)
	pairs, both := 0, 0
	for i := range many - 1 {
		if gone[i] {
			pairs++
			if gone[i+1] {
				both++
			}
		}
	}
	require.InDelta(t, 0.05, float64(both)/float64(pairs), 0.01)
}

// lost returns which of the first n did not arrive.
func lost(out []arrived, n int) []bool {
	gone := make([]bool, n)
	for i := range gone {
		gone[i] = true
	}
	for _, a := range out {
		gone[a.number] = false
	}
	return gone
}

func TestBurstLoss(t *testing.T) {
	burst := Burst{Enter: 0.01, Leave: 0.2, Loss: 1}
	gone := lost(through(t, NewPipe(seed, 0, Profile{Burst: burst}), many, 8, time.Millisecond), many)
	total, runs := 0, 0
	for i, g := range gone {
		if g {
			total++
			if i == 0 || !gone[i-1] {
				runs++
			}
		}
	}
	require.InDelta(t, 0.01/0.21, float64(total)/many, 0.005, "share of bad datagrams")
	require.InDelta(t, 1/0.2, float64(total)/float64(runs), 0.3, "mean length of a burst")

	burst.Loss = 0.5
	half := through(t, NewPipe(seed, 0, Profile{Burst: burst}), many, 8, time.Millisecond)
	require.InDelta(t, 0.5*0.01/0.21, 1-float64(len(half))/many, 0.003, "half of those")
}

// moments returns mean and standard deviation of the delays in milliseconds.
func moments(out []arrived) (mean, deviation float64) {
	for _, a := range out {
		mean += a.delay.Seconds() * 1000
	}
	mean /= float64(len(out))
	for _, a := range out {
		d := a.delay.Seconds()*1000 - mean
		deviation += d * d
	}
	return mean, math.Sqrt(deviation / float64(len(out)))
}

// beyond returns the share of delays above ms milliseconds.
func beyond(out []arrived, ms float64) float64 {
	n := 0
	for _, a := range out {
		if a.delay.Seconds()*1000 > ms {
			n++
		}
	}
	return float64(n) / float64(len(out))
}

func TestJitterDistributions(t *testing.T) {
	send := func(d Distribution) []arrived {
		p := Profile{Delay: 100 * time.Millisecond, Jitter: 10 * time.Millisecond, Spread: d}
		return through(t, NewPipe(seed, 0, p), many, 8, time.Second) // far enough apart that none waits for another
	}
	t.Run("uniform", func(t *testing.T) {
		out := send(Uniform)
		mean, deviation := moments(out)
		require.InDelta(t, 100, mean, 0.1)
		require.InDelta(t, 10/math.Sqrt(3), deviation, 0.05)
		require.Zero(t, beyond(out, 110))
		require.EqualValues(t, 1, beyond(out, 90))
		require.InDelta(t, 0.25, beyond(out, 105), 0.005)
	})
	t.Run("normal", func(t *testing.T) {
		out := send(Normal)
		mean, deviation := moments(out)
		require.InDelta(t, 100, mean, 0.1)
		require.InDelta(t, 10, deviation, 0.1)
		require.InDelta(t, 0.1587, beyond(out, 110), 0.005)
		require.InDelta(t, 0.0228, beyond(out, 120), 0.002)
	})
	t.Run("pareto", func(t *testing.T) {
		out := send(Pareto)
		mean, _ := moments(out)
		require.InDelta(t, 110, mean, 0.2)
		require.EqualValues(t, 1, beyond(out, 99.999))
		for _, k := range []float64{1, 3, 9} {
			require.InEpsilon(t, math.Pow(1+k/3, -4), beyond(out, 100+10*k), 0.1, "tail beyond %v times the jitter", k)
		}
		require.Zero(t, beyond(out, 100+10*mostPareto))
	})
}

func TestDelayNeverPointsBack(t *testing.T) {
	p := Profile{Delay: time.Millisecond, Jitter: 50 * time.Millisecond, Spread: Normal}
	for _, a := range through(t, NewPipe(seed, 0, p), 10_000, 8, time.Second) {
		require.GreaterOrEqual(t, a.delay, time.Duration(0))
	}
}

func TestJitterKeepsOrderAndReorderBreaksIt(t *testing.T) {
	p := Profile{Delay: 50 * time.Millisecond, Jitter: 40 * time.Millisecond, Spread: Pareto}
	out := through(t, NewPipe(seed, 0, p), many, 8, time.Millisecond)
	for i, a := range out {
		require.Equal(t, i, a.number)
	}
	p.Reorder, p.ReorderBy = 0.02, 30*time.Millisecond
	pipe := NewPipe(seed, 0, p)
	late := 0
	newest := -1
	for _, a := range through(t, pipe, many, 8, 10*time.Millisecond) {
		if a.number < newest {
			late++
		}
		newest = max(newest, a.number)
	}
	require.InDelta(t, 0.02, float64(pipe.Counters().Reordered)/many, 0.002)
	require.Greater(t, late, many/100, "most of those held back are overtaken")
	require.LessOrEqual(t, late, int(pipe.Counters().Reordered), "nobody else is")
}

func TestDuplicateAndCorrupt(t *testing.T) {
	pipe := NewPipe(seed, 0, Profile{Duplicate: 0.03, Corrupt: 0.04})
	out := through(t, pipe, many, 40, time.Millisecond)
	require.InDelta(t, 1.03, float64(len(out))/many, 0.002)
	damaged := 0
	for _, a := range out {
		require.LessOrEqual(t, a.damaged, 1)
		damaged += a.damaged
	}
	require.InDelta(t, 0.04, float64(damaged)/float64(len(out)), 0.002)
}

func TestRateAndQueue(t *testing.T) {
	// 100 bytes and 28 of headers are 1024 bits; the sender offers twice the rate, so the queue fills and half is dropped.
	pipe := NewPipe(seed, 0, Profile{Rate: 1024 * 1000, Queue: 128 * 50, Delay: 10 * time.Millisecond})
	out := through(t, pipe, 10_000, 100, 500*time.Microsecond)
	require.InDelta(t, 5_050, len(out), 2, "what the rate carries in 5 s, and what the queue held at the end")
	require.Equal(t, 11*time.Millisecond, out[0].delay, "the first only waits for itself")
	for _, a := range out {
		require.LessOrEqual(t, a.delay, 60*time.Millisecond+time.Microsecond, "50 datagrams wait at most")
	}
	require.InDelta(t, 60, out[5000].delay.Seconds()*1000, 1)
}

func TestQueueDrainsAtANewRate(t *testing.T) {
	pipe := NewPipe(seed, 0, Profile{Rate: 8_000, Queue: 1 << 20})
	for range 100 {
		pipe.Send(0, netip.AddrPort{}, make([]byte, 1000-overhead)) // a second each
	}
	pipe.SetProfile(Profile{Rate: 8_000_000, Queue: 1 << 20})
	pipe.Send(0, netip.AddrPort{}, nil)
	left, ok := pipe.link.leave(100*time.Millisecond, 1000-overhead)
	require.True(t, ok)
	require.Equal(t, 101*time.Millisecond+28*time.Microsecond, left, "100 kB take 100 ms now, then come 28 bytes and this one")
}

func TestMTU(t *testing.T) {
	pipe := NewPipe(seed, 0, Profile{MTU: 1200})
	require.Empty(t, through(t, pipe, 10, 1201, time.Millisecond))
	require.EqualValues(t, 10, pipe.Counters().Oversized)
	require.Len(t, through(t, NewPipe(seed, 0, Profile{MTU: 1200}), 10, 1200, time.Millisecond), 10)
}

func TestPipeBlackout(t *testing.T) {
	pipe := NewPipe(seed, 0, Profile{Delay: 30 * time.Millisecond})
	pipe.Blackout(100 * time.Millisecond)
	out := through(t, pipe, 200, 8, time.Millisecond)
	require.Equal(t, 100, out[0].number)
	require.EqualValues(t, 100, pipe.Counters().Blackout)
}

// Turning up a fault takes more datagrams, not others.
func TestMoreLossLosesTheSameAndMore(t *testing.T) {
	few := lost(through(t, NewPipe(seed, 0, Profile{Loss: 0.02}), many, 8, time.Millisecond), many)
	more := lost(through(t, NewPipe(seed, 0, Profile{Loss: 0.05, Duplicate: 0.5, Jitter: time.Millisecond}), many, 8, time.Millisecond), many)
	for i := range few {
		require.False(t, few[i] && !more[i], "datagram %d", i)
	}
}

func TestPipeBoundsWhatIsUnderWay(t *testing.T) {
	pipe := NewPipe(seed, 0, Profile{Delay: time.Hour})
	for range maxFlights + 10 {
		pipe.Send(0, netip.AddrPort{}, []byte{1})
	}
	require.Len(t, pipe.flights.slots, maxFlights)
	require.EqualValues(t, 10, pipe.Counters().Overflowed)
}

// TestFlightsEqualReference compares the heap with a list that is searched.
func TestFlightsEqualReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f flights
		type entry struct {
			at   time.Duration
			data byte
		}
		var list []entry // in order of departure
		count := byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				v := verdict{copies: rapid.IntRange(0, 2).Draw(t, "copies")}
				for i := range v.copies {
					v.arrivals[i] = time.Duration(rapid.IntRange(0, 9).Draw(t, "at"))
					list = append(list, entry{v.arrivals[i], count})
				}
				f.add(v, netip.AddrPort{}, netip.AddrPort{}, []byte{count})
				count++
			},
			"pop": func(t *rapid.T) {
				now := time.Duration(rapid.IntRange(0, 9).Draw(t, "now"))
				first := -1
				for i, e := range list {
					if e.at <= now && (first < 0 || e.at < list[first].at) {
						first = i
					}
				}
				slot, ok := f.pop(now)
				require.Equal(t, first >= 0, ok)
				if ok {
					require.Equal(t, []byte{list[first].data}, f.slots[slot].data)
					list = append(list[:first], list[first+1:]...)
					f.release(slot)
				}
			},
			"": func(t *rapid.T) {
				require.Len(t, f.order, len(list))
				require.Equal(t, len(f.slots), len(f.free)+len(list), "no slot is lost")
			},
		})
	})
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	pipe := NewPipe(seed, 0, BadHotel.Down)
	d := make([]transport.Datagram, 8)
	data := make([]byte, 100)
	now := time.Duration(0)
	step := func() {
		now += 10 * time.Millisecond
		pipe.Send(now, netip.AddrPort{}, data)
		pipe.Receive(now, d)
	}
	for range 2000 {
		step()
	}
	require.Zero(t, testing.AllocsPerRun(2000, step))
}
