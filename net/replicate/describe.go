package replicate

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Describe writes out every networked entity of an app as the wire rounds it:
// two worlds are equal, as far as the network can tell, exactly when their
// descriptions are. A reference to what the world
// does not have reads 0. It is slow, for tests and reports.
func Describe(app *engine.App) map[ID]string {
	w, table := app.World(), TableOf(app)
	all := ecs.Query1[Net](ecs.NewSim(w), ecs.Without[Disabled]())
	out := map[ID]string{}
	q := all.Query()
	for q.Next() {
		n := q.Get()
		var b strings.Builder
		fmt.Fprintf(&b, "owner %d mode %d", n.Owner, n.Mode)
		for _, typ := range table.Types {
			p := w.Pointer(q.Entity(), typ.Component.ID)
			if p == nil {
				continue
			}
			fmt.Fprintf(&b, " %s", typ.Name())
			if typ.Hidden {
				continue
			}
			rounded := typ.NewColumn()
			v := rounded.AppendZero()
			typ.Copy(v, p)
			lanes := make([]uint32, typ.Quantised.Lanes())
			typ.Quantised.Quantise(lanes, p)
			typ.Quantised.Dequantise(v, lanes)
			for _, off := range typ.refs {
				*(*ID)(unsafe.Add(v, off)) = *(*ID)(unsafe.Add(p, off))
			}
			typ.Settle(v, EntitiesOf(w))
			fmt.Fprintf(&b, "%+v", rounded.Value(0))
		}
		out[n.ID] = b.String()
	}
	return out
}
