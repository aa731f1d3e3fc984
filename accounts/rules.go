package accounts

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of an account's fields, in characters. The lower ones are those of Strapi's schema.
const (
	minUsername = 3
	maxUsername = 255
	maxEmail    = 254 // RFC 5321, 4.5.3.1.3, less the angle brackets
	minPassword = 6
	maxProvider = 255
)

func checkUsername(username string) FieldErrors {
	return checkText("username", username, minUsername, maxUsername)
}

func checkEmail(email string) FieldErrors {
	return checkText("email", email, 1, maxEmail)
}

func checkText(field, value string, least, most int) FieldErrors {
	length := utf8.RuneCountInString(value)
	switch {
	case length < least:
		return FieldErrors{{Field: field, Rule: RuleTooShort, Limit: least, Value: value}}
	case length > most:
		return FieldErrors{{Field: field, Rule: RuleTooLong, Limit: most}}
	case strings.ContainsFunc(value, unicode.IsControl):
		return FieldErrors{{Field: field, Rule: RuleControl}}
	}
	return nil
}

// PasswordRules is what a site asks of new passwords. The zero PasswordRules is Strapi's: six characters and at most
// MaxPasswordBytes bytes. What is already stored stays good.
type PasswordRules struct {
	// MinLength is the least number of characters; 0 means 6.
	MinLength int
	// Classes are the kinds of characters of which there must be one each.
	Classes []CharacterClass
	// Refused are passwords that nobody may have, in lower case; see ReadRefused.
	Refused map[string]struct{}
}

// CharacterClass is a kind of characters.
type CharacterClass string

// The classes there are.
const (
	ClassLower  CharacterClass = "lower"
	ClassUpper  CharacterClass = "upper"
	ClassDigit  CharacterClass = "digit"
	ClassSymbol CharacterClass = "symbol" // neither a letter nor a digit
)

var classes = map[CharacterClass]func(rune) bool{
	ClassLower:  unicode.IsLower,
	ClassUpper:  unicode.IsUpper,
	ClassDigit:  unicode.IsDigit,
	ClassSymbol: func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) },
}

// Validate says what is wrong with the rules.
func (p PasswordRules) Validate() error {
	if p.MinLength < 0 || p.MinLength > MaxPasswordBytes {
		return fmt.Errorf("a least length of %d for passwords is outside of 1 to %d", p.MinLength, MaxPasswordBytes)
	}
	for _, class := range p.Classes {
		if _, ok := classes[class]; !ok {
			return fmt.Errorf("there is no class of characters %q; there are lower, upper, digit and symbol", class)
		}
	}
	return nil
}

// check returns what is wrong with a password that somebody wants to have.
func (p PasswordRules) check(password string) FieldErrors {
	const field = "password"
	least := p.MinLength
	if least == 0 {
		least = minPassword
	}
	switch {
	case utf8.RuneCountInString(password) < least:
		return FieldErrors{{Field: field, Rule: RuleTooShort, Limit: least}}
	case len(password) > MaxPasswordBytes:
		return FieldErrors{{Field: field, Rule: RuleTooManyBytes, Limit: MaxPasswordBytes + 1}}
	}
	if strings.Contains(password, nul) {
		return FieldErrors{{Field: field, Rule: RuleControl}}
	}
	for _, class := range p.Classes {
		if !strings.ContainsFunc(password, classes[class]) {
			return FieldErrors{{Field: field, Rule: RuleMissesClass, Class: class}}
		}
	}
	if _, refused := p.Refused[strings.ToLower(password)]; refused {
		return FieldErrors{{Field: field, Rule: RuleRefused}}
	}
	return nil
}

// maxRefused bounds a list of refused passwords.
const maxRefused = 1_000_000

// ReadRefused reads a list of refused passwords, one a line. Case does not matter.
func ReadRefused(r io.Reader) (map[string]struct{}, error) {
	refused := make(map[string]struct{})
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimRight(lines.Text(), "\r"); line != "" {
			refused[strings.ToLower(line)] = struct{}{}
		}
		if len(refused) > maxRefused {
			return nil, fmt.Errorf("the list of refused passwords has more than %d lines", maxRefused)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the list of refused passwords: %w", err)
	}
	if len(refused) == 0 {
		return nil, errors.New("the list of refused passwords is empty")
	}
	return refused, nil
}

// lowerEmail is the form in which addresses are stored and compared.
func lowerEmail(email string) string { return strings.ToLower(email) }
