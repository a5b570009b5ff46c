package simulate

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain spends memory for time: worlds are small, and there are many of them.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}
