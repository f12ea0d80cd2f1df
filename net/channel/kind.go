package channel

// Kind says what a channel promises about the messages sent on it.
// The zero value is Unreliable.
type Kind uint8

// The kinds of channel.
const (
	Unreliable Kind = iota // may be lost or overtaken, never arrives twice
	Sequenced              // as Unreliable, and never arrives after a newer one
	Reliable               // all arrive, in any order, never twice
	Ordered                // all arrive, in the order sent, never twice
	Latest                 // the newest value arrives; older ones that were not sent yet are replaced
	Bulk                   // one flow-controlled byte stream at a time, of any size
	kinds
)

var kindNames = [kinds]string{"unreliable", "sequenced", "reliable", "ordered", "latest", "bulk"}

// String gives the name used in the canonical text of a Table.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "invalid"
}

// resends reports whether lost messages of this kind are sent again.
func (k Kind) resends() bool { return k == Reliable || k == Ordered || k == Latest }

// datagram reports whether messages of this kind are sent once and forgotten.
func (k Kind) datagram() bool { return k == Unreliable || k == Sequenced }
