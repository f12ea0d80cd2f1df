package ecs

import (
	"reflect"
	"unsafe"

	arche "github.com/mlange-42/arche/ecs"
)

// NextTable moves to the first entity of the next table, and returns how many entities the table has. A table holds the
// entities with exactly the same components, and their values of a component lie side by side, in the order of the
// entities: see [Cursor.Column]. After the last table it returns 0, and the query is closed.
//
// It serves those who copy all values of many components. Tables whose entities have all left are passed over.
func (c *Cursor) NextTable() int {
	// Next goes to the next table when it stands on the last entity of one. Arche has a way to go there, but not to ask
	// how far it is.
	index, last := c.row(archRow), c.row(archLastRow)
	*index = *last
	if !c.query.Next() {
		return 0
	}
	return int(*last) + 1
}

// Column returns the address of the component's value of the entity that the cursor stands on, nil without. After
// NextTable the values of the table's other entities follow it, as in a slice.
func (c *Cursor) Column(id ID) unsafe.Pointer { return c.query.Get(id) }

func (c *Cursor) row(field reflect.StructField) *uint32 {
	return (*uint32)(unsafe.Add(unsafe.Pointer(&c.query), field.Offset))
}

var (
	archRow     = mustField("entityIndex")
	archLastRow = mustField("entityIndexMax")
)

// mustField finds a field of arche's query that it does not show. TestNextTable fails when a new version means another
// thing by it.
func mustField(name string) reflect.StructField {
	f, ok := reflect.TypeFor[arche.Query]().FieldByName(name)
	if !ok || f.Type.Kind() != reflect.Uint32 {
		panic("ecs: arche.Query has no uint32 " + name + " any more: see how it counts rows now")
	}
	return f
}
