package channel

import "sync/atomic"

// Budget is a memory ceiling shared by any number of Links, in bytes. Every Link may
// hold a small guaranteed amount of its own (Limits.Guaranteed), so that one peer that
// hoards cannot starve another; what it holds above that is charged here. The last quarter
// is for messages that others wait for: the others could fill it and wait for ever. It must
// therefore be much larger than the largest messages of a Table together. Safe for
// concurrent use. Made by NewBudget.
type Budget struct {
	limit int64
	used  atomic.Int64
}

// NewBudget returns a ceiling of limit bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Used is the number of bytes charged now.
func (b *Budget) Used() int64 { return b.used.Load() }

// Limit is the ceiling in bytes.
func (b *Budget) Limit() int64 { return b.limit }

// take charges n bytes, or nothing and reports false if they would pass the ceiling, which
// is lower for what is not inTurn.
func (b *Budget) take(n int, inTurn bool) bool {
	if b == nil {
		return true
	}
	limit := b.limit
	if !inTurn {
		limit -= limit / 4
	}
	if b.used.Add(int64(n)) > limit {
		b.used.Add(int64(-n))
		return false
	}
	return true
}

func (b *Budget) give(n int) {
	if b != nil {
		b.used.Add(int64(-n))
	}
}

// account counts bytes in use against a ceiling of one Link in one direction.
type account struct {
	used  int
	limit int
}

// fits reports whether n more bytes stay within limit less reserve.
func (a *account) fits(n, reserve int) bool { return a.used+n <= a.limit-reserve }
