package transport

import (
	"fmt"
	"sync"
	"testing"
)

func TestRing(t *testing.T) {
	r := newRing(5)
	if len(r.slots) != 8 {
		t.Fatal(len(r.slots))
	}
	next, out := 0, 0
	for round := range 100 { // a queue is the reference
		for range round % 11 {
			ok := r.push(entry{}, fmt.Append(nil, next))
			if ok != (next-out < 8) {
				t.Fatalf("%d in it, push said %v", next-out, ok)
			}
			if ok {
				next++
			}
		}
		for range round % 7 {
			e := r.front()
			if (e != nil) != (out < next) {
				t.Fatal("front")
			}
			if e != nil {
				if want := fmt.Sprint(out); string(e.data) != want {
					t.Fatalf("%s instead of %s", e.data, want)
				}
				r.pop()
				out++
			}
		}
	}
}

func TestRingBetweenGoroutines(t *testing.T) {
	const n = 20_000
	r := newRing(64)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < n; {
			if r.push(entry{}, []byte{byte(i), byte(i >> 8)}) {
				i++
			}
		}
	})
	for i := 0; i < n; {
		if e := r.front(); e != nil {
			if e.data[0] != byte(i) || e.data[1] != byte(i>>8) {
				t.Fatal("out of order at", i)
			}
			r.pop()
			i++
		}
	}
	wg.Wait()
}

func TestRingAllocatesNothing(t *testing.T) {
	r := newRing(16)
	p := make([]byte, 1200)
	for range 2 { // there are two buffers, which go round
		r.push(entry{}, p)
		r.push(entry{}, p)
		r.pop()
		r.pop()
	}
	if n := testing.AllocsPerRun(100, func() { r.push(entry{}, p); r.push(entry{}, p); r.pop(); r.front(); r.pop() }); n != 0 {
		t.Fatal(n)
	}
}
