// Package meter measures echo servers and their clients, so that all of them,
// Tandem's and its peers', are counted and driven in one way.
//
//	Server    counts what a server echoed and what CPU time that took   server.go
//	Client    counts what clients sent and received, and how long it took   client.go
//	Drive     runs clients over sessions that block: paced, or as fast as they go   drive.go
//	Usage     the CPU time of this process   usage_unix.go
package meter
