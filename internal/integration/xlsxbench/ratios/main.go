// Command ratios measures the workbook writer against excelize and against the limit, each measurement in
// a process of its own and in turns, and prints ratios.
//
//	go run ./xlsxbench/ratios [-rounds 5] [-only 200x5000] [-level fast]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/billhatch/billhatch/internal/integration/xlsxbench"
	"github.com/billhatch/billhatch/report/xlsx"
)

// sample is one measurement of one writer.
type sample struct {
	wall, cpu time.Duration
	peakKB    int64
	bytes     int64
}

func main() {
	rounds := flag.Int("rounds", 5, "measurements of each writer, taken in turns")
	only := flag.String("only", "200x5000", "shape, tabs x rows")
	writers := flag.String("writers", "limit,own1,own2,fast2,inline2,excelize", "what to measure")
	child := flag.String("child", "", "internal: measure this writer in this process")
	warm := flag.Int("warm", 0, "so many workbooks more in each process, the mean of which counts, not the first")
	flag.Parse()
	var shape xlsxbench.Shape
	if _, err := fmt.Sscanf(*only, "%dx%d", &shape.Tabs, &shape.Rows); err != nil {
		fail(err)
	}
	if *child != "" {
		measure(*child, shape, *warm)
		return
	}
	names := strings.Split(*writers, ",")
	samples := map[string][]sample{}
	for range *rounds {
		for _, name := range names {
			samples[name] = append(samples[name], spawn(name, *only, *warm))
		}
	}
	report(names, samples)
}

// spawn runs one measurement in a process of its own.
func spawn(name, shape string, warm int) sample {
	self, err := os.Executable()
	if err != nil {
		fail(err)
	}
	cmd := exec.CommandContext(context.Background(), self, "-child", name, "-only", shape, "-warm", strconv.Itoa(warm))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fail(err)
	}
	var s sample
	if _, err := fmt.Sscan(string(out), &s.wall, &s.cpu, &s.bytes); err != nil {
		fail(err)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peakKB = usage.Maxrss
	}
	return s
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func measure(name string, shape xlsxbench.Shape, warm int) {
	t := xlsxbench.NewTable(shape)
	var out counter
	start, used := time.Now(), cpuTime()
	for i := range warm + 1 {
		if i == 1 { // the first one was to warm up
			start, used = time.Now(), cpuTime()
		}
		out.n = 0
		if err := write(name, &out, t, shape); err != nil {
			fail(err)
		}
	}
	n := int64(max(warm, 1))
	fmt.Println(int64(time.Since(start))/n, int64(cpuTime()-used)/n, out.n)
}

func write(name string, out io.Writer, t *xlsxbench.Table, shape xlsxbench.Shape) error {
	switch name {
	case "limit":
		return xlsxbench.WriteLimit(out, t, shape, 6)
	case "limitfast":
		return xlsxbench.WriteLimit(out, t, shape, 1)
	case "excelize":
		return xlsxbench.WritePeer(out, t, shape)
	}
	kind := strings.TrimRight(name, "0123456789")
	workers, err := strconv.Atoi(name[len(kind):])
	if err != nil {
		return fmt.Errorf("unknown writer %q", name)
	}
	options := xlsx.Options{Workers: workers}
	switch kind {
	case "own":
	case "fast":
		options.Level = xlsx.Fast
	case "inline":
		options.InlineStrings = true
	default:
		return fmt.Errorf("unknown writer %q", name)
	}
	return xlsxbench.WriteOwn(context.Background(), out, t, shape, options)
}

// report prints best wall time, median CPU time, median peak, and the ratios to the last writer.
func report(names []string, samples map[string][]sample) {
	base := summary(samples[names[len(names)-1]])
	fmt.Printf("%-10s %10s %10s %9s %9s   ÷ %s: wall, CPU, peak, file\n", "writer", "wall ms", "CPU ms", "peak MB", "file MB", names[len(names)-1])
	for _, name := range names {
		s := summary(samples[name])
		fmt.Printf("%-10s %10.2f %10.2f %9.1f %9.2f   %.3f %.3f %.3f %.3f\n", name, ms(s.wall), ms(s.cpu), float64(s.peakKB)/1024, float64(s.bytes)/1e6,
			ms(s.wall)/ms(base.wall), ms(s.cpu)/ms(base.cpu), float64(s.peakKB)/float64(base.peakKB), float64(s.bytes)/float64(base.bytes))
	}
}

func summary(all []sample) sample {
	s := sample{bytes: all[0].bytes}
	s.wall = slices.MinFunc(all, func(a, b sample) int { return int(a.wall - b.wall) }).wall
	slices.SortFunc(all, func(a, b sample) int { return int(a.cpu - b.cpu) })
	s.cpu = all[len(all)/2].cpu
	slices.SortFunc(all, func(a, b sample) int { return int(a.peakKB - b.peakKB) })
	s.peakKB = all[len(all)/2].peakKB
	return s
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is the time of all threads of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		fail(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
