package caddymodule

import (
	"encoding/json"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzCaddyfile parses arbitrary options of the app, of the handler and of the handler of operators. None may panic, and
// what is taken means the same after a way through JSON, which is how Caddy keeps it.
func FuzzCaddyfile(f *testing.F) {
	for _, seed := range []string{
		"", "here", "{\n}", "{\n\tshop open\n}", "{", "{\n{\n}\n}",
		"{\n\tstore sqlite /var/lib/gatewright.db\n\tbcrypt_cost 12\n\tapi_prefix /v1\n\tpublic_url https://a.example\n}",
		"{\n\tstore sqlite {\n\t\tmode wal\n\t}\n}",
		"{\n\tjwt {\n\t\tsecret {env.SECRET}\n\t\texpires_in 30d\n\t\talgorithm HS256\n\t}\n\tregister {\n\t\tallowed_fields a b\n\t}\n}",
		"{\n\troute GET /a/{id} public\n\troute * /b/* authenticated\n\tcontent_type articles\n\tcontent_type people person\n}",
		"{\n\troute GET \"/a b\" `public`\n\tunknown_routes deny\n\tforward_token\n}",
		"{\n\tcors {\n\t\torigin https://a.example *\n\t\theader X\n\t\texpose Y\n\t}\n}",
		"{\n\tcors {\n\t\torigin https://a.example\n\t\tcredentials\n\t}\n}",
		"{\n\tpassword {\n\t\tmin_length 8\n\t\trequire lower\n\t}\n\tuser_field age integer\n\tcodes {\n\t\treset 1h\n\t}\n}",
		"{\n\tmailer smtp a.example:25 {\n\t\tsecurity none\n\t\ttimeout 9999999999999999999h\n\t}\n\tconceal_accounts\n\traise_errors\n}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, options string) {
		roundTrip(t, options, new(App))
		roundTrip(t, options, new(Gateway))
		roundTrip(t, options, new(AdminHandler))
	})
}

func roundTrip[T any, P interface {
	*T
	caddyfile.Unmarshaler
}](t *testing.T, options string, parsed P) {
	t.Helper()
	tokens, err := caddyfile.Tokenize([]byte("gatewright "+options), "Caddyfile")
	if err != nil {
		return
	}
	if err := parsed.UnmarshalCaddyfile(caddyfile.NewDispenser(tokens)); err != nil {
		return
	}
	encoded, err := json.Marshal(parsed)
	if err != nil {
		t.Fatalf("%T cannot be written: %v", parsed, err)
	}
	again := P(new(T))
	if err := json.Unmarshal(encoded, again); err != nil {
		t.Fatalf("%s cannot be read: %v", encoded, err)
	}
	unexported := cmpopts.IgnoreUnexported(App{}, Gateway{}, AdminHandler{})
	if diff := cmp.Diff(parsed, again, unexported, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s means something else (-parsed +read):\n%s", encoded, diff)
	}
}
