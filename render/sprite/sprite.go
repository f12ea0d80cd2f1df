package sprite

// Sprite is a component: the picture of an entity. The entity's pose comes from the game's own components; see
// draw.Sprites. The zero value draws nothing, because it names no picture.
type Sprite struct {
	Name     string  // name of a picture in the atlas
	Layer    int16   // lower layers are drawn first, so they lie beneath
	Tint     Color   // multiplies the picture's colours; the zero value means White
	Scale    float32 // world units a pixel of the picture; 0 means 1
	Rotation float32 // radians, added to the entity's own
	Glow     float32 // 0: covers what is beneath; 1: adds its light to it
}
