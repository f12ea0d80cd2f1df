package physics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// MaxCells is the largest number of cells that a [Grid] may have.
const MaxCells = 1 << 22

// Pair is two shapes of a [Grid] whose boxes touch, by their numbers; A is less than B.
type Pair struct{ A, B int32 }

// Grid is a broad phase: of many shapes it finds the few that are close to each other. It divides a box into square
// cells and notes for each cell which shapes reach into it. Cells about as large as the common shapes are best.
//
// Fill it anew each tick: Reset, then Add in an order that is the same on all machines. Once its memory has grown to
// what a game needs, it allocates nothing.
type Grid struct {
	box     Box
	cell    float32
	columns int32
	rows    int32
	shapes  []shape
	starts  []int32 // where the entries of each cell begin; one more than there are cells
	entries []int32 // numbers of shapes, cell by cell, ascending in each
	built   bool    // starts and entries describe shapes
}

// shape is the box of a shape, in the game's unit and in cells.
type shape struct {
	box   Box
	cells cells
}

// cells is a rectangle of cells, both ends included.
type cells struct{ minX, minY, maxX, maxY int32 }

// NewGrid makes a grid over a box. Shapes outside of it are found too, only more slowly: they count as being in the
// cells at the rim.
func NewGrid(box Box, cell float32) *Grid {
	width, height := box.MaxX-box.MinX, box.MaxY-box.MinY
	if !(width > 0 && height > 0 && cell > 0) {
		panic(fmt.Sprintf("physics: NewGrid(%v, %v): box and cell must have a size", box, cell))
	}
	columns, rows := math.Ceil(float64(width)/float64(cell)), math.Ceil(float64(height)/float64(cell))
	if !(float64(columns*rows) <= MaxCells) {
		panic(fmt.Sprintf("physics: NewGrid(%v, %v): %.0f cells are more than %d: make them larger",
			box, cell, float64(columns*rows), MaxCells))
	}
	g := &Grid{box: box, cell: cell, columns: int32(columns), rows: int32(rows)}
	g.starts = make([]int32, g.columns*g.rows+1)
	return g
}

// Reset removes all shapes.
func (g *Grid) Reset() { g.shapes, g.built = g.shapes[:0], false }

// Len returns the number of shapes.
func (g *Grid) Len() int { return len(g.shapes) }

// Add adds a circle and returns its number: 0 for the first after Reset, then one more each time.
func (g *Grid) Add(c Circle) int32 { return g.AddBox(c.Box()) }

// AddBox adds a box as Add does a circle.
func (g *Grid) AddBox(box Box) int32 {
	g.shapes = append(g.shapes, shape{box, g.cover(box)})
	g.built = false
	return int32(len(g.shapes) - 1)
}

// Pairs appends all pairs of shapes whose boxes touch, each once, ordered by A and then by B.
func (g *Grid) Pairs(dst []Pair) []Pair {
	g.build()
	for a := range g.shapes {
		s, from := &g.shapes[a], len(dst)
		for y := s.cells.minY; y <= s.cells.maxY; y++ {
			for x := s.cells.minX; x <= s.cells.maxX; x++ {
				for _, b := range g.in(x, y) {
					if int(b) > a && s.meets(&g.shapes[b], x, y) {
						dst = append(dst, Pair{int32(a), b})
					}
				}
			}
		}
		slices.SortFunc(dst[from:], func(p, q Pair) int { return cmp.Compare(p.B, q.B) })
	}
	return dst
}

// Near appends the numbers of all shapes whose boxes touch a box, ascending.
func (g *Grid) Near(dst []int32, box Box) []int32 {
	g.build()
	s, from := shape{box, g.cover(box)}, len(dst)
	for y := s.cells.minY; y <= s.cells.maxY; y++ {
		for x := s.cells.minX; x <= s.cells.maxX; x++ {
			for _, b := range g.in(x, y) {
				if s.meets(&g.shapes[b], x, y) {
					dst = append(dst, b)
				}
			}
		}
	}
	slices.Sort(dst[from:])
	return dst
}

// meets reports whether two boxes touch and this cell, of those that they share, is the one to say so: the first.
func (s *shape) meets(other *shape, x, y int32) bool {
	return x == max(s.cells.minX, other.cells.minX) && y == max(s.cells.minY, other.cells.minY) && s.box.touches(other.box)
}

// build sorts the shapes into the cells, by counting.
func (g *Grid) build() {
	if g.built {
		return
	}
	g.built = true
	clear(g.starts)
	total := int32(0)
	for i := range g.shapes {
		c := g.shapes[i].cells
		for y := c.minY; y <= c.maxY; y++ {
			for x := c.minX; x <= c.maxX; x++ {
				g.starts[y*g.columns+x]++
				total++
			}
		}
	}
	end := int32(0)
	for i, count := range g.starts {
		end += count
		g.starts[i] = end
	}
	g.entries = slices.Grow(g.entries[:0], int(total))[:total]
	// Backwards, so that each start has moved from the end of its cell to its beginning when all are in.
	for i := len(g.shapes) - 1; i >= 0; i-- {
		c := g.shapes[i].cells
		for y := c.minY; y <= c.maxY; y++ {
			for x := c.minX; x <= c.maxX; x++ {
				cell := y*g.columns + x
				g.starts[cell]--
				g.entries[g.starts[cell]] = int32(i)
			}
		}
	}
}

// in returns the shapes that reach into a cell.
func (g *Grid) in(x, y int32) []int32 {
	cell := y*g.columns + x
	return g.entries[g.starts[cell]:g.starts[cell+1]]
}

// cover returns the cells that a box reaches into.
func (g *Grid) cover(b Box) cells {
	return cells{
		g.index(b.MinX-g.box.MinX, g.columns), g.index(b.MinY-g.box.MinY, g.rows),
		g.index(b.MaxX-g.box.MinX, g.columns), g.index(b.MaxY-g.box.MinY, g.rows),
	}
}

// index returns the row or column at a distance from the first, and the nearest for what lies outside. What is no
// number lies before the first: converting it to an integer would give what the processor likes.
func (g *Grid) index(distance float32, count int32) int32 {
	at := distance / g.cell
	switch {
	case !(at > 0):
		return 0
	case at >= float32(count):
		return count - 1
	default:
		return int32(at)
	}
}
