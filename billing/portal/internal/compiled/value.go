package compiled

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// pipe compiles the value of a pipeline of one command.
func (c *compiler) pipe(pipe *parse.PipeNode) expr {
	if len(pipe.Cmds) != 1 {
		unsupportedf("%s", pipe)
	}
	return c.command(pipe.Cmds[0])
}

// command compiles a field, a variable, a call or a literal.
func (c *compiler) command(cmd *parse.CommandNode) expr {
	if s, ok := c.known(cmd); ok {
		return literal(reflect.ValueOf(s))
	}
	args := cmd.Args[1:]
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return c.chain(itself, n.Ident, args)
	case *parse.VariableNode:
		return c.chain(c.variable(n), n.Ident[1:], args)
	case *parse.ChainNode:
		return c.chain(c.value(n.Node), n.Field, args)
	case *parse.IdentifierNode:
		return c.function(n.Ident, args)
	}
	if len(args) > 0 {
		unsupportedf("%s", cmd)
	}
	return c.value(cmd.Args[0])
}

// value compiles what stands as an argument.
func (c *compiler) value(node parse.Node) expr {
	switch n := node.(type) {
	case *parse.DotNode:
		return itself
	case *parse.FieldNode:
		return c.chain(itself, n.Ident, nil)
	case *parse.VariableNode:
		return c.chain(c.variable(n), n.Ident[1:], nil)
	case *parse.ChainNode:
		return c.chain(c.value(n.Node), n.Field, nil)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			unsupportedf("%s", n)
		}
		return c.pipe(n)
	case *parse.StringNode:
		return literal(reflect.ValueOf(n.Text))
	case *parse.BoolNode:
		return literal(reflect.ValueOf(n.True))
	case *parse.NumberNode:
		if n.IsInt && int64(int(n.Int64)) == n.Int64 && !n.IsComplex {
			return literal(reflect.ValueOf(int(n.Int64)))
		}
	}
	unsupportedf("%s", node)
	return nil
}

func itself(_ *execution, dot reflect.Value) reflect.Value { return dot }

func literal(v reflect.Value) expr {
	return func(*execution, reflect.Value) reflect.Value { return v }
}

func (c *compiler) variable(n *parse.VariableNode) expr {
	place := c.place(n.Ident[0])
	return func(x *execution, _ reflect.Value) reflect.Value { return x.vars[x.base+place] }
}

// chain compiles .A.B.C, the last one with arguments if it is a method.
func (c *compiler) chain(of expr, names []string, args []parse.Node) expr {
	if len(names) == 0 {
		if len(args) > 0 {
			unsupportedf("arguments for what is no method")
		}
		return of
	}
	l := &link{name: names[len(names)-1]}
	for _, arg := range args {
		if arg.Type() == parse.NodeNil {
			l.args = append(l.args, argument{})
			continue
		}
		l.args = append(l.args, argument{c.value(arg), isLiteral(arg)})
	}
	if len(names) > 1 {
		of = c.chain(of, names[:len(names)-1], nil)
	}
	return func(x *execution, dot reflect.Value) reflect.Value { return l.value(x, dot, of(x, dot)) }
}

func isLiteral(node parse.Node) bool {
	switch node.Type() {
	case parse.NodeString, parse.NodeNumber, parse.NodeBool:
		return true
	}
	return false
}

// function compiles a function of the language.
func (c *compiler) function(name string, args []parse.Node) expr {
	var of []expr
	for _, arg := range args {
		of = append(of, c.value(arg))
	}
	two := len(of) == 2 //nolint:mnd // operands
	switch {
	case name == "and" && len(of) > 0, name == "or" && len(of) > 0:
		return shortCircuit(of, name == "or")
	case name == "not" && len(of) == 1:
		return func(x *execution, dot reflect.Value) reflect.Value { return reflect.ValueOf(!truth(of[0](x, dot))) }
	case name == "eq" && two, name == "ne" && two:
		equal := name == "eq"
		return func(x *execution, dot reflect.Value) reflect.Value {
			return reflect.ValueOf(same(of[0](x, dot), of[1](x, dot)) == equal)
		}
	case name == "gt" && two:
		return func(x *execution, dot reflect.Value) reflect.Value {
			return reflect.ValueOf(integer(of[0](x, dot)) > integer(of[1](x, dot)))
		}
	case name == "print":
		return func(x *execution, dot reflect.Value) reflect.Value {
			return reflect.ValueOf(fmt.Sprint(given(x, dot, of)...))
		}
	}
	unsupportedf("function %s with %d arguments", name, len(args))
	return nil
}

// shortCircuit gives the first value that decides, or the last one.
func shortCircuit(of []expr, decides bool) expr {
	return func(x *execution, dot reflect.Value) reflect.Value {
		var v reflect.Value
		for _, e := range of {
			if v = e(x, dot); truth(v) == decides {
				break
			}
		}
		return v
	}
}

// same compares texts, numbers of the same kind and truths.
func same(a, b reflect.Value) bool {
	switch {
	case a.Kind() == reflect.String && b.Kind() == reflect.String:
		return a.String() == b.String()
	case a.Kind() == reflect.Bool && b.Kind() == reflect.Bool:
		return a.Bool() == b.Bool()
	}
	return integer(a) == integer(b)
}

func integer(v reflect.Value) int64 {
	if !v.CanInt() {
		unsupportedf("%s as a number", v.Kind())
	}
	return v.Int()
}

// given are values as a function takes them.
func given(x *execution, dot reflect.Value, of []expr) []any {
	var values []any
	for _, e := range of {
		v := e(x, dot)
		if !v.IsValid() {
			unsupportedf("no value")
		}
		values = append(values, v.Interface())
	}
	return values
}

// truth is that of {{if}}: whether a value is not the zero of its type, or has any elements.
func truth(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	case reflect.Pointer:
		return !v.IsNil()
	case reflect.Struct:
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int() != 0
	}
	unsupportedf("the truth of %s", v.Kind())
	return false
}

// inner follows pointers and interfaces to what they lead to.
func inner(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			unsupportedf("a nil %s", v.Type())
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		unsupportedf("no value")
	}
	return v
}
