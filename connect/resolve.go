package connect

import (
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// resolve returns a copy of d with every [setting] filled in, and adds to problems what is missing or not acceptable.
func resolve(d Description, values map[string]string, allowHTTP bool, problems *ConfigError) Description {
	d = d.Clone()
	s := &settings{
		declared: map[string]bool{}, values: values, allowHTTP: allowHTTP,
		missing: map[string]bool{}, invalid: map[string]place{},
	}
	for _, name := range slices.Concat(d.Placeholders, d.ConfigKeys) {
		s.declared[name] = true
	}
	for _, address := range []*string{&d.RequestURL, &d.AuthorizeURL, &d.AccessURL, &d.Issuer, &d.JWKSURL} {
		*address = s.address(*address)
	}
	s.params(d.AuthorizeParams)
	s.profile(d.Profile)
	s.changes(d.Flow)
	for _, name := range d.ConfigKeys {
		if values[name] == "" {
			s.missing[name] = true
		}
	}
	problems.Missing = append(problems.Missing, sortedKeys(s.missing)...)
	problems.Invalid = append(problems.Invalid, s.sentences()...)
	return d
}

func (s *settings) params(params map[string]string) {
	for name, value := range params {
		params[name] = s.text(value)
	}
}

func (s *settings) profile(call *ProfileCall) {
	if call == nil {
		return
	}
	call.URL = s.address(call.URL)
	s.params(call.Headers)
	s.params(call.Query)
	s.body(call.Body)
	for i := range call.ExtraRequests {
		call.ExtraRequests[i].URL = s.address(call.ExtraRequests[i].URL)
		s.params(call.ExtraRequests[i].Query)
	}
}

func (s *settings) body(body map[string]any) {
	for name, value := range body {
		switch value := value.(type) {
		case string:
			body[name] = s.text(value)
		case map[string]any:
			s.body(value)
		}
	}
}

func (s *settings) changes(changes *Changes) {
	if changes == nil {
		return
	}
	steps := []*Step{changes.RequestToken, changes.Authorize, changes.Access}
	if changes.WhenNumericClientID != nil {
		steps = append(steps, changes.WhenNumericClientID.Authorize, changes.WhenNumericClientID.Access)
	}
	for _, step := range steps {
		if step == nil {
			continue
		}
		for _, params := range []map[string]string{step.Headers, step.Form, step.Query, step.Set, step.Replace} {
			s.params(params)
		}
	}
}
