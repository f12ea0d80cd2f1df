// Package replicate carries the state of a server's world to its clients.
//
// A game names the component types that travel with [Component], one line each,
// and makes an entity networked by giving it a [Net]. From then on the server
// side ([Server]) finds what changed, once a snapshot, and writes for each
// client ([Peer]) two kinds of data:
//
//   - Structure: spawns, despawns, components added and removed. It goes
//     ordered and reliable, one atomic batch a snapshot, and a spawn carries
//     all values of its entity. So do references to entities, the fields of
//     type [ID].
//   - Values: newer values of components, in unreliable datagrams that may be
//     lost, late or twice. A value is sent again only when the fate of the
//     packet that carried it says lost, and then with its newest content.
//
// A client ([Client]) keeps a [Replica] for each entity it knows. Interpolated
// replicas live on a timeline that runs a little behind the server; replicas
// which the client predicts are handed to package predict, together with the
// exact state of the tick that the snapshot confirms.
//
// A component refers to another entity with a field of type [ID]; [Entities]
// finds who has it, on both sides. A client has no reference to what is not in
// its world: such a field reads 0 until the target is there, and again once it
// is gone or out of sight. On the server, and in what a client simulates
// itself, a field keeps the ID of what was despawned until a system clears it;
// ask [Entities.Lookup], which is false then on both sides.
//
// An entity with a [Parent] is the child of another: clients know it exactly
// while they know its parent.
//
// Values of the whole world travel with [Resource], one line each.
//
// A client's systems hear of what comes into sight and leaves it by the events
// [Appeared] and [Vanished]; a server's ask [Server.Knows] and [Server.Seen].
//
// The world itself is never rounded: quantised integers exist on the wire, in
// baselines and on interpolated entities only.
package replicate
