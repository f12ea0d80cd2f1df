package replicate

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// MaxComponents bounds how many component types one game may put on the wire;
// a set of them is one 64-bit mask.
const MaxComponents = 64

// Type is one component type on the wire.
type Type struct {
	Component *ecs.Component
	Quantised *wire.Codec // to those who interpolate
	Exact     *wire.Codec // to those who predict: floats travel bit for bit
	// Predict: clients that predict an entity simulate this component, roll it
	// back and compare it with the server's.
	Predict bool
	// Hidden: only the presence of the component travels. So it is with
	// commands: every side fills in the value itself.
	Hidden bool

	blend     blend
	newColumn func() Column
	copy      func(dst, src unsafe.Pointer)
	snap      float64
	halfLife  float64
	slide     float64
	ownerOnly bool
	weight    float32
	pause     uint32                // ticks from one value sent to the next
	view      *viewType             // nil: not interpolated
	bits      int                   // most that a quantised value takes on the wire
	resource  func() unsafe.Pointer // the world's value; nil: an ordinary component
	refs      []uintptr             // offsets of the fields that refer to entities
}

// Name is the name of the type on the wire.
func (t *Type) Name() string { return t.Component.Name }

// NewColumn returns an empty column of the type's values.
func (t *Type) NewColumn() Column { return t.newColumn() }

// Table is the set of component types that travel, in wire order: the bit of
// a type in a [Mask] is its index. It is a resource of the world.
type Table struct {
	Types     []*Type
	Predicted Mask // the types registered with Predict
	Hidden    Mask
	OwnerOnly Mask // the types that only an entity's owner is told of

	byName    map[string]*Type
	frozen    bool
	refs      []refField // of all types, in wire order
	referring Mask       // the types that have any
	parent    int        // the one in Parent; -1: no child is known
	paused    Mask       // the types with a Rate
}

// Mask is a set of component types of a [Table].
type Mask uint64

// Has reports whether type i is in the set.
func (m Mask) Has(i int) bool { return m>>uint(i)&1 != 0 }

// tableOf returns the world's table, made on first use.
func tableOf(w *ecs.World) *Table {
	t := ecs.Resource[Table](w)
	if t == nil {
		t = &Table{byName: map[string]*Type{}}
		ecs.SetResource(w, t)
	}
	return t
}

// Option changes how a component type is replicated.
type Option func(*options)

type options struct {
	name      string
	predict   bool
	interp    Interpolation
	tolerance float32
	snap      float32
	halfLife  time.Duration
	slide     float32
	ownerOnly bool
	rate      int
	weight    float32
}

// Predict lets clients simulate the component on entities they predict.
func Predict() Option { return func(o *options) { o.predict = true } }

// Interpolate blends the component between two snapshots. Without it a value
// steps when its time comes.
func Interpolate(how Interpolation) Option { return func(o *options) { o.interp = how } }

// Name sets the type's name on the wire. Default: package and type name, such
// as "sim.Position".
func Name(name string) Option { return func(o *options) { o.name = name } }

// Tolerance is how far a predicted float may be from the server's before it
// counts as a misprediction, in the component's own units. Default: half the
// field's step, 0 where it has none.
func Tolerance(t float32) Option { return func(o *options) { o.tolerance = t } }

// Snap makes corrections larger than d, in the component's own units, jump
// instead of slide: a respawn is no movement. Default: everything slides.
func Snap(d float32) Option { return func(o *options) { o.snap = d } }

// HalfLife is the time in which a correction that slides loses half its size.
// Default: 100 ms.
func HalfLife(d time.Duration) Option { return func(o *options) { o.halfLife = d } }

// Slide is how fast a correction slides at most, in the component's own units a
// second: a large one takes longer instead of looking like a jump. Default:
// however fast its half-life makes it.
func Slide(most float32) Option { return func(o *options) { o.slide = most } }

// DefaultHalfLife is the half-life of corrections of types that name none.
const DefaultHalfLife = 100 * time.Millisecond

// OwnerOnly keeps the component from everybody but the owner of its entity.
func OwnerOnly() Option { return func(o *options) { o.ownerOnly = true } }

// Rate is how many times a second a value is sent at most. Default: with every
// snapshot.
func Rate(perSecond int) Option { return func(o *options) { o.rate = perSecond } }

