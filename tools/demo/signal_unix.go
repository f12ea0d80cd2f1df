//go:build !windows

package main

import "syscall"

// endSignal asks a program to end.
const endSignal = syscall.SIGTERM
