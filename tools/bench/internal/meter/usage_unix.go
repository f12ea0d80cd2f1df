//go:build unix

package meter

import (
	"syscall"
	"time"
)

// Usage is the user and system time of this process so far; 0 where the system
// does not tell.
func Usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
