package meter

import (
	"time"

	"golang.org/x/sys/unix"
)

// Thread is the processor time that the calling thread has used. Lock the
// goroutine to its thread around a measurement.
func Thread() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
