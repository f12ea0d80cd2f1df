// Command pong plays pong in a window.
//
//	pong                              a menu
//	pong -solo                        against the computer
//	pong -host                        play and let another join
//	pong -connect ADDRESS -key KEY    join
package main

import (
	"github.com/tandem-engine/tandem/games/pong"
	"github.com/tandem-engine/tandem/games/pong/client"
	"github.com/tandem-engine/tandem/render/window"
)

func main() { window.Main(pong.Game, client.Plugin) }
