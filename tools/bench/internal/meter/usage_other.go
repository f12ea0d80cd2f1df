//go:build !unix

package meter

import "time"

// Usage is 0: this system has no getrusage(2).
func Usage() time.Duration { return 0 }
