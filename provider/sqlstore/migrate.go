package sqlstore

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// SchemaVersion is the version of the schema that this program needs.
const SchemaVersion = 2

//go:embed migrations/postgres/*.sql migrations/sqlite/*.sql
var migrations embed.FS

// Files gives the migrations of a dialect, for the host's own tool: files named 0001_records.sql and so on, to be applied
// in this order, each in one transaction. Each writes its number into the table billhatch_schema, so that
// [Store.Validate] knows. A file is never edited after it was released. An unknown dialect has no files.
func Files(d Dialect) fs.FS {
	dir, err := fs.Sub(migrations, "migrations/"+string(d))
	if err != nil { // no dialect at all
		return embed.FS{}
	}
	return dir
}

// migration is a file.
type migration struct {
	version int
	text    string
	tables  []string // that it makes
}

var creates = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)

// migrationsOf reads the files of a dialect with a prefix, in order.
func migrationsOf(d Dialect, prefix string) ([]migration, error) {
	dir := Files(d)
	names, err := fs.Glob(dir, "*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var out []migration
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		m := migration{version: version, text: strings.ReplaceAll(string(text), defaultPrefix, prefix)}
		for _, match := range creates.FindAllStringSubmatch(m.text, -1) {
			m.tables = append(m.tables, match[1])
		}
		out = append(out, m)
	}
	return out, nil
}

// SQL gives the text that brings a schema with a prefix from one version to a later one, for the host's own tool: 0 is an
// empty database, [SchemaVersion] the newest; an empty prefix is the default one. It is to be run in one transaction. An
// unknown dialect, a prefix that [Open] refuses and versions that there are not are provider.ErrInvalid.
func SQL(d Dialect, prefix string, from, to int) (string, error) {
	if prefix == "" {
		prefix = defaultPrefix
	}
	if _, known := tongueOf(d); !known {
		return "", named("SQL", invalid("dialect", "unknown"))
	}
	if !prefixes.MatchString(prefix) {
		return "", named("SQL", invalid("prefix", "not usable"))
	}
	if from < 0 || to > SchemaVersion || from > to {
		return "", named("SQL", invalid("version", fmt.Sprintf("want 0 to %d, in order", SchemaVersion)))
	}
	files, err := migrationsOf(d, prefix)
	if err != nil {
		return "", named("SQL", err)
	}
	var b strings.Builder
	for _, m := range files[from:to] {
		b.WriteString(m.text)
	}
	return b.String(), nil
}

// Migrate brings the schema to [SchemaVersion], or leaves it as it was: everything is one transaction. Of several
// programs that migrate at once one does, and the others wait for it. A schema that is newer, or incomplete, is left
// alone: see [Store.Validate] for the errors.
func (s *Store) Migrate(ctx context.Context) error {
	_, err := write(ctx, s, "Migrate", func(here session) (none, error) {
		if s.dialect == PostgreSQL {
			sum := sha256.Sum256([]byte("billhatch migrate " + s.prefix))
			key := int64(binary.BigEndian.Uint64(sum[:])) // any number will do
			if _, err := here.exec(ctx, "SELECT pg_advisory_xact_lock(?)", key); err != nil {
				return none{}, err
			}
		}
		version, err := here.version(ctx)
		if err != nil {
			return none{}, err
		}
		text, err := SQL(s.dialect, s.prefix, version, SchemaVersion)
		if err != nil || text == "" {
			return none{}, err
		}
		_, err = here.q.ExecContext(ctx, text)
		return none{}, err
	})
	return err
}

// Validate wants the schema to be the one that this program needs, and the database to be set up for it. It changes
// nothing. The error is provider.ErrMisconfigured and wraps [ErrSchemaOlder], [ErrSchemaNewer], [ErrSchemaDamaged] or
// [ErrSetup]. Hosts call it when they start.
func (s *Store) Validate(ctx context.Context) error {
	_, err := ask(ctx, s, "Validate", func(here session) (none, error) {
		version, err := here.version(ctx)
		if err != nil {
			return none{}, err
		}
		if version < SchemaVersion {
			return none{}, misfit(ErrSchemaOlder, fmt.Sprintf("version %d, want %d", version, SchemaVersion))
		}
		return none{}, here.setup(ctx)
	})
	return err
}

func misfit(err error, detail string) error {
	return &provider.Error{Kind: provider.ErrMisconfigured, Message: err.Error() + ": " + detail, Err: err}
}

// version is that of the schema; 0: there is none. A newer one, or one that is incomplete, is an error.
func (s session) version(ctx context.Context) (int, error) {
	files, err := migrationsOf(s.dialect, s.prefix)
	if err != nil {
		return 0, err
	}
	there, err := s.tables(ctx)
	if err != nil {
		return 0, err
	}
	version := 0
	if there[s.prefix+"schema"] {
		err := s.each(ctx, func(scan func(...any) error) error {
			var v int
			if err := scan(&v); err != nil {
				return err
			}
			if version++; v != version {
				return misfit(ErrSchemaDamaged, fmt.Sprintf("version %d was not applied", version))
			}
			return nil
		}, "SELECT version FROM billhatch_schema ORDER BY version")
		if err != nil {
			return 0, err
		}
	}
	if version > len(files) {
		return 0, misfit(ErrSchemaNewer, fmt.Sprintf("version %d, want %d", version, len(files)))
	}
	for _, m := range files {
		for _, table := range m.tables {
			switch applied := m.version <= version; {
			case applied && !there[table]:
				return 0, misfit(ErrSchemaDamaged, "the table "+table+" is missing")
			case !applied && there[table]:
				return 0, misfit(ErrSchemaDamaged, fmt.Sprintf("version %d was half applied: there is a table %s already", m.version, table))
			}
		}
	}
	return version, nil
}

// tables are the names of all tables of the database's schema.
func (s session) tables(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		there[name] = true
		return err
	}, s.tongue.tables)
	return there, err
}

// setup wants the settings of the database to be those that package documentation asks for.
func (s session) setup(ctx context.Context) error {
	if s.dialect == PostgreSQL {
		var version int
		var encoding string
		err := s.row(ctx, "SELECT CAST(current_setting('server_version_num') AS integer), current_setting('server_encoding')").
			Scan(&version, &encoding)
		switch {
		case err != nil:
			return err
		case version < 15_00_00:
			return misfit(ErrSetup, "PostgreSQL is older than 15")
		case encoding != "UTF8":
			return misfit(ErrSetup, "the encoding of the database is not UTF8")
		}
		return nil
	}
	var timeout int
	if err := s.row(ctx, "PRAGMA busy_timeout").Scan(&timeout); err != nil {
		return err
	}
	var journal string
	if err := s.row(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return err
	}
	switch {
	case timeout < 1000:
		return misfit(ErrSetup, "want a busy_timeout of 1000 ms or more")
	case journal != "wal" && journal != "memory": // a database in memory has no other
		return misfit(ErrSetup, "want the journal_mode wal")
	}
	return nil
}
