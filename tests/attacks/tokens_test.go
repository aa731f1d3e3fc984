package attacks

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestForgedTokens: CVE-2023-22893. The algorithm is ours to choose, and what is signed otherwise is nothing.
func TestForgedTokens(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /members authenticated"})
	g.Upstream.Handle(silent)
	ann := g.SignUp(t, "ann")
	now := time.Now().Unix()
	claims := jwt.MapClaims{"id": ann.ID, "iat": now, "exp": now + 3600}
	sign := func(method jwt.SigningMethod, key any, header map[string]any, c jwt.MapClaims) string {
		t.Helper()
		token := jwt.NewWithClaims(method, c)
		maps.Copy(token.Header, header)
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	secret := []byte(gatetest.Secret)
	g.Get(t, "/members", sign(jwt.SigningMethodHS256, secret, nil, claims)).Want(t, http.StatusOK)
	g.Upstream.Forget()
	with := func(name string, value any) jwt.MapClaims {
		changed := jwt.MapClaims{"id": ann.ID, "iat": now, "exp": now + 3600}
		changed[name] = value
		return changed
	}
	parts := strings.Split(ann.Token, ".")
	encode := base64.RawURLEncoding.EncodeToString
	for name, token := range map[string]string{
		"none":                    sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, claims),
		"None":                    encode([]byte(`{"alg":"None","typ":"JWT"}`)) + "." + parts[1] + ".",
		"no alg":                  encode([]byte(`{"typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"HS384":                   sign(jwt.SigningMethodHS384, secret, nil, claims),
		"HS512":                   sign(jwt.SigningMethodHS512, secret, nil, claims),
		"lower case alg":          encode([]byte(`{"alg":"hs256","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"another secret":          sign(jwt.SigningMethodHS256, []byte("another secret"), nil, claims),
		"an empty secret":         sign(jwt.SigningMethodHS256, []byte{}, nil, claims),
		"a jwk of its own":        sign(jwt.SigningMethodHS256, []byte("x"), map[string]any{"jwk": map[string]string{"kty": "oct", "k": "eA"}}, claims),
		"a kid that is a path":    sign(jwt.SigningMethodHS256, []byte{}, map[string]any{"kid": "../../../dev/null"}, claims),
		"a critical extension":    sign(jwt.SigningMethodHS256, secret, map[string]any{"crit": []string{"exp"}}, claims),
		"no signature":            parts[0] + "." + parts[1] + ".",
		"a cut signature":         ann.Token[:len(ann.Token)-4],
		"other claims":            parts[0] + "." + encode(fmt.Appendf(nil, `{"id":2,"iat":%d,"exp":%d}`, now, now+3600)) + "." + parts[2],
		"two parts":               parts[0] + "." + parts[1],
		"four parts":              ann.Token + ".x",
		"padding":                 ann.Token + "=",
		"expired":                 sign(jwt.SigningMethodHS256, secret, nil, with("exp", now-1)),
		"no end":                  sign(jwt.SigningMethodHS256, secret, nil, jwt.MapClaims{"id": ann.ID, "iat": now}),
		"an end that is text":     sign(jwt.SigningMethodHS256, secret, nil, with("exp", fmt.Sprint(now+3600))),
		"not yet":                 sign(jwt.SigningMethodHS256, secret, nil, with("nbf", now+3600)),
		"nobody":                  sign(jwt.SigningMethodHS256, secret, nil, with("id", 0)),
		"somebody who never was":  sign(jwt.SigningMethodHS256, secret, nil, with("id", 999)),
		"an object as id":         sign(jwt.SigningMethodHS256, secret, nil, with("id", map[string]any{"$gt": 0})),
		"a list as id":            sign(jwt.SigningMethodHS256, secret, nil, with("id", []int64{ann.ID})),
		"an id with a sign":       sign(jwt.SigningMethodHS256, secret, nil, with("id", "+1")),
		"true as id":              sign(jwt.SigningMethodHS256, secret, nil, with("id", true)),
		"an id that is too large": sign(jwt.SigningMethodHS256, secret, nil, with("id", "18446744073709551617")),
		"far too long":            sign(jwt.SigningMethodHS256, secret, nil, with("x", strings.Repeat("x", 8000))),
	} {
		for _, path := range []string{"/members", "/api/users/me", "/api/articles"} {
			if got := g.Get(t, path, token).Status; got != http.StatusUnauthorized {
				t.Errorf("%s: %s is answered %d", name, path, got)
			}
		}
	}
	unreached(t, g)
}

// TestTokensOfAnotherPurpose: CVE-2024-47616. A user's token is none for operators, and theirs none for users.
func TestTokensOfAnotherPurpose(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /members authenticated"})
	g.Upstream.Handle(silent)
	ann := g.SignUp(t, "ann")
	operator := operatorToken(t, g, "root@example.com")
	users, operators := []string{"/members", "/api/users/me"}, []string{"/users-permissions/roles", "/users-permissions/advanced", "/users-permissions/providers"}
	for _, tt := range []struct {
		name, token string
		paths       []string
		status      int
	}{
		{"a user where users are", ann.Token, users, http.StatusOK},
		{"an operator where operators are", operator, operators, http.StatusOK},
		{"a user where operators are", ann.Token, operators, http.StatusUnauthorized},
		{"an operator where users are", operator, users, http.StatusUnauthorized},
		{"nobody where operators are", "", operators, http.StatusUnauthorized},
	} {
		for _, path := range tt.paths {
			if got := g.Get(t, path, tt.token).Status; got != tt.status {
				t.Errorf("%s: %s is answered %d, want %d", tt.name, path, got, tt.status)
			}
		}
	}
	// Nor does one sign in at the other's door.
	g.SignIn(t, "root@example.com", operatorPassword).Want(t, http.StatusBadRequest)
	g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/admin/login", JSON: map[string]string{
		"email": "ann@example.com", "password": gatetest.Password,
	}}).Want(t, http.StatusBadRequest)
	if second := operatorToken(t, g, ""); second == operator {
		t.Error("two sign-ins have one token")
	}
}

