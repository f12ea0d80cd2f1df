package message

import (
	"fmt"
	"reflect"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/wire"
)

// delivery is what a type promises about its messages.
type delivery uint8

const (
	reliable delivery = iota
	unreliable
	sequenced
)

// due is the moment at which a message is delivered.
type due uint8

const (
	onArrival due = iota
	atTick
	atPlayhead
)

// origin is which side may send a type.
type origin uint8

const (
	fromAnyone origin = iota
	fromServer
	fromClients
)

var (
	deliveryNames = [...]string{"reliable", "unreliable", "sequenced"}
	dueNames      = [...]string{"arrival", "tick", "playhead"}
	originNames   = [...]string{"anyone", "server", "clients"}
)

// Option changes how a type travels.
type Option func(*spec)

// Unreliable lets messages be lost or overtaken; none arrives twice. They fit a
// datagram: at most [MaxUnreliable] bytes.
func Unreliable() Option { return func(s *spec) { s.delivery = unreliable } }

// Sequenced is [Unreliable], and a message that a newer one of its type and
// sender has overtaken is dropped.
func Sequenced() Option { return func(s *spec) { s.delivery = sequenced } }

// AtTick ties messages to a tick, that of [Outbox.At] or else the one in which
// they were sent: each is delivered in the receiver's tick of that number. One
// that comes too late is delivered at once. On a client it is delivered again
// when a rollback replays its tick, so that systems of the Simulate phase may
// act on it.
func AtTick() Option { return func(s *spec) { s.due = atTick } }

// AtPlayhead ties messages to a tick as [AtTick] does, but a client delivers
// them when the past that it shows reaches the tick: a flash appears together
// with the movement of who fired. On a server it is AtTick.
func AtPlayhead() Option { return func(s *spec) { s.due = atPlayhead } }

// FromServer makes clients that send the type offenders.
func FromServer() Option { return func(s *spec) { s.origin = fromServer } }

// FromClients makes the type one that only clients send.
func FromClients() Option { return func(s *spec) { s.origin = fromClients } }

// Limit is how many messages of the type each sender may send a second; as many
// may come at once. More are dropped and counted. Default: only the limit on all
// types together, see [Limits].
func Limit(perSecond int) Option { return func(s *spec) { s.perSecond = perSecond } }

// Name sets the type's name on the wire. Default: package and type name, such
// as "sim.Shout".
func Name(name string) Option { return func(s *spec) { s.name = name } }

// Register puts message type T on the wire. Its net tags say how each field
// travels. Plugins that both sides share call it. It panics when T cannot
// travel, naming the field and the fix, when it is registered twice, and once
// the app has started.
func Register[T any](app *engine.App, opts ...Option) {
	t := hubOf(app).table
	m := &letters[T]{hub: hubOf(app)}
	m.spec = newSpec(reflect.TypeFor[T](), opts)
	m.spec.names = namesOf(reflect.TypeFor[T](), m.spec.codec)
	t.add(reflect.TypeFor[T](), m)
}

// RegisterCall puts a request and its reply on the wire: either side can ask,
// unless an option says otherwise. Calls are always reliable. It panics as
// [Register] does.
func RegisterCall[Req, Rep any](app *engine.App, opts ...Option) {
	t := hubOf(app).table
	c := &calls[Req, Rep]{hub: hubOf(app)}
	c.spec = newSpec(reflect.TypeFor[Req](), opts)
	if c.spec.delivery != reliable || c.spec.due != onArrival {
		panic(fmt.Sprintf("message: call %s: requests are reliable and come when they come: leave out the options of delivery and tick", c.spec.name))
	}
	c.spec.reply = mustCompile(reflect.TypeFor[Rep]())
	app.OnStop(c.stop)
	t.add(reflect.TypeFor[Req](), c)
}

func newSpec(typ reflect.Type, opts []Option) spec {
	s := spec{name: typ.String()}
	for _, o := range opts {
		o(&s)
	}
	if s.perSecond < 0 {
		panic(fmt.Sprintf("message: %s: Limit(%d): give the messages a second, or leave it out", s.name, s.perSecond))
	}
	s.codec = mustCompile(typ)
	return s
}

func mustCompile(typ reflect.Type) *wire.Codec {
	c, err := wire.Compile(typ, wire.Quantised)
	if err != nil {
		panic(fmt.Sprintf("message: %s cannot travel: %v", typ, err))
	}
	for _, f := range c.Fields() {
		if f.Kind == wire.Entity {
			panic(fmt.Sprintf("message: %s.%s: leave the tag entity out: a message that names an entity by its ID waits for it", typ, f.Path))
		}
	}
	return c
}
