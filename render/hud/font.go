package hud

import (
	"bytes"
	"fmt"
	"math"

	"github.com/hajimehoshi/ebiten/v2/text/v2"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Font is one of the Go fonts (Bigelow & Holmes), which come with golang.org/x/image.
type Font uint8

// The fonts.
const (
	Regular Font = iota
	Medium
	Bold
	Mono
	fonts
)

var fontFiles = [fonts][]byte{goregular.TTF, gomedium.TTF, gobold.TTF, gomonobold.TTF}

// faces are the fonts at the sizes that were asked for.
type faces struct {
	sources [fonts]*text.GoTextFaceSource
	made    map[faceKey]*text.GoTextFace
}

type faceKey struct {
	font   Font
	pixels float32
}

func newFaces() *faces {
	f := &faces{made: map[faceKey]*text.GoTextFace{}}
	for i, file := range fontFiles {
		source, err := text.NewGoTextFaceSource(bytes.NewReader(file))
		if err != nil {
			panic(fmt.Sprintf("hud: the built-in font %d cannot be read: %v", i, err))
		}
		f.sources[i] = source
	}
	return f
}

// get returns a font at a size in pixels, rounded to half pixels so that a resize makes few of them.
func (f *faces) get(font Font, pixels float32) *text.GoTextFace {
	key := faceKey{min(font, fonts-1), max(1, float32(math.Round(float64(pixels*2)))/2)}
	face := f.made[key]
	if face == nil {
		face = &text.GoTextFace{Source: f.sources[key.font], Size: float64(key.pixels)}
		f.made[key] = face
	}
	return face
}
