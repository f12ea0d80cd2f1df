package engine

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrStopped is returned by an App that is told to step after Stop.
var ErrStopped = errors.New("engine: the app has been stopped")

// SystemPanic is the error of a system that panicked. The world may be half changed: the App is over.
type SystemPanic struct {
	Phase  Phase
	System string // Go type of the system
	Tick   uint32
	Value  any    // what was given to panic
	Stack  []byte // of the panic, for the log
}

// Error says which system panicked, when, and with what; the stack is left to the log.
func (p *SystemPanic) Error() string {
	return fmt.Sprintf("engine: system %s panicked in phase %s of tick %d: %v", p.System, p.Phase, p.Tick, p.Value)
}

// Unwrap returns what was given to panic, if that is an error.
func (p *SystemPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Start freezes the component registry and runs Init of all systems and presenters, in the order of their phases and
// of their addition. Starting again does nothing. Step and Render call it if needed.
func (a *App) Start() error {
	if a.started || a.err != nil {
		return a.err
	}
	a.started = true
	a.world.Registry().Freeze()
	for p := range a.schedule {
		for i := range a.schedule[p] {
			if err := a.init(a.schedule[p][i].run, a.schedule[p][i].name); err != nil {
				return err
			}
		}
	}
	for i := range a.presenters {
		if err := a.init(a.presenters[i].run, a.presenters[i].name); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) init(system any, name string) (err error) {
	initer, ok := system.(Initer)
	if !ok {
		return nil
	}
	defer a.report(Initialise, name, &err)
	initer.Init(a.sim)
	a.sim.Flush()
	return nil
}

// Tick returns the number of the tick that is being run, or of the last one; 0 before the first.
func (a *App) Tick() uint32 { return a.tick }

// SetTick makes n the number of the last tick, so that the next Step runs n+1. Clients align themselves to their server
// so.
func (a *App) SetTick(n uint32) { a.tick = n }

// SetSeed replaces the seed that the App was made with, between ticks: a client learns its server's when it joins.
func (a *App) SetSeed(seed uint64) { a.config.Seed = seed }

// Step runs one tick: Receive, Input, Simulate, Replicate, Send. The error is a *[SystemPanic] if a system panicked,
// now or in an earlier tick, and [ErrStopped] after Stop.
func (a *App) Step() error {
	if err := a.enter("Step"); err != nil {
		return err
	}
	defer a.leave()
	a.tick++
	t := Tick{Number: a.tick, Dt: a.dt, Seed: a.config.Seed}
	a.world.ClearEvents() // before Receive, so that what arrives there reaches the Simulate phase
	for p := Receive; p < phases; p++ {
		if err := a.phase(p, t); err != nil {
			return err
		}
	}
	return nil
}

// Resimulate runs the Simulate phase alone, as tick n, with Replay set. Prediction calls it from a system in the
// Receive phase, after it has put the world back to the end of tick n-1.
func (a *App) Resimulate(n uint32) error {
	if err := a.Start(); err != nil {
		return err
	}
	current := a.tick
	a.tick = n
	a.world.SetEventsAside()
	err := a.phase(Simulate, Tick{Number: n, Dt: a.dt, Seed: a.config.Seed, Replay: true})
	a.world.RestoreEvents()
	a.tick = current
	return err
}

// Render runs the presenters for one frame.
func (a *App) Render(f Frame) error {
	if err := a.enter("Render"); err != nil {
		return err
	}
	defer a.leave()
	for i := range a.presenters {
		if err := a.present(&a.presenters[i], f); err != nil {
			return err
		}
	}
	return nil
}

// enter begins a tick or frame.
func (a *App) enter(what string) error {
	if a.running {
		panic(fmt.Sprintf("engine: App.%s from inside a tick or frame: let whoever drives the App call it", what))
	}
	if a.stopped && a.err == nil {
		return ErrStopped
	}
	if err := a.Start(); err != nil {
		return err
	}
	a.running = true
	return nil
}

func (a *App) leave() { a.running = false }

// phase runs the systems of one phase.
func (a *App) phase(p Phase, t Tick) error {
	for i := range a.schedule[p] {
		if err := a.update(p, &a.schedule[p][i], t); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) update(p Phase, e *entry[System], t Tick) (err error) {
	defer a.report(p, e.name, &err)
	e.run.Update(t)
	a.sim.Flush()
	return a.err // of a Resimulate inside this system
}

func (a *App) present(e *entry[Presenter], f Frame) (err error) {
	defer a.report(Present, e.name, &err)
	e.run.Present(f)
	a.sim.Flush()
	return nil
}

// report, deferred, makes a panic the error of the App.
func (a *App) report(p Phase, system string, err *error) {
	value := recover()
	if value == nil {
		return
	}
	a.err = &SystemPanic{Phase: p, System: system, Tick: a.tick, Value: value, Stack: debug.Stack()}
	*err = a.err
}
