package doubles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/gatewright/gatewright/connect"
)

func (d *Double) serveProfile(w http.ResponseWriter, r *http.Request) {
	d.checkProfile(r, *d.d.Profile)
	d.writeDocument(w, d.d.Profile.ResponseFormat, d.plan.docs[""])
}

// checkProfile holds a profile request against the description.
func (d *Double) checkProfile(r *http.Request, call connect.ProfileCall) {
	if want := orDefault(call.Method, http.MethodGet); r.Method != want {
		d.complain("profile: the method is %s, want %s", r.Method, want)
	}
	query := queryOf(d.expand(call.URL))
	maps.Copy(query, d.expanded(call.Query))
	kind, word, _ := strings.Cut(call.Auth, ":")
	authorization := ""
	switch kind {
	case "bearer":
		authorization = "Bearer " + accessToken
	case "header_prefix":
		authorization = word + " " + accessToken
	case "query":
		query[word] = accessToken
	case "header":
		if r.Header.Get(word) != accessToken {
			d.complain("profile: the token is not in the header %s", word)
		}
	}
	if kind == "oauth1" {
		if err := d.checkSignature(r, accessToken, tokenSecret, nil); err != nil {
			d.complain("profile: %v", err)
		}
	} else if got := r.Header.Get("Authorization"); got != authorization {
		d.complain("profile: Authorization is %q, want %q", got, authorization)
	}
	for name, value := range call.Headers {
		if r.Header.Get(name) != d.expand(value) {
			d.complain("profile: the header %s is %q", name, r.Header.Get(name))
		}
	}
	d.compare("profile", query, r.URL.Query())
	d.checkBody(r, call)
}

func (d *Double) checkBody(r *http.Request, call connect.ProfileCall) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.complain("profile: %v", err)
	}
	switch call.BodyFormat {
	case "":
		if len(body) > 0 {
			d.complain("profile: a body, which is not expected")
		}
	case "form":
		got, err := url.ParseQuery(string(body))
		if err != nil {
			d.complain("profile: %v", err)
		}
		want := map[string]string{}
		for name, value := range call.Body {
			want[name] = d.expand(fmt.Sprint(value))
		}
		d.compare("profile body", want, got)
	default:
		raw, _ := json.Marshal(call.Body) // a description always has a JSON form
		var want, got any
		if json.Unmarshal([]byte(d.expand(string(raw))), &want) != nil || json.Unmarshal(body, &got) != nil || !reflect.DeepEqual(want, got) {
			d.complain("profile: the body is %s", body)
		}
	}
}

func (d *Double) writeDocument(w http.ResponseWriter, format string, document any) {
	if document == nil {
		document = map[string]any{}
	}
	var b bytes.Buffer
	// What is planted always has a JSON form, and an error in writing means that the client went away.
	_ = json.NewEncoder(&b).Encode(document)
	switch format {
	case "jsonp":
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "callback( %s );\n", bytes.TrimSpace(b.Bytes()))
	case "jwt":
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = io.WriteString(w, d.sign(document))
	default:
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write(b.Bytes())
	}
}
