package compiled

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"sync"
)

// ErrUnsupported is the kind of every error: html/template has to execute the template.
var ErrUnsupported = errors.New("not supported")

// Template is a set of templates of html/template, ready to be executed. It is safe for concurrent use.
type Template struct {
	bodies map[string]*body
	idle   sync.Pool // of *execution
}

// Constant gives what a method of the data gives for constant arguments, where that is the same in every execution: then
// it is not called. Methods are known by their names alone, whatever they are methods of.
type Constant func(method string, args []string) (value string, ok bool)

// New compiles the named templates of a set, and those that they execute. Each has been executed before, by which
// html/template has escaped it. Errors: [ErrUnsupported].
func New(set *template.Template, constant Constant, names ...string) (t *Template, err error) {
	c := &compiler{set: set, constant: constant, bodies: map[string]*body{}}
	defer func() {
		if u, ok := recover().(unsupported); ok {
			t, err = nil, fmt.Errorf("%w: %s", ErrUnsupported, u.what)
		}
	}()
	for _, name := range names {
		c.body(name)
	}
	return &Template{bodies: c.bodies}, nil
}

// Append executes a template and appends what it writes to dst. With an error it gives dst as it was. Errors:
// [ErrUnsupported], also for a method that fails. A method that panics, panics.
func (t *Template) Append(dst []byte, name string, data any) (out []byte, err error) {
	b := t.bodies[name]
	if b == nil {
		return dst, fmt.Errorf("%w: there is no template %q", ErrUnsupported, name)
	}
	x, ok := t.idle.Get().(*execution)
	if !ok {
		x = &execution{}
	}
	defer func() {
		switch v := recover().(type) {
		case nil:
		case unsupported:
			out, err = dst, fmt.Errorf("%w: %s: %s", ErrUnsupported, name, v.what)
		default:
			panic(v)
		}
	}()
	x.out = dst
	x.execute(b, reflect.ValueOf(data))
	out, x.out = x.out, nil
	t.idle.Put(x)
	return out, nil
}

// unsupported is what is thrown when html/template has to do it.
type unsupported struct{ what string }

func unsupportedf(format string, args ...any) {
	panic(unsupported{fmt.Sprintf(format, args...)})
}

// execution is one execution of a template.
type execution struct {
	out  []byte
	vars []reflect.Value // of the templates that are being executed, the innermost last
	base int             // where those of the innermost begin
	args []reflect.Value // of the calls that are being prepared
}

// body is a template as steps. Variable 0 is $.
type body struct {
	vars  int // how many there are at most
	steps []step
}

// step writes something; expr gives a value. Both get the dot.
type (
	step func(x *execution, dot reflect.Value)
	expr func(x *execution, dot reflect.Value) reflect.Value
)

// execute runs a template with variables of its own.
func (x *execution) execute(b *body, dot reflect.Value) {
	outer := x.base
	x.base = len(x.vars)
	x.vars = append(x.vars, dot)
	for range b.vars - 1 {
		x.vars = append(x.vars, reflect.Value{})
	}
	x.run(b.steps, dot)
	clear(x.vars[x.base:]) // nothing of a page is kept
	x.vars, x.base = x.vars[:x.base], outer
}

func (x *execution) run(steps []step, dot reflect.Value) {
	for _, s := range steps {
		s(x, dot)
	}
}
