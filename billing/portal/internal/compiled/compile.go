package compiled

import (
	"html/template"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// compiler turns trees into functions. It throws what it does not support.
type compiler struct {
	set      *template.Template
	constant Constant
	bodies   map[string]*body // nil: being compiled

	vars []string // names of the variables in scope of the body that is being compiled
	most int      // of them at a time
}

// body compiles a template, unless it has been.
func (c *compiler) body(name string) *body {
	if b, ok := c.bodies[name]; ok {
		if b == nil {
			unsupportedf("template %q executes itself", name)
		}
		return b
	}
	t := c.set.Lookup(name)
	if t == nil || t.Tree == nil {
		unsupportedf("no template %q", name) // or one that html/template has derived for its place
	}
	c.bodies[name] = nil
	vars, most := c.vars, c.most
	c.vars, c.most = []string{"$"}, 1
	b := &body{steps: c.list(t.Tree.Root)}
	b.vars = c.most
	c.vars, c.most = vars, most
	c.bodies[name] = b
	return b
}

// declare gives a new variable its place.
func (c *compiler) declare(name string) int {
	c.vars = append(c.vars, name)
	c.most = max(c.most, len(c.vars))
	return len(c.vars) - 1
}

// place finds a variable.
func (c *compiler) place(name string) int {
	for i, v := range slices.Backward(c.vars) {
		if v == name {
			return i
		}
	}
	unsupportedf("variable %s is not declared", name)
	return 0
}

// list compiles the nodes in the order of the template. Texts that follow each other become one.
func (c *compiler) list(list *parse.ListNode) []step {
	if list == nil {
		return nil
	}
	var steps []step
	var text []byte
	write := func() {
		if literal := string(text); literal != "" {
			steps = append(steps, func(x *execution, _ reflect.Value) { x.out = append(x.out, literal...) })
		}
		text = nil
	}
	for _, node := range list.Nodes {
		if more, ok := c.text(node); ok {
			text = append(text, more...)
			continue
		}
		write()
		steps = append(steps, c.node(node))
	}
	write()
	return steps
}

// text gives what a node writes in every execution, if that is known.
func (c *compiler) text(node parse.Node) ([]byte, bool) {
	switch n := node.(type) {
	case *parse.TextNode:
		return n.Text, true
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return nil, false
		}
		if s, ok := c.known(n.Pipe.Cmds[0]); ok {
			return escaperOf(n.Pipe.Cmds[1:]).append(nil, s), true
		}
	}
	return nil, false
}

func (c *compiler) node(node parse.Node) step {
	switch n := node.(type) {
	case *parse.ActionNode:
		return c.action(n.Pipe)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, false)
	case *parse.WithNode:
		return c.branch(&n.BranchNode, true)
	case *parse.RangeNode:
		return c.loop(&n.BranchNode)
	case *parse.TemplateNode:
		b, arg := c.body(n.Name), c.optional(n.Pipe)
		return func(x *execution, dot reflect.Value) { x.execute(b, arg(x, dot)) }
	}
	unsupportedf("%s", node)
	return nil
}

// action compiles {{value}} and {{$name := value}}.
func (c *compiler) action(pipe *parse.PipeNode) step {
	if len(pipe.Decl) == 0 {
		value, escape := c.command(pipe.Cmds[0]), escaperOf(pipe.Cmds[1:])
		return func(x *execution, dot reflect.Value) { x.out = escape.value(x.out, value(x, dot)) }
	}
	value := c.pipe(pipe)
	place := c.target(pipe)
	return func(x *execution, dot reflect.Value) { x.vars[x.base+place] = value(x, dot) }
}

// target is the place of the one variable that a pipeline declares or sets.
func (c *compiler) target(pipe *parse.PipeNode) int {
	name := pipe.Decl[0].Ident[0]
	if len(pipe.Decl) != 1 || name == "$" {
		unsupportedf("%s", pipe)
	}
	if pipe.IsAssign {
		return c.place(name)
	}
	return c.declare(name)
}

