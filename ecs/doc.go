// Package ecs is Tandem's Entity Component System: worlds, entities, components, queries, resources, events and
// deferred commands. It is the only package that knows the library beneath, arche; nothing outside names it.
//
// An entity is a number, a component is a plain Go value that belongs to an entity, a system is code that runs over
// all entities that have certain components.
//
//   - make a world: [NewWorld]; put shared values into it: [SetResource], [MustResource]
//   - run over entities, reading and writing: [Query2], [Filter2], [Cursor2] (one to six components)
//   - run over entities, only reading: [Sim.All], [Read2] (one to four)
//   - reach the components of one entity: [NewMap2] (one to six); only reading: [ReadMap2] (one to four)
//   - spawn and despawn while a query is open: [NewSpawner3] (one to eight), [Sim.Despawn]
//   - add and remove components while a query is open: [NewAdder1] (one to four)
//   - tell other systems what happened in this tick: [EventsOf]
//   - give a component a name that other processes know: [Register], [Registry]
//   - know components by [ID] only, as replication and rollback do: [World.Pointer], [World.AppendIDs],
//     [World.Exchange], [World.Copy]
//
// # Scope
//
// Systems reach entities through a [Sim]: what this side of the network simulates. On a server that is every entity,
// on a client the predicted ones. That is why one system serves both sides.
//
// # Beneath
//
// Arche's successor is Ark. To change over is to change this folder: of arche's names, only [Entity] (with its methods
// ID, Generation and IsZero) and [ID] (to be compared, and numbered by [Index]) can be seen from outside. What arche
// leaves to its caller is done here: rows that hold pointers are moved safely, a query can be closed twice, and a
// component type too many is refused.
//
// # Order
//
// Everything here is deterministic: the same calls in the same order give the same entities in the same order.
// The order of rows, however, depends on the history of a world and not only on its content, and a rollback rewrites
// history. Work whose result depends on order sorts by an id of the game's own.
package ecs

//go:generate go run ./internal/arity