// Importance is how much sooner than others the component's values are sent when a
// budget is short: twice as important waits half as long. Default: 1. See [Weight]
// for single entities.
func Importance(w float32) Option {
	if !(w > 0) {
		panic("replicate: Importance must be above 0: what nobody needs to be told of is not registered")
	}
	return func(o *options) { o.weight = w }
}

// Component puts component type T on the wire. Its `net` tags say how each
// field is quantised. It panics when a field cannot travel, naming the field
// and the fix.
func Component[T any](app *engine.App, opts ...Option) { register[T](app, "Component", opts) }

func register[T any](app *engine.App, what string, opts []Option) *Type {
	o := options{name: reflect.TypeFor[T]().String(), tolerance: -1, weight: 1}
	for _, opt := range opts {
		opt(&o)
	}
	w := app.World()
	table := tableOf(w)
	if table.frozen {
		panic(fmt.Sprintf("replicate: %s[%s] after the app started: register it in a plugin", what, o.name))
	}
	if _, dup := table.byName[o.name]; dup {
		panic(fmt.Sprintf("replicate: %s is registered twice: remove one, or give one another replicate.Name", o.name))
	}
	typ := reflect.TypeFor[T]()
	t := &Type{
		Component: ecs.Register[T](w, o.name),
		Predict:   o.predict,
		newColumn: func() Column { return &column[T]{} },
		copy:      func(dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) },
		snap:      float64(o.snap),
		halfLife:  cmp.Or(o.halfLife, DefaultHalfLife).Seconds(),
		slide:     float64(o.slide),
		ownerOnly: o.ownerOnly,
		weight:    o.weight,
	}
	if o.rate > 0 {
		t.pause = uint32(app.TickRate() / o.rate)
	}
	t.Quantised = mustCompile(typ, wire.Quantised)
	t.Exact = mustCompile(typ, wire.Exact)
	mustReferByID(t)
	for i := range t.Quantised.Lanes() {
		t.bits += int(t.Quantised.LaneBits(i)) + wire.MostOfSymbol
	}
	t.blend = compileBlend(t.Quantised, o.interp, o.tolerance)
	if o.interp != Hold || o.predict {
		t.view = newViewType[T](w)
	}
	table.byName[o.name] = t
	table.Types = append(table.Types, t)
	return t
}

func mustCompile(typ reflect.Type, m wire.Mode) *wire.Codec {
	c, err := wire.CompileReferring(typ, m, reflect.TypeFor[ID]())
	if err != nil {
		panic(fmt.Sprintf("replicate: component %s cannot travel: %v", typ, err))
	}
	return c
}

// mustReferByID refuses references of other types: an ecs.Entity is another one
// on every machine.
func mustReferByID(t *Type) {
	for _, f := range t.Quantised.Fields() {
		if f.Kind == wire.Entity && f.Type != reflect.TypeFor[ID]() {
			panic(fmt.Sprintf("replicate: %s.%s refers to an entity with a %v: make it a replicate.ID, which is the same everywhere", t.Component.Name, f.Path, f.Type))
		}
	}
}

// freeze puts the types into wire order. It is called when the app starts.
func (t *Table) freeze(w *ecs.World) {
	if t.frozen {
		return
	}
	t.frozen = true
	w.Registry().Freeze()
	t.addCommand(w)
	if len(t.Types) > MaxComponents {
		panic(fmt.Sprintf("replicate: %d component types, at most %d can travel: merge some that always come together", len(t.Types), MaxComponents))
	}
	types := t.Types[:0:0]
	for _, c := range w.Registry().Components() {
		if typ := t.byName[c.Name]; typ != nil && typ.Component == c {
			types = append(types, typ)
		}
	}
	t.Types = types
	t.addReferences()
	t.addParent()
	for i, typ := range t.Types {
		if typ.Predict {
			t.Predicted |= 1 << uint(i)
		}
		if typ.Hidden {
			t.Hidden |= 1 << uint(i)
		}
		if typ.pause > 0 {
			t.paused |= 1 << uint(i)
		}
		if typ.ownerOnly {
			t.OwnerOnly |= 1 << uint(i)
		}
	}
}