// branch compiles {{if}} and {{with}}.
func (c *compiler) branch(n *parse.BranchNode, with bool) step {
	scope := len(c.vars)
	condition, place := c.pipe(n.Pipe), 0
	if len(n.Pipe.Decl) > 0 {
		place = c.target(n.Pipe)
	}
	then, otherwise := c.scoped(n.List), c.scoped(n.ElseList)
	c.vars = c.vars[:scope]
	return func(x *execution, dot reflect.Value) {
		v := condition(x, dot)
		if place > 0 {
			x.vars[x.base+place] = v
		}
		switch {
		case !truth(v):
			x.run(otherwise, dot)
		case with:
			x.run(then, v)
		default:
			x.run(then, dot)
		}
	}
}

// loop compiles {{range}} over a slice.
func (c *compiler) loop(n *parse.BranchNode) step {
	if n.Pipe.IsAssign {
		unsupportedf("%s", n.Pipe)
	}
	scope := len(c.vars)
	list := c.pipe(n.Pipe)
	index, element := 0, 0
	switch names := n.Pipe.Decl; len(names) {
	case 1:
		element = c.declare(names[0].Ident[0])
	case 2:
		index, element = c.declare(names[0].Ident[0]), c.declare(names[1].Ident[0])
	}
	each, none := c.scoped(n.List), c.scoped(n.ElseList)
	c.vars = c.vars[:scope]
	set := func(x *execution, i, item reflect.Value) {
		if index > 0 {
			x.vars[x.base+index] = i
		}
		if element > 0 {
			x.vars[x.base+element] = item
		}
	}
	return func(x *execution, dot reflect.Value) {
		v := list(x, dot)
		items := inner(v)
		if items.Kind() != reflect.Slice {
			unsupportedf("a range over %s", items.Kind())
		}
		if items.Len() == 0 {
			set(x, v, v)
			x.run(none, dot)
		}
		for i := range items.Len() {
			set(x, reflect.ValueOf(i), items.Index(i))
			x.run(each, items.Index(i))
		}
	}
}

// scoped compiles a list whose variables end with it.
func (c *compiler) scoped(list *parse.ListNode) []step {
	scope := len(c.vars)
	steps := c.list(list)
	c.vars = c.vars[:scope]
	return steps
}

// optional compiles the argument of {{template}}, which may have none.
func (c *compiler) optional(pipe *parse.PipeNode) expr {
	if pipe == nil {
		return func(*execution, reflect.Value) reflect.Value { return reflect.Value{} }
	}
	if len(pipe.Decl) > 0 {
		unsupportedf("%s", pipe)
	}
	return c.pipe(pipe)
}

// known gives the value of a command whose value is the same in every execution.
func (c *compiler) known(cmd *parse.CommandNode) (string, bool) {
	var method string
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		if len(n.Ident) == 1 {
			method = n.Ident[0]
		}
	case *parse.VariableNode:
		if len(n.Ident) == 2 { //nolint:mnd // the variable and the method
			method = n.Ident[1]
		}
	}
	if method == "" || c.constant == nil {
		return "", false
	}
	var args []string
	for _, arg := range cmd.Args[1:] {
		text, ok := arg.(*parse.StringNode)
		if !ok {
			return "", false
		}
		args = append(args, text.Text)
	}
	return c.constant(method, args)
}

// escaperOf finds how html/template escapes a value, by the commands that it has put behind it.
func escaperOf(cmds []*parse.CommandNode) *escaper {
	var names []string
	for _, cmd := range cmds {
		names = append(names, strings.TrimPrefix(cmd.String(), "_html_template_"))
	}
	e, ok := escapers[strings.Join(names, " ")]
	if !ok {
		unsupportedf("escaping by %q", names)
	}
	return e
}
