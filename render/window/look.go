package window

import (
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/sprite"
)

// The colours of what the window adds to a game.
var (
	night  = sprite.Hex(0x070a16)
	edge   = sprite.Hex(0x5878b8)
	ink    = sprite.Hex(0xe9effc)
	faint  = sprite.Hex(0x8fa3cc)
	accent = sprite.Hex(0x59e0ff)
	good   = sprite.Hex(0x5ef2a0)
	amber  = sprite.Hex(0xffc457)
	danger = sprite.Hex(0xff5468)
)

func mono(size float32, c sprite.Color) hud.Text {
	return hud.Text{Font: hud.Mono, Size: size, Color: c}
}