// addCommand lets the presence of the command component travel, so that a
// client knows which of its entities take commands. Values come from the
// player, not from here.
func (t *Table) addCommand(w *ecs.World) {
	commands := ecs.Resource[input.Commands](w)
	if commands == nil {
		return
	}
	for _, c := range w.Registry().Components() {
		if c.ID == commands.Component() && t.byName[c.Name] == nil {
			none := mustCompile(reflect.TypeFor[struct{}](), wire.Quantised)
			typ := &Type{Component: c, Hidden: true, Quantised: none, Exact: none, newColumn: func() Column { return &column[struct{}]{} }}
			t.byName[c.Name] = typ
			t.Types = append(t.Types, typ)
		}
	}
}

// TableOf freezes and returns the component table of an app whose plugins
// have all been added.
func TableOf(app *engine.App) *Table {
	t := tableOf(app.World())
	t.freeze(app.World())
	return t
}

// Text describes every type and field on the wire, canonically: two builds
// understand each other exactly when their texts are equal.
func (t *Table) Text() []byte {
	var b strings.Builder
	for _, typ := range t.Types {
		what := "component"
		if typ.resource != nil {
			what = "resource"
		}
		fmt.Fprintf(&b, "%s %s predict=%t presence=%t\n", what, typ.Name(), typ.Predict, typ.Hidden)
		for line := range strings.SplitSeq(strings.TrimRight(typ.Quantised.Schema(), "\n"), "\n") {
			if line != "" {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
	}
	return []byte(b.String())
}

// Hash is the hash of Text.
func (t *Table) Hash() [32]byte { return sha256.Sum256(t.Text()) }

// mask finds which of the table's types an entity has.
func (t *Table) mask(w *ecs.World, e ecs.Entity) Mask {
	var m Mask
	for i, typ := range t.Types {
		if w.Has(e, typ.Component.ID) {
			m |= 1 << uint(i)
		}
	}
	return m
}

// Equal reports whether two values of the type are the same as far as
// prediction cares: floats within tolerance, all else exactly.
func (t *Type) Equal(a, b unsafe.Pointer) bool { return t.Same(a, b) || t.blend.equal(a, b) }

// Moves reports whether the type's floats are interpolated.
func (t *Type) Moves() bool { return t.blend.moves }

// Copy copies a value of the type.
func (t *Type) Copy(dst, src unsafe.Pointer) { t.copy(dst, src) }

// Lerp sets the floats, rotations and colours of dst between those of from and
// to, f in 0..1; dst holds one of the two, for the fields that step.
func (t *Type) Lerp(dst, from, to unsafe.Pointer, f float64) { t.blend.lerp(dst, from, to, f) }

// Difference appends a-b for every float field, angles along the shorter arc,
// and for every quaternion the rotation from b to a, as its axis times its angle.
func (t *Type) Difference(out []float64, a, b unsafe.Pointer) []float64 {
	return t.blend.difference(out, a, b)
}

// Offset adds what Difference returned.
func (t *Type) Offset(p unsafe.Pointer, by []float64) { t.blend.add(p, by) }

// SnapDistance is the correction from which a value jumps instead of sliding,
// in the component's units; 0: none.
func (t *Type) SnapDistance() float64 { return t.snap }

// Decay is the share of a correction that is left after dt seconds.
func (t *Type) Decay(correction []float64, dt float64) float64 {
	left := math.Exp2(-dt / t.halfLife)
	if t.slide == 0 {
		return left
	}
	size := 0.0
	for _, v := range correction {
		size += v * v
	}
	if size = math.Sqrt(size); size*(1-left) > t.slide*dt {
		left = 1 - t.slide*dt/size
	}
	return left
}

// ViewOf is the entity's view of the type, as a pointer to a value of the
// type; nil without.
func (t *Type) ViewOf(w *ecs.World, e ecs.Entity) unsafe.Pointer {
	if t.view == nil {
		return nil
	}
	return w.Pointer(e, t.view.id)
}

// ViewIDs appends the view components that belong to the entity's components
// and that it does not have.
func (t *Table) ViewIDs(dst []ecs.ID, w *ecs.World, e ecs.Entity) []ecs.ID {
	for _, typ := range t.Types {
		if typ.view != nil && w.Has(e, typ.Component.ID) && !w.Has(e, typ.view.id) {
			dst = append(dst, typ.view.id)
		}
	}
	return dst
}

// CopyViews copies the views that both entities have.
func (t *Table) CopyViews(w *ecs.World, to, from ecs.Entity) {
	for _, typ := range t.Types {
		if dst, src := typ.ViewOf(w, to), typ.ViewOf(w, from); dst != nil && src != nil {
			typ.copy(dst, src)
		}
	}
}
