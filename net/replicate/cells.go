package replicate

import "github.com/tandem-engine/tandem/engine/physics"

// mostCells bounds the memory of a grid: with more, they become larger.
const mostCells = 1 << 16

// noCell is where a slot is that is in no cell.
const noCell = -1

// cells is a grid of squares, each with the slots of what is in it. Unlike
// physics.Grid it is kept from scan to scan: most things stay in their cell.
type cells struct {
	box           physics.Box
	side          float32
	columns, rows int
	lists         [][]uint32
	of            []int32  // a slot: its cell
	at            []uint32 // a slot: its place in the cell's list
}

// newCells makes a grid over a box. What is outside counts as being in the cells
// at the rim.
func newCells(box physics.Box, side float32) *cells {
	for {
		columns, rows := int((box.MaxX-box.MinX)/side)+1, int((box.MaxY-box.MinY)/side)+1
		if columns > 0 && rows > 0 && columns <= mostCells && columns*rows <= mostCells {
			return &cells{box: box, side: side, columns: columns, rows: rows, lists: make([][]uint32, columns*rows)}
		}
		if !(box.MaxX > box.MinX && box.MaxY > box.MinY) {
			panic("replicate: Area.World has no size: say where things usually are")
		}
		side *= 2
	}
}

// cell is the cell of a place.
func (c *cells) cell(x, y float32) int32 {
	return int32(index((y-c.box.MinY)/c.side, c.rows)*c.columns + index((x-c.box.MinX)/c.side, c.columns))
}

// index is a row or column, and the nearest for what lies outside.
func index(at float32, count int) int {
	switch {
	case !(at > 0):
		return 0
	case at >= float32(count):
		return count - 1
	}
	return int(at)
}

// put moves a slot to a cell.
func (c *cells) put(slot uint32, cell int32) {
	for int(slot) >= len(c.of) {
		c.of, c.at = append(c.of, noCell), append(c.at, 0)
	}
	was := c.of[slot]
	if was == cell {
		return
	}
	if was != noCell {
		list := c.lists[was]
		last := list[len(list)-1]
		list[c.at[slot]], c.at[last] = last, c.at[slot]
		c.lists[was] = list[:len(list)-1]
	}
	if c.of[slot] = cell; cell != noCell {
		c.at[slot] = uint32(len(c.lists[cell]))
		c.lists[cell] = append(c.lists[cell], slot)
	}
}

// within appends the slots near a circle, in no order, but those of without.
func (c *cells) within(dst []uint32, at physics.Circle, without bitset) []uint32 {
	box := at.Box()
	left, right := index((box.MinX-c.box.MinX)/c.side, c.columns), index((box.MaxX-c.box.MinX)/c.side, c.columns)
	top, bottom := index((box.MinY-c.box.MinY)/c.side, c.rows), index((box.MaxY-c.box.MinY)/c.side, c.rows)
	for y := top; y <= bottom; y++ {
		for x := left; x <= right; x++ {
			for _, slot := range c.lists[y*c.columns+x] {
				if !without.has(slot) {
					dst = append(dst, slot)
				}
			}
		}
	}
	return dst
}
