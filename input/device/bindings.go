package device

import "github.com/tandem-engine/tandem/input"

// The actions of Bindings, for games that need no more.
const (
	MoveX input.Action = "move x" // -1 left, 1 right
	MoveY input.Action = "move y" // -1 up, 1 down
	Fire  input.Action = "fire"
)

// Bindings are what players try first: arrows or WASD, space, the left stick and the A button.
func Bindings() input.Bindings {
	return input.Bindings{
		MoveX: input.Bind("ArrowLeft/ArrowRight", "A/D", "PadLeftX", "PadLeft/PadRight"),
		MoveY: input.Bind("ArrowUp/ArrowDown", "W/S", "PadLeftY", "PadUp/PadDown"),
		Fire:  input.Bind("Space", "MouseLeft", "PadA", "PadRightTrigger"),
	}
}
