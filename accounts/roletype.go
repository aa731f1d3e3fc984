package accounts

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// RoleType makes a role's type from its name as Strapi does: in lower case, Latin letters without their accents, words
// and numbers joined by underscores ("Éditeur en Chef" is editeur_en_chef, "Team42Blue" is team_42_blue).
func RoleType(name string) string {
	var words []string
	for _, word := range strings.FieldsFunc(plain(name), isNoWord) {
		words = append(words, splitNumbers([]rune(word))...)
	}
	return strings.Join(words, "_")
}

func isNoWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// latinLetters are the letters that have no decomposition in Unicode and yet a plain spelling.
var latinLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ĳ': "ij",
	'ĸ': "k", 'ł': "l", 'ŋ': "n", 'ŧ': "t", 'ſ': "s",
}

// lastPlainLatin is the end of Latin Extended-A. Beyond it letters keep their marks: the й of a Russian name is no и.
const lastPlainLatin = 0x17f

func plain(name string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.ToLower(name)) {
		switch spelling, ok := latinLetters[r]; {
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
			// "Editor's" is one word.
		case ok:
			b.WriteString(spelling)
		case r <= lastPlainLatin:
			b.WriteRune([]rune(norm.NFD.String(string(r)))[0])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// splitNumbers parts a word where digits begin or end. An ordinal such as 2nd is a word of its own.
func splitNumbers(word []rune) []string {
	var parts []string
	for len(word) > 0 {
		n := slices.IndexFunc(word, func(r rune) bool { return unicode.IsDigit(r) != unicode.IsDigit(word[0]) })
		if n < 0 || n > 0 && isOrdinal(word[:n], word[n:]) {
			n = len(word)
		}
		parts = append(parts, string(word[:n]))
		word = word[n:]
	}
	return parts
}

func isOrdinal(digits, suffix []rune) bool {
	switch string(suffix) {
	case "st":
		return digits[len(digits)-1] == '1'
	case "nd":
		return digits[len(digits)-1] == '2'
	case "rd":
		return digits[len(digits)-1] == '3'
	case "th":
		return unicode.IsDigit(digits[0]) && !strings.ContainsRune("123", digits[len(digits)-1])
	}
	return false
}
