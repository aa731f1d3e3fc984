package accounts_test

import (
	"testing"

	"github.com/gatewright/gatewright/accounts"
)

// The types on the right are what Strapi 5.54 made of the names on the left.
func TestRoleType(t *testing.T) {
	for name, want := range map[string]string{
		"camelCase Name":   "camelcase_name",
		"HTMLParser Role":  "htmlparser_role",
		"Editor's desk":    "editors_desk",
		"Редактор Главный": "редактор_главный",
		"编辑 角色":            "编辑_角色",
		"a-b_c.d":          "a_b_c_d",
		"  x  y ":          "x_y",
		"ß straße":         "ss_strasse",
		"Ørsted æ":         "orsted_ae",
		"v2beta3":          "v_2_beta_3",
		"émile ÉCOLE":      "emile_ecole",
		"Éditeur en Chef":  "editeur_en_chef",
		"Team42Blue":       "team_42_blue",
		"A1B2":             "a_1_b_2",
		"don’t":            "dont",
		"2nd_Season":       "2nd_season",
		"Ask 037f4b":       "ask_037_f_4_b",
		"":                 "",
		"'’!":              "",
	} {
		if got := accounts.RoleType(name); got != want {
			t.Errorf("RoleType(%q) = %q, want %q", name, got, want)
		}
	}
}
