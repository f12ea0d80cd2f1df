//go:build !linux

package udp

func newIO(c *Carrier, _ Config) (batchIO, error) { return newPortable(c), nil }
