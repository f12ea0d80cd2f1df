package meter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a Session that echoes, and loses each message whose number lose divides.
type pipe struct {
	back chan []byte
	lose int
	sent int
}

func newPipe(lose int) *pipe { return &pipe{back: make(chan []byte, 1024), lose: lose} }

func (p *pipe) Send(b []byte) error {
	p.sent++
	if p.lose == 0 || p.sent%p.lose != 0 {
		p.back <- append([]byte(nil), b...)
	}
	return nil
}

func (p *pipe) Receive(b []byte, deadline time.Time) (int, error) {
	select {
	case m := <-p.back:
		return copy(b, m), nil
	case <-time.After(time.Until(deadline)):
		return 0, os.ErrDeadlineExceeded
	}
}

func (p *pipe) Close() error { return nil }

func TestDrivePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient()
		err := Drive(c, Load{Clients: 8, Rate: 50, Length: 2 * time.Second}, func() (Session, error) { return newPipe(10), nil })
		if sent, received, wrong := c.Counts(); err != nil || sent != 8*100 || received != 8*90 || wrong != 0 {
			t.Errorf("%d sent, %d received, %d wrong, %v; want 800, 720, 0", sent, received, wrong, err)
		}
	})
}

// TestDriveFlood: a flood goes on although every echo of a window was lost.
func TestDriveFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient()
		err := Drive(c, Load{Clients: 2, Length: time.Second, Window: 4}, func() (Session, error) { return newPipe(1), nil })
		if sent, received, _ := c.Counts(); err != nil || received != 0 || sent != 2*4*10 {
			t.Errorf("%d sent, %d received, %v; want 4 for each client each 100 ms", sent, received, err)
		}
	})
}

func TestDriveDial(t *testing.T) {
	err := Drive(NewClient(), Load{Clients: 1, Rate: 1}, func() (Session, error) { return nil, io.ErrUnexpectedEOF })
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

func TestOffset(t *testing.T) {
	l := Load{Clients: 4, Rate: 50}
	for i, want := range []time.Duration{0, 5 * time.Millisecond, 10 * time.Millisecond, 15 * time.Millisecond} {
		if got := l.Offset(i); got != want {
			t.Errorf("client %d begins at %v, want %v", i, got, want)
		}
	}
}

func TestEcho(t *testing.T) {
	c := NewClient()
	p := make([]byte, MessageSize)
	c.Message(p)
	c.Echo(p)
	for i := 8; i < 96; i++ { // the last four bytes are padding
		p[i] ^= 1
		c.Echo(p)
		p[i] ^= 1
	}
	c.Echo(p[:99])
	if sent, received, wrong := c.Counts(); sent != 1 || received != 1 || wrong != 89 {
		t.Errorf("%d sent, %d received, %d wrong; want 1, 1, 89", sent, received, wrong)
	}
}

func TestPercentile(t *testing.T) {
	c := NewClient()
	for i := range 100 {
		c.took[i*10].Add(1)
		c.received.Add(1)
	}
	for p, want := range map[float64]int{0: 0, 0.5: 500, 0.99: 990} {
		if got := c.Percentile(p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if got := NewClient().Percentile(0.5); got != 0 {
		t.Errorf("the percentile of nothing is %d", got)
	}
}

// echoes runs a server that echoes n messages a millisecond for d, and counts it.
func echoes(t *testing.T, n int, d, count time.Duration) (r Report, err error) {
	synctest.Test(t, func(*testing.T) {
		var s Server
		go func() {
			for began := time.Now(); time.Since(began) < d; {
				time.Sleep(time.Millisecond)
				s.Echoed(n)
			}
		}()
		r, err = s.Count(context.Background(), count)
		time.Sleep(d)
	})
	return r, err
}

func TestCount(t *testing.T) {
	r, err := echoes(t, 3, 5*time.Second, 2*time.Second)
	if err != nil || r.Elapsed != 2*time.Second || r.Echoed < 5990 || r.Echoed > 6010 {
		t.Errorf("%+v, %v; want about 6000 in 2 s", r, err)
	}
}

// TestCountSilence: the time after the last echo is not counted.
func TestCountSilence(t *testing.T) {
	r, err := echoes(t, 1, 2500*time.Millisecond, 10*time.Second)
	if err != nil || r.Elapsed < 1400*time.Millisecond || r.Elapsed > 1600*time.Millisecond {
		t.Errorf("%+v, %v; want about 1.5 s", r, err)
	}
}

func TestCountNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Server
		if _, err := s.Count(context.Background(), time.Second); !errors.Is(err, ErrNoClient) {
			t.Errorf("%v", err)
		}
	})
}

func TestUsage(t *testing.T) {
	before, n := Usage(), 0
	for began := time.Now(); Usage() == before && time.Since(began) < time.Minute; {
		n++
	}
	if Usage() <= before {
		t.Errorf("no CPU time in a minute of work (%d rounds)", n)
	}
}

func Example() {
	c := NewClient()
	p := make([]byte, MessageSize)
	c.Message(p) // a client writes the message that it sends
	c.Echo(p)    // and takes in what came back
	sent, received, wrong := c.Counts()
	fmt.Println(sent, received, wrong)
	fmt.Println(Report{Echoed: 1000, CPU: 12 * time.Millisecond, Elapsed: time.Second})
	// Output:
	// 1 1 0
	// server echoed 1000 cpu 0.012s us/msg 12.00 rate 1000/s
}
