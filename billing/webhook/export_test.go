package webhook

// Remembered is how many failed events are remembered.
func (w *Worker) Remembered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
