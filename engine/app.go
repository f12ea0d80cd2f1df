package engine

import (
	"fmt"
	"log/slog"

	"github.com/tandem-engine/tandem/ecs"
)

// DefaultTickRate is the number of ticks a second if [Config] names none.
const DefaultTickRate = 60

// MaxTickRate is the highest tick rate that an App accepts.
const MaxTickRate = 1000

// Config configures an App. The zero value works.
type Config struct {
	TickRate int          // ticks a second, 1 to MaxTickRate; 0: DefaultTickRate
	Seed     uint64       // start of all random numbers; the same in all processes that simulate the same world
	Log      *slog.Logger // nil: discard
	Capacity int          // see ecs.NewWorld; 0: ecs.DefaultCapacity
}

// App is a world and the systems that run on it.
type App struct {
	config     Config
	world      *ecs.World
	sim        *ecs.Sim
	schedule   [phases][]entry[System]
	presenters []entry[Presenter]
	onStop     []func()
	dt         float32
	tick       uint32
	started    bool
	stopped    bool
	running    bool  // inside Step, Resimulate or Render
	err        error // the panic that ended this App
}

// entry is a system or presenter with its name for reports.
type entry[T any] struct {
	run  T
	name string
}

// New makes an App with an empty world. It panics if the configuration is impossible.
func New(cfg Config) *App {
	if cfg.TickRate == 0 {
		cfg.TickRate = DefaultTickRate
	}
	if cfg.TickRate < 1 || cfg.TickRate > MaxTickRate {
		panic(fmt.Sprintf("engine: Config.TickRate is %d: choose 1 to %d ticks a second, or 0 for %d",
			cfg.TickRate, MaxTickRate, DefaultTickRate))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	world := ecs.NewWorld(cfg.Capacity)
	return &App{config: cfg, world: world, sim: ecs.NewSim(world), dt: float32(1 / float64(cfg.TickRate))}
}

// Add runs plugins, at once and in order.
func (a *App) Add(plugins ...Plugin) {
	a.mustBeOpen("Add")
	for _, plugin := range plugins {
		plugin(a)
	}
}

// World returns the world.
func (a *App) World() *ecs.World { return a.world }

// Sim returns the scope that the systems work in.
func (a *App) Sim() *ecs.Sim { return a.sim }

// Log returns the logger; never nil.
func (a *App) Log() *slog.Logger { return a.config.Log }

// TickRate returns the number of ticks a second.
func (a *App) TickRate() int { return a.config.TickRate }

// Seed returns the start of all random numbers.
func (a *App) Seed() uint64 { return a.config.Seed }

// Receive adds systems to the phase that takes network input in.
func (a *App) Receive(s ...System) { a.add(Receive, s) }

// Input adds systems to the phase that puts commands onto entities.
func (a *App) Input(s ...System) { a.add(Input, s) }

// Simulate adds systems to the phase that is the game itself. On a client it runs again for ticks that a rollback
// replays.
func (a *App) Simulate(s ...System) { a.add(Simulate, s) }

// Replicate adds systems to the phase that prepares state for clients.
func (a *App) Replicate(s ...System) { a.add(Replicate, s) }

// Send adds systems to the phase that puts packets onto the network.
func (a *App) Send(s ...System) { a.add(Send, s) }

// Present adds presenters, which run once a frame.
func (a *App) Present(p ...Presenter) {
	a.mustBeOpen("Present")
	for _, presenter := range p {
		a.presenters = append(a.presenters, entry[Presenter]{presenter, fmt.Sprintf("%T", presenter)})
	}
}

func (a *App) add(p Phase, systems []System) {
	a.mustBeOpen(p.String())
	for _, system := range systems {
		a.schedule[p] = append(a.schedule[p], entry[System]{system, fmt.Sprintf("%T", system)})
	}
}

func (a *App) mustBeOpen(what string) {
	if a.started {
		panic(fmt.Sprintf("engine: App.%s after Start: add plugins and systems before the first Step", what))
	}
}

// OnStop adds a function that Stop runs. What was added last runs first.
func (a *App) OnStop(f func()) { a.onStop = append(a.onStop, f) }

// Stop runs the OnStop functions. Stopping again does nothing. A stopped App steps no more.
func (a *App) Stop() {
	if a.stopped {
		return
	}
	a.stopped = true
	for i := len(a.onStop) - 1; i >= 0; i-- {
		a.onStop[i]()
	}
}
