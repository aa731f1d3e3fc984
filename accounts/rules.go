package accounts

import (
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

// CheckPassword returns what is wrong with a password that somebody wants to have.
func CheckPassword(password string) FieldErrors {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return FieldErrors{{Field: "password", Rule: RuleTooShort, Limit: minPassword}}
	case len(password) > MaxPasswordBytes:
		return FieldErrors{{Field: "password", Rule: RuleTooManyBytes, Limit: MaxPasswordBytes + 1}}
	}
	return nil
}

// lowerEmail is the form in which addresses are stored and compared.
func lowerEmail(email string) string { return strings.ToLower(email) }
