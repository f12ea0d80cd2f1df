package channel

import (
	"testing"
	"time"
)

// TestSpecifiedAck is the example in the specification.
func TestSpecifiedAck(t *testing.T) {
	var h history
	for pn := range uint64(300) {
		if pn != 270 {
			h.add(pn, time.Second)
		}
	}
	f := h.frame(time.Second + 16*time.Microsecond)
	vector(t, f.Append(nil), "18ab020201ffffffef")
}
