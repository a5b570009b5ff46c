package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// ErrConfig is the kind of every error of the constructors.
var ErrConfig = errors.New("webhook: invalid configuration")

// Config is what a [Handler] is made of. Payments, Records and Clock are required.
type Config struct {
	Payments provider.Payments // must be able to verify webhooks
	Records  provider.Records  // must be able to keep an inbox
	Clock    func() time.Time  // time.Now in a program; signatures are compared with it

	// Live says whether live or test events are expected. Those of the other mode are acknowledged and left alone, since
	// providers send both to the same address.
	Live bool
	// ConnectedAccount is the account whose events are expected, as they name it (Stripe: acct_…); empty: the provider's
	// own. Those of other accounts are acknowledged and left alone.
	ConnectedAccount string

	// Received is called after a new event was stored, such as [Worker.Wake]. It must not block; nil: nobody is told.
	Received func()

	MaxBody     int64 // of a request, in bytes; 0: DefaultMaxBody, which is also the most
	MaxInFlight int   // requests at work; more are refused. 0: DefaultMaxInFlight
	// BodyTimeout bounds how long a body may take to arrive, StoreTimeout how long storing an event may. 0: 10 seconds.
	BodyTimeout, StoreTimeout time.Duration

	Logger *slog.Logger // nil: silent. It never gets a body or a signature.
}

// Defaults of Config. The first two bound the memory that bodies fill: 16 MiB, and as much again while bodies of untold
// length grow.
const (
	DefaultMaxBody     = 256 << 10 // what every inbox must be able to keep
	DefaultMaxInFlight = 64
	DefaultTimeout     = 10 * time.Second
)

// complete checks the configuration and fills the defaults in.
func (c *Config) complete() error {
	switch {
	case c.Payments == nil:
		return invalid("Payments", "required")
	case c.Records == nil:
		return invalid("Records", "required")
	case c.Clock == nil:
		return invalid("Clock", "required; time.Now in a program")
	case len(provider.Missing(c.Payments, provider.CanVerifyWebhook)) > 0:
		return invalid("Payments", "cannot verify webhooks")
	case len(provider.Missing(c.Records, provider.CanKeepInbox)) > 0:
		return invalid("Records", "cannot keep an inbox")
	case c.MaxBody < 0 || c.MaxBody > DefaultMaxBody:
		return invalid("MaxBody", "want 1 to %d", DefaultMaxBody)
	case c.MaxInFlight < 0:
		return invalid("MaxInFlight", "negative")
	case c.BodyTimeout < 0 || c.StoreTimeout < 0:
		return invalid("BodyTimeout", "negative, or StoreTimeout is")
	}
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = DefaultMaxInFlight
	}
	if c.BodyTimeout == 0 {
		c.BodyTimeout = DefaultTimeout
	}
	if c.StoreTimeout == 0 {
		c.StoreTimeout = DefaultTimeout
	}
	if c.Received == nil {
		c.Received = func() {}
	}
	c.Logger = loggerOf(c.Logger)
	return nil
}

func loggerOf(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

// invalid says which field of the configuration is wrong.
func invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrConfig, field, fmt.Sprintf(format, args...))
}
