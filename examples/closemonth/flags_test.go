package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongFlagsAreOneLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a month before the first one (O7)", []string{"-month", "2025-12"}, `-month: period is not available: 2025-12 is before 2026-01-01 (today is 2026-11-01)`},
		{"a future month (O7)", []string{"-month", "2026-12"}, `-month: period is not available: 2026-12 has not begun (today is 2026-11-01)`},
		{"a month by another zone is not over yet", []string{"-month", "2026-11", "-now", "2026-11-01T03:59:59Z"}, `-month: period is not available: 2026-11 has not begun (today is 2026-10-31)`},
		{"a thirteenth month", []string{"-month", "2026-13"}, `-month: invalid period "2026-13": the month must be 1 to 12`},
		{"a month in words", []string{"-month", "October"}, `-month: invalid period "October": want the form 2006-01`},
		{"a day that does not exist", []string{"-now", "2026-02-30"}, `-now is "2026-02-30", want a date as 2026-11-01 or an instant as 2026-11-01T09:00:00Z`},
		{"an instant without a zone", []string{"-now", "2026-11-01T09:00:00"}, `-now is "2026-11-01T09:00:00", want a date as 2026-11-01 or an instant as 2026-11-01T09:00:00Z`},
		{"a reader who is neither", []string{"-reader", "guest"}, `-reader is "guest", want billing or member`},
		{"an unknown flag", []string{"-explian", "x"}, `flag provided but not defined: -explian (-h lists the flags)`},
		{"an argument too many", []string{"2026-10"}, `unexpected argument "2026-10" (-h lists the flags)`},
		{"a size that is none", []string{"-generate", "2000"}, `-generate is "2000", want tenants x users as 2000x500, at most 10000000 users in all`},
		{"no users", []string{"-generate", "2000x0"}, `-generate is "2000x0", want tenants x users as 2000x500, at most 10000000 users in all`},
		{"too many users", []string{"-generate", "5000000000x5000000000"}, `-generate is "5000000000x5000000000", want tenants x users as 2000x500, at most 10000000 users in all`},
		{"a user whom nobody knows", []string{"-explain", "nobody"}, `-explain: no row for "nobody" in 2026-10: unknown, not covered in that month, or in a tenant that was not billable`},
		{"a user of a tenant in its included days", []string{"-explain", "k501"}, `-explain: no row for "k501" in 2026-10: unknown, not covered in that month, or in a tenant that was not billable`},
		{"a folder that does not exist", []string{"-in", "nowhere"}, `nowhere/account.json: no such file or directory`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, c.args...)
			require.Equal(t, "closemonth: "+c.want+"\n", r.stderr)
			require.Equal(t, 1, r.code)
			require.Empty(t, r.stdout)
			require.Empty(t, filesIn(t, filepath.Dir(r.out)))
		})
	}
}

func TestAProgramThatReadsAFolderAsksTheClock(t *testing.T) {
	t.Parallel()
	code, _, stderr := executeInto(t, filepath.Join(t.TempDir(), "out"), "-in", copySample(t), "-month", "2999-01")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "2999-01 has not begun")
}

// TestTheProgressBar draws into memory; on anything but a terminal nobody draws.
func TestTheProgressBar(t *testing.T) {
	t.Parallel()
	var drawn bytes.Buffer
	set := &settings{messages: &drawn}
	quiet := newProgress(set)
	quiet.step("reading", 1, 2)
	quiet.clear()
	require.Empty(t, drawn.String())

	set.watchProgress = true
	bar := newProgress(set)
	bar.step("reading", 1, 2)
	bar.step("reading", 1, 2)
	require.Equal(t, "\rreading            ███████████████░░░░░░░░░░░░░░░  50 %\x1b[K", drawn.String(), "the same picture is drawn once")
	drawn.Reset()
	bar.step("reading", 0, 0)
	require.Contains(t, drawn.String(), "   0 %")
	bar.clear()
	drawn.Reset()
	bar.clear()
	require.Empty(t, drawn.String(), "there is nothing to take away")

	file, err := os.Create(filepath.Join(t.TempDir(), "plain"))
	require.NoError(t, err)
	defer file.Close()
	require.False(t, isTerminal(file))
	require.False(t, isTerminal(&drawn))
}

func TestStylesAreForTerminalsOnly(t *testing.T) {
	t.Parallel()
	for styled, want := range map[bool]string{true: "\x1b[1mTotal\x1b[0m\n", false: "Total\n"} {
		var out bytes.Buffer
		p := &printer{w: &out, styled: styled}
		p.strong("Total")
		require.Equal(t, want, out.String())
	}
}

func TestTextOfAFileDoesNotReachTheTerminalAsACommand(t *testing.T) {
	t.Parallel()
	dir := copySample(t)
	replace(t, dir, "tenants.json", `"name": "Norrland Timber AB"`, `"name": "Norrland\u001b[2J\nTimber"`)
	r := execute(t, "-in", dir, "-now", "2026-11-01")
	require.Equal(t, 0, r.code)
	require.Contains(t, r.stdout, "\nNorrland [2J Timber ")
	require.NotContains(t, r.stdout, "\x1b")
}
