package layercheck

import (
	"go/token"
	"go/types"
	"strings"
)

// CheckSurface walks the exported declarations of a type-checked package and reports floating
// point numbers, types from internal packages and types of third-party modules in them. Money
// is decimal, so decimal.Decimal is the one foreign type allowed everywhere.
func CheckSurface(pkg *types.Package, row Layer) []Finding {
	if row.Kind != Library && row.Kind != Support {
		return nil
	}
	w := &surface{pkg: pkg, seen: map[types.Type]bool{}}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); obj.Exported() {
			w.object(obj)
		}
	}
	return w.found
}

type surface struct {
	pkg   *types.Package
	name  string // the exported name being looked at
	seen  map[types.Type]bool
	found []Finding
}

func (w *surface) object(obj types.Object) {
	w.name = obj.Name()
	clear(w.seen)
	if _, ok := obj.(*types.TypeName); ok {
		if named, ok := obj.Type().(*types.Named); ok {
			w.declared(named)
			return
		}
	}
	w.walk(types.Unalias(obj.Type()))
}

// declared looks at what a host sees of a named type: its structure and its exported methods.
func (w *surface) declared(named *types.Named) {
	if w.seen[named] {
		return
	}
	w.seen[named] = true
	owner := w.name
	for i := range named.TypeParams().Len() {
		w.walk(named.TypeParams().At(i).Constraint())
	}
	w.walk(named.Underlying())
	for i := range named.NumMethods() {
		if m := named.Method(i); m.Exported() {
			w.name = owner + "." + m.Name()
			w.walk(m.Type())
		}
	}
	w.name = owner
}

func (w *surface) walk(t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		w.basic(t)
	case *types.Alias:
		w.named(t.Obj(), nil)
		w.walk(types.Unalias(t))
	case *types.Named:
		w.named(t.Obj(), t)
		for i := range t.TypeArgs().Len() {
			w.walk(t.TypeArgs().At(i))
		}
	case *types.Pointer:
		w.walk(t.Elem())
	case *types.Slice:
		w.walk(t.Elem())
	case *types.Array:
		w.walk(t.Elem())
	case *types.Chan:
		w.walk(t.Elem())
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case *types.Signature:
		w.signature(t)
	case *types.Struct:
		w.fields(t)
	case *types.Interface:
		w.methods(t)
	case *types.Union:
		for i := range t.Len() {
			w.walk(t.Term(i).Type())
		}
	}
}

func (w *surface) basic(t *types.Basic) {
	switch t.Kind() {
	case types.Float32, types.Float64, types.Complex64, types.Complex128, types.UntypedFloat, types.UntypedComplex:
		w.report("float", "shows "+t.String()+"; money, quantities and shares are decimal.Decimal or integers")
	}
}

// named judges a type that is mentioned by name. An exported type of our own is looked at
// where it is declared; an unexported one of the same package leaks through and is looked at here.
func (w *surface) named(obj *types.TypeName, named *types.Named) {
	if obj.Pkg() == nil {
		return
	}
	imported := obj.Pkg().Path()
	_, isOurs := ours(imported)
	switch {
	case obj.Pkg() == w.pkg:
		if named != nil && !obj.Exported() {
			w.declared(named)
		}
	case isOurs:
		if strings.Contains(imported+"/", "/internal/") {
			w.report("internal type", "shows "+imported+"."+obj.Name()+", which no host can name; declare the type here or turn it into a plain value")
		}
	case !standard(imported) && !within(imported, modDecimal):
		w.report("foreign type", "shows "+imported+"."+obj.Name()+"; translate it into a type of ours at the boundary")
	}
}

func (w *surface) signature(sig *types.Signature) {
	for i := range sig.TypeParams().Len() {
		w.walk(sig.TypeParams().At(i).Constraint())
	}
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			w.walk(v.Type())
		}
	}
}

func (w *surface) fields(s *types.Struct) {
	for f := range s.Fields() {
		if f.Exported() || f.Embedded() {
			w.walk(f.Type())
		}
	}
}

func (w *surface) methods(iface *types.Interface) {
	for m := range iface.ExplicitMethods() {
		if token.IsExported(m.Name()) {
			w.walk(m.Type())
		}
	}
	for e := range iface.EmbeddedTypes() {
		w.walk(e)
	}
}

func (w *surface) report(rule, text string) {
	w.found = append(w.found, Finding{rule, w.pkg.Path() + "." + w.name, text})
}
