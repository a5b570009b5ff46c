package webhook

import "time"

// Remembered is how many failed events are remembered.
func (w *Worker) Remembered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// MaxWaiting bounds how many failed events are remembered.
const MaxWaiting = maxWaiting

// Fail has an event count as failed.
func (w *Worker) Fail(id string, now time.Time) { w.failed(id, now) }
