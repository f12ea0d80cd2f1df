//go:build !linux

package meter

import "time"

var begun = time.Now()

// Thread is the time that has passed: this system does not tell a thread's
// processor time.
func Thread() time.Duration { return time.Since(begun) }
