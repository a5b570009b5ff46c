package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// server is the one of this binary.
type server struct {
	dir  string
	cmd  *exec.Cmd
	dbs  atomic.Int64
	mu   sync.Mutex // of creating databases: a template is used by one at a time
	made map[string]bool
}

// start is called by the first test that needs a server; the others wait for it.
var start = sync.OnceValues(run)

// Run runs the tests of a package, and ends the server after them. Every package that uses pgtest has it as its TestMain:
//
//	func TestMain(m *testing.M) { pgtest.Run(m) }
func Run(m *testing.M) {
	code := m.Run()
	if s := running.Load(); s != nil {
		s.stop()
	}
	os.Exit(code)
}

// running is the server when there is one.
var running atomic.Pointer[server]

// errMissing is for a machine without PostgreSQL.
var errMissing = errors.New("PostgreSQL is not installed: no initdb under /usr/lib/postgresql or in PATH")

// DSN gives the address of a new, empty database for a test. It goes with the server.
func DSN(tb testing.TB) string {
	tb.Helper()
	return get(tb).database(tb, "template0")
}

// Copy gives the address of a new database for a test that is a copy of another one, which has been prepared once under a
// name of the caller's: a schema takes longer to make than to copy.
func Copy(tb testing.TB, name string, prepare func(dsn string) error) string {
	tb.Helper()
	s := get(tb)
	s.prepare(tb, "template_"+name, prepare)
	return s.database(tb, "template_"+name)
}

func get(tb testing.TB) *server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("not with -short")
	}
	s, err := start()
	switch {
	case err == nil:
		return s
	case errors.Is(err, errMissing) && os.Getenv("BILLHATCH_INTEGRATION") != "1":
		tb.Skipf("%v; BILLHATCH_INTEGRATION=1 makes this a failure", err)
	default:
		tb.Fatal(err)
	}
	return nil
}

func (s *server) prepare(tb testing.TB, name string, prepare func(dsn string) error) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made[name] {
		return
	}
	s.create(tb, name, "template0")
	if err := prepare(s.dsn(name)); err != nil {
		tb.Fatal(err)
	}
	s.made[name] = true
}

func (s *server) database(tb testing.TB, template string) string {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "test_" + strconv.FormatInt(s.dbs.Add(1), 10)
	s.create(tb, name, template)
	return s.dsn(name)
}

// create makes a database. The names are the package's own.
func (s *server) create(tb testing.TB, name, template string) {
	tb.Helper()
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	query := fmt.Sprintf("CREATE DATABASE %q TEMPLATE %q ENCODING 'UTF8' LOCALE 'C.UTF-8'", name, template)
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		tb.Fatal(err)
	}
}

func (s *server) dsn(database string) string {
	return fmt.Sprintf("host=%s port=5432 user=postgres dbname=%s sslmode=disable", s.dir, database)
}

// run makes a cluster and starts its server.
func run() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short: it is the path of a socket
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, made: map[string]bool{}}
	as, err := account(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=300"}
	for _, setting := range []string{ // nothing has to outlive the machine
		"fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=256MB", "max_wal_size=4GB",
		"autovacuum=off", "logging_collector=off", "log_min_messages=fatal",
	} {
		args = append(args, "-c", setting)
	}
	s.cmd = exec.CommandContext(context.Background(), filepath.Join(bin, "postgres"), args...)
	s.cmd.SysProcAttr, s.cmd.Dir = as, dir
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	running.Store(s)
	return s, s.wait()
}

// wait until the server answers.
func (s *server) wait() error {
	db, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// stop ends the server that this binary has started, at once.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// account gives a directory to the user who runs the server: PostgreSQL does not run as root.
func account(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT} // also when the binary is killed
	if os.Geteuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, nil
	}
	return nil, errors.New("neither a user postgres nor nobody to run PostgreSQL as")
}

// binaries finds the directory of the newest PostgreSQL.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	major := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errMissing
}
