package replicate

// Counters is what a [Server] has written to all its peers, in bytes of messages
// as they go to the connection.
type Counters struct {
	Snapshots      uint64 // one for each peer
	StructureBytes uint64 // spawns, despawns and changes of shape, with the values that come with them
	OwnBytes       uint64 // statuses, and what receivers predict, exact
	RecordBytes    uint64 // datagrams with updates
	Datagrams      uint64 // of them
	Records        uint64 // entities told of in them
}

// Since is what was written after from.
func (c Counters) Since(from Counters) Counters {
	c.Snapshots -= from.Snapshots
	c.StructureBytes -= from.StructureBytes
	c.OwnBytes -= from.OwnBytes
	c.RecordBytes -= from.RecordBytes
	c.Datagrams -= from.Datagrams
	c.Records -= from.Records
	return c
}

// Counters is what the server has written so far.
func (s *Server) Counters() Counters { return s.counters }
