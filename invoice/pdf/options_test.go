package pdf_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-fonts/liberation/liberationserifregular"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice/pdf"
)

func TestOptionsThatCannotWorkAreRefusedByName(t *testing.T) {
	t.Parallel()
	ttf := liberationsansregular.TTF
	cases := []struct {
		name string
		o    pdf.Options
		kind error
		says string
	}{
		{"a page size that is none", pdf.Options{Page: 7}, pdf.ErrOptions, "page size 7"},
		{"a colour without a hash", pdf.Options{Accent: "aabbcc"}, pdf.ErrOptions, "#RRGGBB"},
		{"a colour by name", pdf.Options{Accent: "#orange"}, pdf.ErrOptions, "#RRGGBB"},
		{"a locale that would end the PDF string", pdf.Options{Locale: "en)/X("}, pdf.ErrOptions, "locale"},
		{"a locale with an empty part", pdf.Options{Locale: "de-"}, pdf.ErrOptions, "locale"},
		{"a locale of a kilobyte", pdf.Options{Locale: strings.Repeat("a", 1024)}, pdf.ErrOptions, "locale"},
		{"a label of a page", pdf.Options{Labels: pdf.Labels{Total: strings.Repeat("x", 201)}}, pdf.ErrOptions, "label Total"},
		{"bold without regular", pdf.Options{Main: pdf.Face{Bold: ttf}}, pdf.ErrOptions, "bold"},
		{"too many faces", pdf.Options{Fallbacks: make([]pdf.Face, pdf.MaxFaces+1)}, pdf.ErrOptions, "17 fallback faces"},
		{"a face with CFF outlines", pdf.Options{Main: pdf.Face{Regular: []byte("OTTO\x00\x01\x00\x00\x00\x00\x00\x00")}}, pdf.ErrFace, "CFF"},
		{"a collection", pdf.Options{Fallbacks: []pdf.Face{{Regular: []byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x02")}}}, pdf.ErrFace, "fallback face 1, regular: pdf: unusable face: font collection"},
		{"a web font", pdf.Options{Main: pdf.Face{Regular: []byte("wOF2\x00\x01\x00\x00\x00\x00\x00\x02")}}, pdf.ErrFace, "WOFF"},
		{"an empty fallback", pdf.Options{Fallbacks: []pdf.Face{{}}}, pdf.ErrFace, "0 bytes"},
		{"half of a face", pdf.Options{Main: pdf.Face{Regular: ttf[:len(ttf)/2]}}, pdf.ErrFace, "main face"},
		{"a broken bold", pdf.Options{Main: pdf.Face{Regular: ttf, Bold: []byte("x")}}, pdf.ErrFace, "main face, bold"},
		{"a logo that is no picture", pdf.Options{Logo: []byte("<svg/>")}, pdf.ErrLogo, "PNG or JPEG"},
		{"a GIF", pdf.Options{Logo: []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")}, pdf.ErrLogo, "PNG or JPEG"},
		{"a cut PNG", pdf.Options{Logo: picture(t, 40, 40)[:60]}, pdf.ErrLogo, "broken PNG"},
		{"a logo of megabytes", pdf.Options{Logo: make([]byte, pdf.MaxLogoBytes+1)}, pdf.ErrLogo, "bytes"},
		{"a logo of too many pixels", pdf.Options{Logo: bomb(t)}, pdf.ErrLogo, "pixels"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := pdf.New(c.o)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.says)
			require.Nil(t, r)
		})
	}
}

// bomb is a small PNG that claims to have 2^40 pixels.
func bomb(t testing.TB) []byte {
	data := picture(t, 16, 16)
	copy(data[16:], []byte{0, 0x10, 0, 0, 0, 0x10, 0, 0})
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func encode(t testing.TB, img image.Image) []byte {
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

func TestALogoMayBeAnyKindOfPNGOrJPEG(t *testing.T) {
	t.Parallel()
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 30, 10)), nil))
	for name, logo := range map[string][]byte{
		"transparent PNG": picture(t, 300, 100), "16-bit PNG": encode(t, image.NewNRGBA64(image.Rect(0, 0, 20, 20))),
		"paletted PNG": encode(t, image.NewPaletted(image.Rect(0, 0, 20, 20), color.Palette{color.Transparent, color.Black})),
		"JPEG":         photo.Bytes(),
	} {
		r := must(pdf.New(pdf.Options{Logo: logo}))
		var out bytes.Buffer
		_, err := r.Render(t.Context(), &out, sample(1, "EUR"))
		require.NoError(t, err, name)
		require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("/Subtype /Image")), name)
		require.NotContains(t, out.String(), "/SMask", "%s is laid on white", name)
	}
}

func TestFacesAreAskedInOrderAndLiberationSansIsTheLastOne(t *testing.T) {
	t.Parallel()
	inv := sample(1, "EUR")
	r := must(pdf.New(pdf.Options{Main: pdf.Face{Regular: liberationserifregular.TTF}}))
	var out bytes.Buffer
	result, err := r.Render(t.Context(), &out, inv)
	require.NoError(t, err)
	require.Empty(t, result.Warnings)
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("/FontFile2")), "one weight for all, no sign from the last face")

	r = must(pdf.New(pdf.Options{Fallbacks: []pdf.Face{{Regular: liberationserifregular.TTF}}}))
	out.Reset()
	_, err = r.Render(t.Context(), &out, inv)
	require.NoError(t, err)
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("/FontFile2")), "two weights of the main face, none of the fallback")
}

func TestTheBytesOfTheHostAreNeverChanged(t *testing.T) {
	t.Parallel()
	regular, bold := bytes.Clone(liberationsansregular.TTF), bytes.Clone(liberationsansbold.TTF)
	r := must(pdf.New(pdf.Options{Main: pdf.Face{Regular: regular, Bold: bold}}))
	var out bytes.Buffer
	_, err := r.Render(t.Context(), &out, sample(30, "EUR"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(regular, liberationsansregular.TTF))
	require.True(t, bytes.Equal(bold, liberationsansbold.TTF))
}
