// Package window runs a game in a window: it is the main function of a game's client.
//
//	func main() { window.Main(arena.Game, client.Plugin) }
//
// It reads the command line, opens a window, joins or hosts a session, feeds it keys from devices or from a script, and
// draws the layers of its App (see render/draw). Without flags it shows a menu. What goes wrong is shown on the screen
// and said in one line on standard error.
//
// A client plugin that wants keys puts an input.State into its world as a resource; the window writes the devices into
// it.
package window