const operatorPassword = "Password-of-root-1"

// operatorToken signs an operator in, who is made first unless the address is empty.
func operatorToken(t *testing.T, g *gatetest.Gate, email string) string {
	t.Helper()
	if email != "" {
		g.Operate(t, "admin.add", map[string]string{"email": email, "password": operatorPassword}, nil)
	}
	var session struct {
		Data struct{ Token string }
	}
	g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/admin/login", JSON: map[string]string{
		"email": "root@example.com", "password": operatorPassword,
	}}).Want(t, http.StatusOK).Decode(t, &session)
	return session.Data.Token
}

// TestDecisionsAreNotShared: go-authcrunch 4f1fd2a, heimdall #3452. Whoever asks first, everyone is judged by their own
// role.
func TestDecisionsAreNotShared(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Upstream.Handle(silent)
	g.Grant(t, "authenticated", find)
	g.Grant(t, "public", reviews)
	ann, bob := g.SignUp(t, "ann"), g.SignUp(t, "bob")
	root := g.SignUp(t, "root")
	g.Grant(t, "authenticated", updateUser)
	g.Do(t, gatetest.Request{Method: http.MethodPut, Path: fmt.Sprintf("/api/users/%d", bob.ID), Token: root.Token, JSON: map[string]any{"role": 2}}).
		Want(t, http.StatusOK)
	const ok, forbidden = http.StatusOK, http.StatusForbidden
	callers := []struct {
		name, token       string
		articles, reviews int
	}{{"ann", ann.Token, ok, forbidden}, {"bob", bob.Token, forbidden, ok}, {"nobody", "", forbidden, ok}}
	var group sync.WaitGroup
	for _, c := range callers {
		for range 4 {
			group.Go(func() {
				for range 25 {
					for path, want := range map[string]int{"/api/articles": c.articles, "/api/reviews": c.reviews} {
						response, err := g.Send(t, gatetest.Request{Path: path, Token: c.token})
						if err != nil {
							t.Error(err)
							return
						}
						_ = response.Body.Close()
						if response.StatusCode != want {
							t.Errorf("%s at %s is answered %d, want %d", c.name, path, response.StatusCode, want)
						}
					}
				}
			})
		}
	}
	group.Wait()
}

// TestRoleChangeIsSeen: CVE-2021-41230, Supabase #2642. A token says who somebody is, and nothing of what they may do.
func TestRoleChangeIsSeen(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Upstream.Handle(silent)
	g.Grant(t, "authenticated", find, findOne, updateUser)
	ann, root := g.SignUp(t, "ann"), g.SignUp(t, "root")
	change := func(field string, value any) {
		t.Helper()
		g.Do(t, gatetest.Request{Method: http.MethodPut, Path: "/api/users/1", Token: root.Token, JSON: map[string]any{field: value}}).Want(t, http.StatusOK)
	}
	for range 3 {
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusOK)
		change("role", 2)
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusForbidden)
		change("role", 1)
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusOK)
		change("blocked", true)
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusUnauthorized)
		change("blocked", false)
	}
}
