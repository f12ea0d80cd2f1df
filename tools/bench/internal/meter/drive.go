package meter

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Session is one client's connection, if sending and receiving block.
type Session interface {
	Send(p []byte) error
	// Receive fills p with the next message. After the deadline it fails with an
	// error that wraps os.ErrDeadlineExceeded; the zero time is none.
	Receive(p []byte, deadline time.Time) (int, error)
	Close() error
}

// Load is what clients do.
type Load struct {
	Clients int
	Rate    int // messages a second of each client; 0: as fast as they come back
	Length  time.Duration
	Window  int // at Rate 0: messages under way of each client; 0: 32
}

// DefaultWindow is Load.Window if that is 0.
const DefaultWindow = 32

// Grace is how long clients wait for the last echoes.
const Grace = 300 * time.Millisecond

// Interval is the time between two messages of one client.
func (l Load) Interval() time.Duration { return time.Second / time.Duration(max(l.Rate, 1)) }

// Offset is when client i sends first: clients are spread evenly over an interval,
// as players are who know nothing of each other.
func (l Load) Offset(i int) time.Duration {
	return l.Interval() * time.Duration(i) / time.Duration(l.Clients)
}

// Drive opens the sessions one after another, then runs them all at once.
func Drive(c *Client, l Load, dial func() (Session, error)) error {
	if l.Window == 0 {
		l.Window = DefaultWindow
	}
	sessions := make([]Session, 0, l.Clients)
	defer func() {
		for _, s := range sessions {
			s.Close()
		}
	}()
	for i := range l.Clients {
		s, err := dial()
		if err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
		sessions = append(sessions, s)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i, s := range sessions {
		if l.Rate == 0 {
			wg.Go(func() { c.flood(s, l, began) })
			continue
		}
		wg.Go(func() { c.listen(s, began.Add(l.Length+Grace)) })
		wg.Go(func() { c.pace(s, l, began.Add(l.Offset(i)), began.Add(l.Length)) })
	}
	wg.Wait()
	return nil
}

// pace sends one message an interval.
func (c *Client) pace(s Session, l Load, next, end time.Time) {
	p := make([]byte, MessageSize)
	for next.Before(end) {
		time.Sleep(time.Until(next))
		c.Message(p)
		if s.Send(p) != nil {
			return
		}
		next = next.Add(l.Interval())
	}
}

// listen takes in echoes until the deadline.
func (c *Client) listen(s Session, deadline time.Time) {
	p := make([]byte, 2048)
	for {
		n, err := s.Receive(p, deadline)
		if err != nil {
			return
		}
		c.Echo(p[:n])
	}
}

// flood keeps a window of messages under way.
func (c *Client) flood(s Session, l Load, began time.Time) {
	p, in := make([]byte, MessageSize), make([]byte, 2048)
	send := l.Window
	for end := began.Add(l.Length); time.Now().Before(end); {
		for ; send > 0; send-- {
			c.Message(p)
			if s.Send(p) != nil {
				return
			}
		}
		n, err := s.Receive(in, time.Now().Add(100*time.Millisecond))
		switch {
		case err == nil:
			c.Echo(in[:n])
			send = 1
		case errors.Is(err, os.ErrDeadlineExceeded): // all of them were lost
			send = l.Window
		default:
			return
		}
	}
}
