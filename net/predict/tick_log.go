package predict

// CommandStatus is what became of the command of one tick at the server.
type CommandStatus uint8

const (
	// InTime commands were there when their tick was simulated.
	InTime CommandStatus = iota
	// Repeated ticks had none in time; the last one was used again.
	Repeated
	// Late commands arrived after their tick: it was repeated or missing.
	Late
	// Missing ticks had none, and no last one that could still be repeated.
	Missing
	statuses
)

// String is the status's name.
func (s CommandStatus) String() string {
	return [...]string{"in time", "repeated", "late", "missing"}[s%statuses]
}

// CommandCounts counts ticks by what became of their commands.
type CommandCounts struct{ InTime, Repeated, Late, Missing uint64 }

// TickLog remembers what became of the commands of the last ticks. The server
// keeps one for each player and tells the player; both sides can read it.
type TickLog struct {
	counts [statuses]uint64
	newest uint32
	ticks  [commandRing]uint32
	status [commandRing]CommandStatus
}

// At is the status of a tick; false when it is too old, or nothing is known.
func (l *TickLog) At(tick uint32) (CommandStatus, bool) {
	i := tick % commandRing
	return l.status[i], tick != 0 && l.ticks[i] == tick
}

// Newest is the newest tick that something is known of, 0 for none.
func (l *TickLog) Newest() uint32 { return l.newest }

// Counts counts all ticks so far that something was known of.
func (l *TickLog) Counts() CommandCounts {
	return CommandCounts{l.counts[InTime], l.counts[Repeated], l.counts[Late], l.counts[Missing]}
}

func (l *TickLog) set(tick uint32, s CommandStatus) {
	i := tick % commandRing
	if l.ticks[i] == tick {
		l.counts[l.status[i]]--
	}
	l.ticks[i], l.status[i] = tick, s
	l.counts[s]++
	l.newest = max(l.newest, tick)
}

// toldTicks is for how many ticks a status message says what became of them.
const toldTicks = 32

// recent packs the last ticks for the player: 2 bits a tick, the given one
// lowest.
func (l *TickLog) recent(tick uint32) (packed uint64) {
	for i := range min(uint32(toldTicks), tick) {
		if s, ok := l.At(tick - i); ok {
			packed |= uint64(s) << (2 * i)
		}
	}
	return packed
}

// take unpacks what the server says of the last ticks, from the tick on of
// which this side has given a command.
func (l *TickLog) take(tick uint32, packed uint64, from uint32) {
	for i := range min(uint32(toldTicks), tick) {
		n := tick - i
		if s := CommandStatus(packed >> (2 * i) & 3); n >= from && n != 0 && (n+commandRing > l.newest) {
			if was, known := l.At(n); !known || was != s {
				l.set(n, s)
			}
		}
	}
}
