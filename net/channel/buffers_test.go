package channel

import "testing"

func TestBuffers(t *testing.T) {
	shared := NewBudget(4096)
	s := buffers{guaranteed: 1024, shared: shared}
	a := s.get(100, false)
	if len(a) != 100 || cap(a) != 128 || s.held != 128 || shared.Used() != 0 {
		t.Fatalf("%d of %d, held %d, shared %d", len(a), cap(a), s.held, shared.Used())
	}
	b := s.get(3000, false) // 4096 of which 3200 lie above the guaranteed bytes: over three quarters
	if b != nil {
		t.Fatal("beyond the shared budget")
	}
	if b = s.get(3000, true); cap(b) != 4096 || shared.Used() != 3200 {
		t.Fatalf("%d, shared %d", cap(b), shared.Used())
	}
	s.put(a)
	if c := s.get(65, false); cap(c) != 128 || s.held != 128+4096 {
		t.Fatal("a returned buffer is not used again")
	}
	s.put(b)
	if c := s.get(2000, true); c != nil && cap(c) == 4096 {
		t.Fatal("a buffer of another class was handed out")
	}
	s.trim()
	s.release()
	if shared.Used() != 0 || s.held != 0 {
		t.Fatalf("held %d, shared %d", s.held, shared.Used())
	}
	for n, want := range map[int]int{0: 64, 1: 64, 64: 64, 65: 128, 1024: 1024, 1025: 2048, 1 << 20: 1 << 20, 1<<20 + 128: 1 << 21} {
		if got := sizeOf(n); got != want {
			t.Errorf("%d bytes take %d, want %d", n, got, want)
		}
	}
}

// TestBuffersSettle: slices that lay idle since the last settle go, those that were used stay.
func TestBuffersSettle(t *testing.T) {
	shared := NewBudget(1 << 20)
	s := buffers{shared: shared}
	use := func(n int) {
		var taken [][]byte
		for range n {
			taken = append(taken, s.get(1000, false))
		}
		for _, b := range taken {
			s.put(b)
		}
	}
	use(500)
	s.settle()
	for range 3 {
		use(20)
		s.settle()
	}
	if s.kept != 20<<10 || s.held != 20<<10 || shared.Used() != 20<<10 {
		t.Errorf("%d bytes kept, %d held, %d shared; 20 KiB were needed", s.kept, s.held, shared.Used())
	}
	if c := cap(s.free[classOf(1000)]); c > 80 {
		t.Errorf("a list of %d for 20 slices", c)
	}
}
