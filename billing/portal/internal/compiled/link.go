package compiled

import (
	"reflect"
	"sync/atomic"
)

// link is a name in a chain: a field, or a method with its arguments.
type link struct {
	name string
	args []argument
	last atomic.Pointer[meaning]
}

// meaning is what a name is in a type. It never changes.
type meaning struct {
	of        reflect.Type
	addressed bool // the value has an address, and so the methods of its pointer

	field  []int // index of a field
	method int   // index of a method; none: it is a field
	params []reflect.Type
	more   reflect.Type // of each further argument of a method that takes any number
}

const none = -1

// value gives the field, or calls the method.
func (l *link) value(x *execution, dot, of reflect.Value) reflect.Value {
	of = inner(of)
	m := l.last.Load()
	if m == nil || m.of != of.Type() || m.addressed != of.CanAddr() {
		m = l.meaning(of)
		l.last.Store(m)
	}
	var v reflect.Value
	switch {
	case m.method != none:
		if m.addressed {
			of = of.Addr()
		}
		v = l.call(x, dot, of.Method(m.method), m)
	case len(m.field) == 1:
		v = of.Field(m.field[0])
	default:
		var err error
		if v, err = of.FieldByIndexErr(m.field); err != nil {
			unsupportedf("%v", err)
		}
	}
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// meaning finds the method, or else the field.
func (l *link) meaning(of reflect.Value) *meaning {
	m := &meaning{of: of.Type(), addressed: of.CanAddr(), method: none}
	if m.addressed {
		of = of.Addr()
	}
	if method, ok := of.Type().MethodByName(l.name); ok {
		m.method = method.Index
		l.signature(m, of.Method(method.Index).Type())
		return m
	}
	if m.of.Kind() != reflect.Struct {
		unsupportedf("%s of %s", l.name, m.of)
	}
	field, ok := m.of.FieldByName(l.name)
	if !ok || !field.IsExported() || len(l.args) > 0 {
		unsupportedf("%s of %s", l.name, m.of)
	}
	m.field = field.Index
	return m
}

// signature notes what a method takes, and checks what it gives: a value, perhaps with an error.
func (l *link) signature(m *meaning, t reflect.Type) {
	good := t.NumOut() == 1 || t.NumOut() == 2 && t.Out(1) == reflect.TypeFor[error]()
	for i := range t.NumIn() {
		m.params = append(m.params, t.In(i))
	}
	if t.IsVariadic() {
		last := len(m.params) - 1
		m.params, m.more = m.params[:last], m.params[last].Elem()
	}
	if !good || len(l.args) < len(m.params) || len(l.args) > len(m.params) && m.more == nil {
		unsupportedf("%s of %s with %d arguments", l.name, m.of, len(l.args))
	}
}

func (l *link) call(x *execution, dot, method reflect.Value, m *meaning) reflect.Value {
	mark := len(x.args)
	for i, arg := range l.args {
		t := m.more
		if i < len(m.params) {
			t = m.params[i]
		}
		v := arg.as(x, dot, t) // may use x.args itself
		x.args = append(x.args, v)
	}
	out := method.Call(x.args[mark:])
	clear(x.args[mark:])
	x.args = x.args[:mark]
	if len(out) > 1 && !out[1].IsNil() {
		unsupportedf("%s of %s fails", l.name, m.of)
	}
	return out[0]
}

// argument of a method.
type argument struct {
	value   expr // nil: the literal nil
	literal bool // it takes any type of its kind
}

// as gives an argument as a parameter of a type takes it.
func (a *argument) as(x *execution, dot reflect.Value, t reflect.Type) reflect.Value {
	if a.value == nil {
		if k := t.Kind(); k != reflect.Pointer && k != reflect.Slice && k != reflect.Interface {
			unsupportedf("nil for %s", t)
		}
		return reflect.Zero(t)
	}
	v := a.value(x, dot)
	switch {
	case !v.IsValid():
		unsupportedf("no value for %s", t)
	case v.Type() == t, v.Type().AssignableTo(t):
	case a.literal && v.Kind() == t.Kind():
		v = v.Convert(t)
	case v.Kind() == reflect.Pointer && v.Type().Elem().AssignableTo(t) && !v.IsNil():
		v = v.Elem()
	case v.CanAddr() && reflect.PointerTo(v.Type()).AssignableTo(t):
		v = v.Addr()
	default:
		unsupportedf("%s for %s", v.Type(), t)
	}
	return v
}
