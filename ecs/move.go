package ecs

import (
	"unsafe"

	arche "github.com/mlange-42/arche/ecs"
)

// Adding a component to an entity, removing one, or the entity itself moves rows of values, and arche moves them as
// bytes. The garbage collector hears of no pointer that moves so. If it is at work at that moment, has been to the new
// place already and comes to the old one later, it finds the pointer in neither, and frees what a living component
// points to. So before such a move, a World copies the values with pointers that are about to move to where the
// collector finds them, and keeps them there until the move is over. TestPointersSurviveMoves fails without it.

// column does for values of one type what needs the type.
type column[T any] struct {
	kept [2]T // of the entity that is moved, and of the one that takes its place
}

func (c *column[T]) copy(dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) }
func (c *column[T]) alloc(n int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]T, n)))
}
func (c *column[T]) keep(slot int, p unsafe.Pointer) { c.kept[slot] = *(*T)(p) }
func (c *column[T]) release()                        { clear(c.kept[:]) }

// anyColumn is a column of any type.
type anyColumn interface {
	copy(dst, src unsafe.Pointer)
	alloc(n int) unsafe.Pointer
	keep(slot int, p unsafe.Pointer)
	release()
}

// keep holds on to the values with pointers that will move if e leaves its row: its own, and those of the entity in the
// last row of the same table, which arche puts into the gap. It returns which components to release afterwards.
func (w *World) keep(e Entity) (kept arche.Mask) {
	if w.pointers.IsZero() {
		return kept
	}
	mask := w.arche.Mask(e)
	if kept = mask.And(&w.pointers); kept.IsZero() {
		return kept
	}
	last := w.lastWith(mask)
	for i := range w.types {
		if t := &w.types[i]; kept.Get(t.id) {
			t.column.keep(0, w.arche.GetUnchecked(e, t.id))
			t.column.keep(1, w.arche.GetUnchecked(last, t.id))
		}
	}
	return kept
}

// release lets go of what keep held.
func (w *World) release(kept arche.Mask) {
	if kept.IsZero() {
		return
	}
	for i := range w.types {
		if t := &w.types[i]; kept.Get(t.id) {
			t.column.release()
		}
	}
}

// lastWith returns the entity in the last row of the table for exactly these components, which is not empty.
func (w *World) lastWith(mask arche.Mask) Entity {
	table, ok := w.tables[mask]
	if !ok {
		exactly := mask.Exclusive()
		cached := w.arche.Cache().Register(&exactly)
		table = &cached
		w.tables[mask] = table
	}
	query := w.arche.Query(table)
	defer query.Close()
	return query.EntityAt(query.Count() - 1)
}
