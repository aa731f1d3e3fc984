package caddymodule

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatewright/gatewright/accounts"
)

// PasswordRules is what is asked of new passwords. Those that are stored stay good.
type PasswordRules struct {
	// MinLength is the least number of characters. Default: 6. The most is 72 bytes, in any case.
	MinLength int `json:"min_length,omitempty"`

	// Require are kinds of characters of which there must be one each: lower, upper, digit, symbol. Default: none.
	Require []string `json:"require,omitempty"`

	// RefusedFile has passwords that nobody may have, one a line; case does not matter. Default: none.
	RefusedFile string `json:"refused_file,omitempty"`
}

// rules reads the list and returns what accounts need.
func (p PasswordRules) rules() (accounts.PasswordRules, error) {
	rules := p.withoutList()
	if p.RefusedFile == "" {
		return rules, nil
	}
	path, err := caddy.NewReplacer().ReplaceOrErr(p.RefusedFile, true, true)
	if err != nil {
		return rules, fmt.Errorf("password refused: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return rules, fmt.Errorf("password: opening the list of refused passwords: %w", err)
	}
	defer func() { _ = file.Close() }()
	if rules.Refused, err = accounts.ReadRefused(file); err != nil {
		return rules, fmt.Errorf("password: %w", err)
	}
	return rules, nil
}

func (p PasswordRules) withoutList() accounts.PasswordRules {
	rules := accounts.PasswordRules{MinLength: p.MinLength}
	for _, class := range p.Require {
		rules.Classes = append(rules.Classes, accounts.CharacterClass(class))
	}
	return rules
}

// parse reads password { min_length <n>; require <class...>; refused <file> }.
func (p *PasswordRules) parse(d *caddyfile.Dispenser) error {
	if err := noArgs(d); err != nil {
		return err
	}
	err := options{d: d, what: "password", parse: map[string]func() error{
		"min_length": func() error { return numberArg(d, &p.MinLength) },
		"require":    func() error { return manyArgs(d, &p.Require) },
		"refused":    func() error { return oneArg(d, &p.RefusedFile) },
	}}.read()
	if err != nil {
		return err
	}
	return wrapped(d, p.withoutList().Validate())
}

// Codes is how long codes in mails are good.
type Codes struct {
	// Reset is for codes that set a new password. Default: 1h.
	Reset caddy.Duration `json:"reset,omitempty"`

	// Confirmation is for codes that confirm an address. Default: 72h.
	Confirmation caddy.Duration `json:"confirmation,omitempty"`
}

// parse reads codes { reset <duration>; confirmation <duration> }.
func (c *Codes) parse(d *caddyfile.Dispenser) error {
	if err := noArgs(d); err != nil {
		return err
	}
	return options{d: d, what: "codes", parse: map[string]func() error{
		"reset":        func() error { return durationArg(d, &c.Reset) },
		"confirmation": func() error { return durationArg(d, &c.Confirmation) },
	}}.read()
}

// UserField is a further field of users.
type UserField struct {
	// Name has letters, digits and _, and begins with a letter. Required.
	Name string `json:"name,omitempty"`

	// Type is string, integer, float, boolean, datetime or json. Required.
	Type string `json:"type,omitempty"`
}

func (a *App) parseUserField(d *caddyfile.Dispenser) error {
	var f UserField
	if !d.AllArgs(&f.Name, &f.Type) {
		return d.Err("user_field takes a name and a type: string, integer, float, boolean, datetime or json")
	}
	a.UserFields = append(a.UserFields, f)
	if err := accounts.ValidateFields(a.userFields()); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (a *App) userFields() []accounts.UserField {
	fields := make([]accounts.UserField, len(a.UserFields))
	for i, f := range a.UserFields {
		fields[i] = accounts.UserField{Name: f.Name, Type: accounts.FieldType(f.Type)}
	}
	return fields
}

// durationArg reads exactly one argument, a duration above zero.
func durationArg(d *caddyfile.Dispenser, target *caddy.Duration) error {
	name := d.Val()
	var text string
	if err := oneArg(d, &text); err != nil {
		return err
	}
	duration, err := caddy.ParseDuration(text)
	if err != nil || duration < time.Second {
		return d.Errf("%s %q is no duration such as 12h or 30d", name, text)
	}
	*target = caddy.Duration(duration)
	return nil
}

// numberArg reads exactly one argument, a whole number.
func numberArg(d *caddyfile.Dispenser, target *int) error {
	name := d.Val()
	var text string
	if err := oneArg(d, &text); err != nil {
		return err
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return d.Errf("%s %q is no number", name, text)
	}
	*target = number
	return nil
}
