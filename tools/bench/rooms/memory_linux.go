package rooms

import (
	"fmt"
	"os"
	"strings"
)

// resident is the memory of this process in MiB.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %g kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
