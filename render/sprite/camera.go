package sprite

import "math"

// Camera maps the world onto a screen. The zero value looks at the world's origin at one pixel a world unit on a
// screen of no size; set Width and Height (pixels) before use.
type Camera struct {
	X, Y          float32 // world position shown in the middle of the screen
	Zoom          float32 // pixels a world unit; 0 means 1
	Rotation      float32 // radians; positive turns the view clockwise, so the world appears to turn the other way
	Width, Height float32 // screen size in pixels
}

// Scale returns how many pixels a world unit takes.
func (c *Camera) Scale() float32 {
	if c.Zoom == 0 {
		return 1
	}
	return c.Zoom
}

// ToScreen maps a world position to pixels from the screen's top left corner.
func (c *Camera) ToScreen(x, y float32) (sx, sy float32) {
	x, y = (x-c.X)*c.Scale(), (y-c.Y)*c.Scale()
	if c.Rotation != 0 {
		x, y = turn(x, y, -c.Rotation)
	}
	return x + c.Width/2, y + c.Height/2
}

// ToWorld maps pixels from the screen's top left corner to a world position; it is the inverse of ToScreen.
func (c *Camera) ToWorld(sx, sy float32) (x, y float32) {
	x, y = (sx-c.Width/2)/c.Scale(), (sy-c.Height/2)/c.Scale()
	if c.Rotation != 0 {
		x, y = turn(x, y, c.Rotation)
	}
	return x + c.X, y + c.Y
}

// Sees reports whether any part of a circle of radius r (world units) around a world position is on the screen.
// Near the corners it may say yes to a circle that just misses.
func (c *Camera) Sees(x, y, r float32) bool {
	sx, sy := c.ToScreen(x, y)
	r *= c.Scale()
	return sx+r >= 0 && sy+r >= 0 && sx-r <= c.Width && sy-r <= c.Height
}

// View returns the smallest upright world rectangle that holds everything on the screen.
func (c *Camera) View() (x0, y0, x1, y1 float32) {
	w, h := c.Width/2/c.Scale(), c.Height/2/c.Scale()
	if c.Rotation != 0 {
		sin, cos := math.Sincos(float64(c.Rotation))
		s, k := float32(math.Abs(sin)), float32(math.Abs(cos))
		w, h = w*k+h*s, w*s+h*k
	}
	return c.X - w, c.Y - h, c.X + w, c.Y + h
}

func turn(x, y, angle float32) (float32, float32) {
	sin, cos := math.Sincos(float64(angle))
	s, k := float32(sin), float32(cos)
	return x*k - y*s, x*s + y*k
}
