package openapi

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	ok       = http.StatusOK
	bad      = http.StatusBadRequest
	notFound = http.StatusNotFound
)

// accounts goes through signing up and in, and through passwords.
func (d *driver) accounts(t *testing.T) {
	ann := newPerson()
	token := d.register(t, ann)["jwt"].(string)
	d.send(t, "POST /auth/local/register", bad, call{body: ann})
	d.send(t, "POST /auth/local/register", bad, call{body: object{"username": "a", "email": "no address", "role": 1}})
	d.send(t, "POST /auth/local/register", bad, call{body: object{"email": "no address"}})

	d.login(t, ann)
	d.send(t, "POST /auth/local", bad, call{body: object{"identifier": ann["email"], "password": "wrong"}})
	d.send(t, "POST /auth/local", bad, call{body: object{}})

	change := object{"currentPassword": password, "password": nextPassword, "passwordConfirmation": nextPassword}
	d.send(t, "POST /auth/change-password", ok, call{token: token, body: change})
	d.send(t, "POST /auth/change-password", bad, call{token: d.manager, body: object{
		"currentPassword": "wrong", "password": nextPassword, "passwordConfirmation": nextPassword,
	}})
	d.send(t, "POST /auth/change-password", bad, call{token: d.manager, body: object{"password": 1}})

	d.send(t, "POST /auth/forgot-password", ok, call{body: object{"email": ann["email"]}})
	d.send(t, "POST /auth/forgot-password", ok, call{body: object{"email": "nobody@example.test"}})
	d.send(t, "POST /auth/forgot-password", bad, call{body: object{"email": "no address"}})
	code := d.mailed(t, ann["email"], 1, regexp.MustCompile(`code=([0-9a-f]+)`))
	reset := object{"code": code, "password": password, "passwordConfirmation": password}
	d.send(t, "POST /auth/reset-password", ok, call{body: reset})
	d.send(t, "POST /auth/reset-password", bad, call{body: reset})
}

// confirmation goes through confirming an address.
func (d *driver) confirmation(t *testing.T) {
	d.site.Advanced(t, object{"email_confirmation": true})
	ann := newPerson()
	if answer := d.register(t, ann); answer["jwt"] != nil {
		t.Errorf("a token before the address is confirmed: %v", answer)
	}
	link := regexp.MustCompile(`confirmation=([0-9a-f]+)`)
	d.mailed(t, ann["email"], 1, link) // which the next mail would take the place of, were it not sent yet
	d.send(t, "POST /auth/send-email-confirmation", ok, call{body: object{"email": ann["email"]}})
	d.send(t, "POST /auth/send-email-confirmation", bad, call{body: object{}})
	code := d.mailed(t, ann["email"], 2, link)
	d.send(t, "GET /auth/email-confirmation", http.StatusFound, call{query: "confirmation=" + code})
	d.send(t, "GET /auth/email-confirmation", bad, call{query: "confirmation=" + code})
	d.send(t, "GET /auth/email-confirmation", bad, call{})
	d.send(t, "POST /auth/send-email-confirmation", bad, call{body: object{"email": ann["email"]}})
	d.login(t, ann)
}

// users goes through managing users.
func (d *driver) users(t *testing.T) {
	ann := newPerson()
	ann["role"] = d.site.Role(t, "authenticated").ID
	created := d.send(t, "POST /users", http.StatusCreated, call{token: d.manager, body: ann})
	d.send(t, "POST /users", bad, call{token: d.manager, body: ann})
	d.send(t, "POST /users", bad, call{token: d.manager, body: object{"username": ""}})

	one, none := map[string]string{"id": idOf(created)}, map[string]string{"id": unknownID}
	d.send(t, "GET /users/{id}", ok, call{token: d.manager, params: one})
	d.send(t, "GET /users/{id}", ok, call{token: d.manager, params: one, query: "fields=email&populate=role"})
	d.send(t, "GET /users/{id}", ok, call{token: d.manager, params: one, query: "populate[role][fields][0]=name"})
	d.send(t, "GET /users/{id}", bad, call{token: d.manager, params: one, query: "fields=password"})
	d.send(t, "GET /users/{id}", http.StatusNoContent, call{token: d.manager, params: none})

	d.send(t, "GET /users", ok, call{token: d.manager, query: "sort=username:asc&limit=2&start=1&populate=*"})
	d.send(t, "GET /users", ok, call{token: d.manager, query: "filters[email][$eq]=" + ann["email"].(string)})
	d.send(t, "GET /users", bad, call{token: d.manager, query: "filters[password][$startsWith]=$2"})
	d.send(t, "GET /users", bad, call{token: d.manager, query: "limit=many"})
	d.send(t, "GET /users/count", ok, call{token: d.manager, query: "_q=ann"})
	d.send(t, "GET /users/count", bad, call{token: d.manager, query: "filters[nothing]=1"})
	d.send(t, "GET /users/me", ok, call{token: d.manager})
	d.send(t, "GET /users/me", ok, call{token: d.manager, query: "fields=username,email"})
	d.send(t, "GET /users/me", bad, call{token: d.manager, query: "sort=password"})

	role := object{"connect": []object{{"id": d.site.Role(t, "nobody").ID}}}
	d.send(t, "PUT /users/{id}", ok, call{token: d.manager, params: one, body: object{"blocked": true, "role": role}})
	d.send(t, "PUT /users/{id}", bad, call{token: d.manager, params: one, body: object{"email": "no address"}})
	d.send(t, "PUT /users/{id}", bad, call{token: d.manager, params: one, body: object{"role": 999999}})
	d.send(t, "PUT /users/{id}", notFound, call{token: d.manager, params: none, body: object{"blocked": true}})

	d.send(t, "DELETE /users/{id}", ok, call{token: d.manager, params: one})
	d.send(t, "DELETE /users/{id}", http.StatusNoContent, call{token: d.manager, params: one})
}

