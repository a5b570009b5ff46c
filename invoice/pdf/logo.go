package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// Bounds of a logo.
const (
	MaxLogoBytes  = 4 << 20
	MaxLogoPixels = 4_000_000
)

// logo is a picture that the engine can embed without looking at its pixels.
type logo struct {
	format        string // "png" or "jpeg"
	data          []byte
	width, height int // pixels
}

// newLogo checks a PNG or JPEG picture. A PNG is laid on white and written anew without transparency, interlacing
// or deep colour, which costs time at every use.
func newLogo(data []byte) (*logo, error) {
	if len(data) > MaxLogoBytes {
		return nil, logoError(fmt.Sprintf("%d bytes, want %d at most", len(data), MaxLogoBytes), nil)
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "png" && format != "jpeg" {
		return nil, logoError("want a PNG or JPEG picture", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > MaxLogoPixels/config.Height {
		return nil, logoError(fmt.Sprintf("%d × %d pixels, want %d at most", config.Width, config.Height, MaxLogoPixels), nil)
	}
	if format == "jpeg" {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			return nil, logoError("broken JPEG picture", err)
		}
		return &logo{format, bytes.Clone(data), config.Width, config.Height}, nil
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, logoError("broken PNG picture", err)
	}
	flat := image.NewRGBA(image.Rect(0, 0, config.Width, config.Height))
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), picture, picture.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat); err != nil {
		return nil, logoError("PNG picture cannot be written", err)
	}
	return &logo{format, out.Bytes(), config.Width, config.Height}, nil
}

// fit gives the size in points, within the box.
func (l *logo) fit(width, height float64) (w, h float64) {
	scale := min(width/float64(l.width), height/float64(l.height))
	return float64(l.width) * scale, float64(l.height) * scale
}

func logoError(detail string, err error) error {
	return &Error{Kind: ErrLogo, Detail: detail, Err: err}
}
