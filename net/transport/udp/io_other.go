//go:build !linux

package udp

func newIO(c *Carrier, _ Config) (batchIO, error) { return newPortable(c), nil }

// buffers of sockets on other systems are their own.
type buffers struct{}
