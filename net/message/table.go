package message

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/wire"
)

// MaxTypes bounds how many message types and calls one game may register.
const MaxTypes = 4096

// spec is what is known of a type without its Go type.
type spec struct {
	name      string
	number    int // place in the byte order of names; valid once frozen
	delivery  delivery
	due       due
	origin    origin
	perSecond int         // 0: no limit of its own
	codec     *wire.Codec // of the message or request
	reply     *wire.Codec // of the reply; nil: no call
	names     names       // the entities that a message names
	stats     TypeStats
}

// entry is one registered type.
type entry interface {
	about() *spec
	// take reads one message, whose head has been read, and keeps it. The
	// verdict says what to think of the sender.
	take(r *wire.Reader, p *Peer, form uint64) verdict
	// deliver makes what is due readable for this tick.
	deliver(m moment)
	// forget drops what a peer that is gone has sent or was asked.
	forget(p *Peer)
}

// Table is the set of types that travel. It is complete once the app starts.
type Table struct {
	entries []entry // by number once frozen
	byType  map[reflect.Type]entry
	frozen  bool
}

// TableOf freezes and returns the table of an app whose plugins have all been
// added. An app that registers nothing has an empty one.
func TableOf(app *engine.App) *Table {
	t := hubOf(app).table
	t.freeze()
	return t
}

func (t *Table) add(typ reflect.Type, e entry) {
	s := e.about()
	if t.frozen {
		panic(fmt.Sprintf("message: %s is registered after the app started: register in a plugin", s.name))
	}
	if _, twice := t.byType[typ]; twice {
		panic(fmt.Sprintf("message: %v is registered twice: remove one", typ))
	}
	for _, other := range t.entries {
		if other.about().name == s.name {
			panic(fmt.Sprintf("message: two types are named %q: give one another message.Name", s.name))
		}
	}
	if len(t.entries) == MaxTypes {
		panic(fmt.Sprintf("message: more than %d types: merge some", MaxTypes))
	}
	t.byType[typ] = e
	t.entries = append(t.entries, e)
}

// freeze numbers the types by their names, so that both sides agree.
func (t *Table) freeze() {
	if t.frozen {
		return
	}
	t.frozen = true
	slices.SortFunc(t.entries, func(a, b entry) int { return cmp.Compare(a.about().name, b.about().name) })
	for i, e := range t.entries {
		e.about().number = i
	}
}

// Len is the number of types and calls.
func (t *Table) Len() int { return len(t.entries) }

// Text describes every type on the wire, canonically: two builds understand
// each other exactly when their texts are equal. It is empty without types.
func (t *Table) Text() []byte {
	var b strings.Builder
	for _, e := range t.entries {
		s := e.about()
		if s.reply == nil {
			fmt.Fprintf(&b, "message %s %s at %s from %s\n", s.name, deliveryNames[s.delivery], dueNames[s.due], originNames[s.origin])
			indent(&b, s.codec.Schema())
			continue
		}
		fmt.Fprintf(&b, "call %s from %s\n", s.name, originNames[s.origin])
		indent(&b, s.codec.Schema())
		fmt.Fprintf(&b, "reply %s\n", s.name)
		indent(&b, s.reply.Schema())
	}
	return []byte(b.String())
}

func indent(b *strings.Builder, schema string) {
	for line := range strings.SplitSeq(strings.TrimRight(schema, "\n"), "\n") {
		if line != "" {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
}

// find is the entry of a Go type.
func find[E any](t *Table, typ reflect.Type, what string) E {
	e, ok := t.byType[typ].(E)
	if !ok {
		panic(fmt.Sprintf("message: %v is not registered: call message.%s in a plugin of both sides", typ, what))
	}
	return e
}

// TypeStats counts one type's traffic since the start.
type TypeStats struct {
	Name      string
	Sent      uint64 // messages, once for each receiver
	SentBytes uint64 // of those, without headers of channels and packets
	Received  uint64 // messages that were taken
}

// Types lists the traffic of each type, by name.
func (t *Table) Types() []TypeStats {
	var out []TypeStats
	for _, e := range t.entries {
		s := e.about()
		n := s.stats
		n.Name = s.name
		out = append(out, n)
	}
	return out
}
