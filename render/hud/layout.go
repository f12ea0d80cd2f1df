package hud

// Rect is a rectangle in points, given by its top left corner.
type Rect struct{ X, Y, W, H float32 }

// Inset returns the rectangle that lies d inside of r on all sides; it never has a negative size.
func (r Rect) Inset(d float32) Rect {
	return Rect{r.X + min(d, r.W/2), r.Y + min(d, r.H/2), max(0, r.W-2*d), max(0, r.H-2*d)}
}

// Top cuts a strip of height h from the top and returns it and the rest.
func (r Rect) Top(h float32) (strip, rest Rect) {
	h = min(max(h, 0), r.H)
	return Rect{r.X, r.Y, r.W, h}, Rect{r.X, r.Y + h, r.W, r.H - h}
}

// Left cuts a strip of width w from the left and returns it and the rest.
func (r Rect) Left(w float32) (strip, rest Rect) {
	w = min(max(w, 0), r.W)
	return Rect{r.X, r.Y, w, r.H}, Rect{r.X + w, r.Y, r.W - w, r.H}
}

// Contains reports whether a point lies in the rectangle.
func (r Rect) Contains(x, y float32) bool {
	return x >= r.X && y >= r.Y && x < r.X+r.W && y < r.Y+r.H
}

// Center returns the middle.
func (r Rect) Center() (x, y float32) { return r.X + r.W/2, r.Y + r.H/2 }

// Anchor says where in a rectangle something lies: 0 is left or top, 0.5 the middle, 1 right or bottom.
type Anchor struct{ X, Y float32 }

// The usual anchors.
var (
	TopLeft     = Anchor{0, 0}
	Top         = Anchor{0.5, 0}
	TopRight    = Anchor{1, 0}
	Middle      = Anchor{0.5, 0.5}
	BottomLeft  = Anchor{0, 1}
	Bottom      = Anchor{0.5, 1}
	BottomRight = Anchor{1, 1}
)

// Place returns a rectangle of size w × h at an anchor of r, `margin` away from the borders it lies at.
func (r Rect) Place(a Anchor, w, h, margin float32) Rect {
	free := Rect{r.X + margin, r.Y + margin, r.W - 2*margin, r.H - 2*margin}
	return Rect{free.X + (free.W-w)*a.X, free.Y + (free.H-h)*a.Y, w, h}
}

// pointSize is the number of pixels a point takes on a screen of that many pixels.
func pointSize(w, h float32) float32 { return min(max(min(w/1280, h/720), 0.6), 6) }
