package connect

import (
	"net/url"
	"slices"
	"strings"
)

// A param is one parameter of an authorize address, where the order is that of the recordings.
type param struct {
	name, value string
	raw         bool // sent without percent-encoding
}

type params []param

func (p params) with(name, value string) params {
	if value == "" {
		return p
	}
	if i := p.index(name); i >= 0 {
		p[i].value = value
		return p
	}
	return append(p, param{name: name, value: value})
}

func (p params) index(name string) int {
	return slices.IndexFunc(p, func(one param) bool { return one.name == name })
}

// apply makes a provider's changes to the parameters of a request.
func (p params) apply(step *Step, f facts) params {
	if step == nil {
		return p
	}
	if step.Replace != nil {
		return params(nil).set(step.Replace, f)
	}
	p = slices.DeleteFunc(p, func(one param) bool { return slices.Contains(step.Remove, one.name) })
	for i := range p {
		if name, ok := step.Rename[p[i].name]; ok {
			p[i].name = name
		}
		if step.ScopeParam != "" && p[i].name == scopeParam {
			p[i].name = step.ScopeParam
		}
	}
	return p.set(step.Set, f)
}

func (p params) set(values map[string]string, f facts) params {
	for _, name := range sortedKeys(values) {
		p = p.with(name, f.value(values[name]))
	}
	return p
}

// addTo appends the parameters to the query of an address.
func (p params) addTo(address string) string {
	if len(p) == 0 {
		return address
	}
	pairs := make([]string, 0, len(p))
	for _, one := range p {
		value := one.value
		if !one.raw {
			value = url.QueryEscape(value)
		}
		pairs = append(pairs, url.QueryEscape(one.name)+"="+value)
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + strings.Join(pairs, "&")
}

func (p params) values() url.Values {
	values := make(url.Values, len(p))
	for _, one := range p {
		values.Set(one.name, one.value)
	}
	return values
}

func fromValues(values url.Values) params {
	list := make(params, 0, len(values))
	for _, name := range sortedKeys(values) {
		list = append(list, param{name: name, value: values.Get(name)})
	}
	return list
}
