package riverbilling

import (
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
)

// ErrConfig is the kind of every error about a configuration.
var ErrConfig = errors.New("riverbilling: invalid configuration")

// Config is what the workers are made of. The first three fields are required.
type Config struct {
	Closer  *closing.Closer
	Records provider.Records // must be able to list accounts
	Clock   func() time.Time // time.Now in a program

	// Timeout bounds one attempt to close an account. It should be longer than the lease of a closing, which an attempt may
	// wait for, and must be shorter than RescueStuckJobsAfter of the client. 0: [DefaultTimeout].
	Timeout time.Duration
}

// DefaultTimeout is the Timeout of a Config that has none.
const DefaultTimeout = 10 * time.Minute

// AddWorkers adds the workers for [CloseArgs] and [RunArgs]. The type parameter is the transaction of the client's driver,
// such as pgx.Tx.
func AddWorkers[TTx any](workers *river.Workers, cfg Config) error {
	switch {
	case workers == nil:
		return invalid("workers", "required")
	case cfg.Closer == nil:
		return invalid("Closer", "required")
	case cfg.Records == nil:
		return invalid("Records", "required")
	case cfg.Clock == nil:
		return invalid("Clock", "required; time.Now in a program")
	case cfg.Timeout < 0:
		return invalid("Timeout", "negative")
	}
	accounts, ok := provider.As[provider.AccountLister](cfg.Records)
	if !ok {
		return invalid("Records", "cannot list accounts")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	err := river.AddWorkerSafely(workers, &closeWorker{closer: cfg.Closer, clock: cfg.Clock, timeout: cfg.Timeout})
	if err == nil {
		err = river.AddWorkerSafely(workers, &runWorker[TTx]{accounts: accounts, timeout: cfg.Timeout})
	}
	if err != nil {
		return invalid("workers", "%v", err)
	}
	return nil
}

// invalid says which field of a configuration is wrong.
func invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrConfig, field, fmt.Sprintf(format, args...))
}