// roles goes through managing roles.
func (d *driver) roles(t *testing.T) {
	const base = "/users-permissions/roles"
	tree := object{"api::article": object{"controllers": object{"article": object{"find": object{"enabled": true}}}}}
	editor := object{"name": "Editor", "description": nil, "permissions": tree}
	d.send(t, "POST "+base, ok, call{token: d.manager, body: editor})
	d.send(t, "POST "+base, bad, call{token: d.manager, body: object{}})
	d.send(t, "POST "+base, bad, call{token: d.manager, body: object{"name": "X", "permissions": object{"api::x": 1}}})

	d.send(t, "GET "+base, ok, call{token: d.manager})
	id := func(roleType string) map[string]string {
		return map[string]string{"id": strconv.FormatInt(d.site.Role(t, roleType).ID, 10)}
	}
	one, none := id("editor"), map[string]string{"id": unknownID}
	shown := d.send(t, "GET "+base+"/{id}", ok, call{token: d.manager, params: one})
	d.send(t, "GET "+base+"/{id}", notFound, call{token: d.manager, params: none})
	if role, _ := shown["role"].(map[string]any); role["description"] != nil {
		t.Errorf("the description is %v; null is what the documents are tried with", role["description"])
	}

	renamed := object{"name": "Chief Editor", "description": "Decides.", "permissions": tree}
	d.send(t, "PUT "+base+"/{id}", ok, call{token: d.manager, params: one, body: renamed})
	d.send(t, "PUT "+base+"/{id}", bad, call{token: d.manager, params: one, body: object{"name": 1}})
	d.send(t, "PUT "+base+"/{id}", notFound, call{token: d.manager, params: none, body: renamed})

	d.send(t, "DELETE "+base+"/{id}", ok, call{token: d.manager, params: one})
	d.send(t, "DELETE "+base+"/{id}", notFound, call{token: d.manager, params: one})
	d.send(t, "DELETE "+base+"/{id}", bad, call{token: d.manager, params: id("public")})

	d.send(t, "GET /users-permissions/permissions", ok, call{token: d.manager})
}

// document asks for the document, which is the same for everybody.
func (d *driver) document(t *testing.T) {
	d.send(t, "GET /openapi.json", ok, call{})
	d.send(t, "GET /openapi.json", ok, call{token: "not good, and not needed"})
}

// refusals tries every operation with a bad token, without the permission, and with bodies that cannot be read.
func (d *driver) refusals(t *testing.T) {
	forged := d.manager[:len(d.manager)-6] + "AAAAAA"
	tooLarge := append(bytes.Repeat([]byte(" "), 1<<20), '{', '}')
	for operation := range d.served.operations {
		if operation == "GET /openapi.json" {
			continue
		}
		c := call{params: map[string]string{"id": unknownID, "provider": "github"}}
		writing := strings.HasPrefix(operation, "POST ") || strings.HasPrefix(operation, "PUT ")
		if writing {
			c.body = object{}
		}
		c.token = forged
		d.send(t, operation, http.StatusUnauthorized, c)
		c.token = d.nobody
		d.send(t, operation, http.StatusForbidden, c)
		if writing {
			c.body = []byte(`{"cut": `)
			d.send(t, operation, bad, c)
			c.body = tooLarge
			d.send(t, operation, http.StatusRequestEntityTooLarge, c)
		}
	}
}

// probeNotBuilt tries what is not built yet as somebody who may do everything. As soon as the gateway knows GitHub, it is
// enabled, so that signing in with a provider is answered in another way.
func (d *driver) probeNotBuilt(t *testing.T) {
	var providers map[string]object
	d.site.Admin(t, http.MethodGet, "/users-permissions/providers", nil, &providers)
	if providers["github"] != nil {
		github := object{"enabled": true, "key": "key", "secret": "secret"}
		d.site.Admin(t, http.MethodPut, "/users-permissions/providers", object{"providers": object{"github": github}}, nil)
	}
	for operation := range refusedOnly {
		d.send(t, operation, http.StatusBadRequest, call{token: d.manager, params: map[string]string{"provider": "github"}})
	}
	for operation, missing := range notBuilt {
		c := call{token: d.manager, params: map[string]string{"provider": "github", "sessionId": "none"}}
		if strings.HasPrefix(operation, "POST ") {
			c.body = object{}
		}
		d.send(t, operation, missing.status, c)
	}
}
