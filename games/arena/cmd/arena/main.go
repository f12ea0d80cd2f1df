// Command arena plays the arena in a window.
//
//	arena                              a menu
//	arena -solo                        alone, against the computer
//	arena -host                        play and let others join
//	arena -connect ADDRESS -key KEY    on a server
//
// arena -help lists all flags. The status is 0, 2 after a mistake in the flags, and 1 after any other failure, which is
// said in one line on standard error and shown in the window.
package main

import "github.com/tandem-engine/tandem/games/arena/client"

func main() { client.Program().Main() }
