package riverbilling

import (
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/billhatch/billhatch/usage/civil"
)

// Monthly says when months are closed by themselves. Clock and First are required.
type Monthly struct {
	Clock func() time.Time // time.Now in a program
	// First is the first day of the first month that is closed by itself. Earlier ones are left alone, so that a program
	// that is started for the first time does not bill what was billed in another way.
	First civil.Date
	// After is how long after the end of a month, in UTC, it is closed: long enough for usage to come in. 0: 12 hours,
	// when the month is over in every zone; accounts whose month is not over yet wait in any case.
	After time.Duration
}

// defaultAfter is the After of a Monthly that has none.
const defaultAfter = 12 * time.Hour

// maxAfter keeps a month from being closed after the next one should have been.
const maxAfter = 27 * 24 * time.Hour

// Job gives the periodic job for Config.PeriodicJobs of a client. River's elected leader inserts the run of the last month
// once it is time, and again whenever a leader is elected, because a leader may be missing at the time itself: what is
// closed is not closed again.
func (m Monthly) Job() (*river.PeriodicJob, error) {
	switch {
	case m.Clock == nil:
		return nil, invalid("Clock", "required; time.Now in a program")
	case m.First.IsZero():
		return nil, invalid("First", "required: the first day of the first month that is closed by itself")
	case m.After < 0 || m.After > maxAfter:
		return nil, invalid("After", "want 0 to 27 days")
	}
	return river.NewPeriodicJob(m, m.job, &river.PeriodicJobOpts{ID: "billhatch_monthly", RunOnStart: true}), nil
}

func (m Monthly) after() time.Duration {
	if m.After == 0 {
		return defaultAfter
	}
	return m.After
}

// Next is when the next month is closed, for River.
func (m Monthly) Next(now time.Time) time.Time {
	month, err := civil.MonthOf(now.Add(-m.after()), time.UTC)
	if err != nil { // year 9999
		return river.NeverSchedule().Next(now)
	}
	return month.To().Start(time.UTC).Add(m.after())
}

// job is the run of the month that was over last, unless that is not to be closed by itself.
func (m Monthly) job() (river.JobArgs, *river.InsertOpts) {
	now, err := civil.MonthOf(m.Clock().Add(-m.after()), time.UTC)
	if err != nil {
		return nil, nil
	}
	month := now.Prev()
	if month.IsZero() || month.From().Before(m.First) {
		return nil, nil
	}
	opts := options()
	opts.UniqueOpts.ByState = rivertype.UniqueOptsByStateDefault() // also one that is done, while River remembers it
	return RunArgs{From: month.From(), To: month.To(), Scheduled: true}, &opts
}
