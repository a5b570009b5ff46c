package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
)

// cookies are signed: they say who is signed in and until when, and nobody else can write them.
type cookies struct {
	key    []byte
	secure bool // the program is reached by https
	clock  func() time.Time
}

const (
	cookieName    = "production_session"
	sessionLength = 8 * time.Hour
)

func (c *cookies) set(w http.ResponseWriter, user string) {
	until := c.clock().Add(sessionLength)
	text := user + "|" + strconv.FormatInt(until.Unix(), 10)
	value := base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + base64.RawURLEncoding.EncodeToString(c.sign(text))
	c.write(w, value, int(sessionLength/time.Second))
}

func (c *cookies) clear(w http.ResponseWriter) { c.write(w, "", -1) }

func (c *cookies) write(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the program is reached by https
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}

// user gives the id of who is signed in; empty: nobody.
func (c *cookies) user(r *http.Request) string {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	payload, signature, ok := strings.Cut(cookie.Value, ".")
	if !ok {
		return ""
	}
	text, err1 := base64.RawURLEncoding.DecodeString(payload)
	sum, err2 := base64.RawURLEncoding.DecodeString(signature)
	if err1 != nil || err2 != nil || !hmac.Equal(sum, c.sign(string(text))) {
		return ""
	}
	id, until, _ := strings.Cut(string(text), "|")
	end, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !c.clock().Before(time.Unix(end, 0)) {
		return ""
	}
	return id
}

func (c *cookies) sign(text string) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// who gives the user of a request; nil: nobody.
func (h *house) who(r *http.Request) *user { return h.find(h.cookies.user(r)) }

// identify tells the library who is signed in. Staff of the host has no billing area.
func (h *house) identify(r *http.Request) (rbac.Principal, error) {
	u := h.who(r)
	if u == nil || u.operator() {
		return rbac.Principal{}, portal.ErrSignedOut
	}
	return u.principal(), nil
}
