package main

import "os"

// endSignal ends a program at once: Windows has no other to send.
var endSignal = os.Kill
