package openapi

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/tests/clients/gateway"
)

const (
	prefix       = "/api"
	patience     = 15 * time.Second // for mails
	unknownID    = "999999"
	password     = "Ann-Passw0rd"
	nextPassword = "Next-Passw0rd"
)

// object is a JSON object.
type object map[string]any

// call is what is special about a request.
type call struct {
	token  string
	params map[string]string // of the path
	query  string
	body   any // an object, or the bytes to send
}

// driver sends requests to a gateway and holds every answer against both documents.
type driver struct {
	site              *gateway.Gateway
	client            *http.Client
	reference, served *document
	granted, refused  map[string]bool // operations that there were such answers of

	manager string // a token of somebody who may do everything
	nobody  string // and of somebody who may do nothing
}

func start(t *testing.T) *driver {
	t.Helper()
	site := gateway.Start(t)
	d := &driver{
		site:      site,
		client:    &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		reference: loadReference(t),
		granted:   make(map[string]bool), refused: make(map[string]bool),
	}
	var raw json.RawMessage
	site.Admin(t, http.MethodGet, prefix+"/openapi.json", nil, &raw)
	spec, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatalf("reading the served document: %v", err)
	}
	d.served = newDocument(spec, prefix)

	site.Grant(t, "authenticated", policy.PluginActions()...)
	site.Admin(t, http.MethodPost, "/users-permissions/roles", object{"name": "Nobody", "permissions": object{}}, nil)
	d.manager = d.register(t, newPerson())["jwt"].(string)
	person := newPerson()
	person["role"] = site.Role(t, "nobody").ID
	d.send(t, "POST /users", http.StatusCreated, call{token: d.manager, body: person})
	d.nobody = d.login(t, person)
	return d
}

// send sends a request, requires the status, and returns the body of the answer if it is an object.
func (d *driver) send(t *testing.T, operation string, status int, c call) object {
	t.Helper()
	x := d.exchange(t, operation, c)
	if x.status != status {
		t.Fatalf("%s %s: %d %s, want %d", x.method, x.target, x.status, x.answer, status)
	}
	if _, ok := d.reference.operations[operation]; ok {
		if err := d.reference.checkResponse(t.Context(), x); err != nil {
			t.Errorf("%s %s against the reference: %v\n%s", x.method, x.target, err, x.answer)
		}
	}
	if _, ok := notBuilt[operation]; !ok {
		d.checkServed(t, x)
	}
	if status < http.StatusBadRequest {
		d.granted[operation] = true
	} else {
		d.refused[operation] = true
	}
	var answer object
	_ = json.Unmarshal(x.answer, &answer) // an answer that is no object is looked at by the documents alone
	return answer
}

// checkServed also looks at the request, when there is nothing wrong with it.
func (d *driver) checkServed(t *testing.T, x exchange) {
	t.Helper()
	if err := d.served.checkResponse(t.Context(), x); err != nil {
		t.Errorf("%s %s against the served document: %v\n%s", x.method, x.target, err, x.answer)
	}
	if x.status >= http.StatusBadRequest {
		return
	}
	if err := d.served.checkRequest(t.Context(), x); err != nil {
		t.Errorf("the request %s %s %s against the served document: %v", x.method, x.target, x.body, err)
	}
}

func (d *driver) exchange(t *testing.T, operation string, c call) exchange {
	t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	for name, value := range c.params {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	x := exchange{operation: operation, params: c.params, method: method, target: d.site.URL + prefix + path, header: http.Header{}}
	if c.query != "" {
		x.target += "?" + c.query
	}
	switch body := c.body.(type) {
	case nil:
	case []byte:
		x.body = body
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		x.body = raw
	}
	if x.body != nil {
		x.header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		x.header.Set("Authorization", "Bearer "+c.token)
	}
	d.exchanged(t, &x)
	return x
}

// exchanged sends the request and adds the answer.
func (d *driver) exchanged(t *testing.T, x *exchange) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), x.method, x.target, bytes.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = x.header.Clone()
	answer, err := d.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if x.answer, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	x.status, x.response = answer.StatusCode, answer.Header
}

// newPerson is what somebody signs up with whom nobody has heard of.
func newPerson() object {
	name := "ann-" + strings.ToLower(rand.Text())
	return object{"username": name, "email": name + "@example.test", "password": password}
}

func (d *driver) register(t *testing.T, person object) object {
	t.Helper()
	return d.send(t, "POST /auth/local/register", http.StatusOK, call{body: person})
}

func (d *driver) login(t *testing.T, person object) (token string) {
	t.Helper()
	answer := d.send(t, "POST /auth/local", http.StatusOK, call{
		body: object{"identifier": person["email"], "password": person["password"]},
	})
	return answer["jwt"].(string)
}

// mailed waits for a mail and returns what the group of the pattern matches in the last one.
func (d *driver) mailed(t *testing.T, to any, count int, pattern *regexp.Regexp) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		mails := d.site.Mails.Messages(fmt.Sprint(to))
		if len(mails) < count {
			continue
		}
		if found := pattern.FindStringSubmatch(*mails[count-1].HTML); found != nil {
			return found[1]
		}
		t.Fatalf("%v is not in %q", pattern, *mails[count-1].HTML)
	}
	t.Fatalf("mail %d to %v did not come", count, to)
	return ""
}

// idOf is the id in an answer, as text.
func idOf(answer object) string {
	id, _ := answer["id"].(float64)
	return strconv.FormatFloat(id, 'f', -1, 64)
}
