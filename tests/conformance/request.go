package conformance

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request sends what a step asks for, with the cookies of its jar.
func (r *run) request(ctx context.Context, request *Request) (*Answer, error) {
	media, body, err := r.body(request)
	if err != nil {
		return nil, err
	}
	headers, err := r.headers(ctx, request, media)
	if err != nil {
		return nil, err
	}
	target, err := r.url(request)
	if err != nil {
		return nil, err
	}
	method := request.Method
	if method == "" {
		method = http.MethodGet
	}
	answer, err := Send(ctx, method, target, headers, body)
	if err != nil {
		return nil, err
	}
	if request.Cookies != "" {
		r.keepCookies(request.Cookies, answer)
	}
	return answer, nil
}

// body returns the body and, unless it is raw, its media type.
func (r *run) body(request *Request) (media string, body []byte, err error) {
	switch {
	case request.JSON != nil:
		body, err = r.vars.FillJSON(request.JSON)
		return "application/json", body, err
	case request.Form != nil:
		var fields map[string]any
		err = r.vars.fillInto(request.Form, &fields)
		form := make(url.Values, len(fields))
		for name, value := range fields {
			form.Set(name, text(value))
		}
		return "application/x-www-form-urlencoded", []byte(form.Encode()), err
	case request.Raw != nil:
		raw, err := r.vars.FillText(*request.Raw)
		return "", []byte(raw), err
	default:
		return "", nil, nil
	}
}

// headers returns the given headers, the content type unless one is given, the token and the cookies. A header that is
// given as null is left out.
func (r *run) headers(ctx context.Context, request *Request, media string) ([]Field, error) {
	var given map[string]any
	if request.Headers != nil {
		if err := r.vars.fillInto(request.Headers, &given); err != nil {
			return nil, err
		}
	}
	var headers []Field
	names := slices.Sorted(maps.Keys(given))
	isContentType := func(name string) bool { return strings.EqualFold(name, "Content-Type") }
	if media != "" && !slices.ContainsFunc(names, isContentType) {
		headers = append(headers, Field{"Content-Type", media})
	}
	for _, name := range names {
		if given[name] != nil {
			headers = append(headers, Field{name, text(given[name])})
		}
	}
	bearer, err := r.bearer(ctx, request.Auth)
	if err != nil {
		return nil, err
	}
	if bearer != "" {
		headers = append(headers, Field{"Authorization", "Bearer " + bearer})
	}
	if jar := r.jars[request.Cookies]; len(jar) > 0 {
		headers = append(headers, Field{"Cookie", cookieLine(jar)})
	}
	return headers, nil
}

func (r *run) bearer(ctx context.Context, auth string) (string, error) {
	switch auth {
	case "":
		return "", nil
	case "admin":
		return r.target.adminBearer(ctx)
	default:
		return r.vars.FillText(auth)
	}
}

func cookieLine(jar map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(jar)) {
		pairs = append(pairs, name+"="+jar[name])
	}
	return strings.Join(pairs, "; ")
}

// url returns the whole URL of a request. Its path is sent as the scenario writes it.
func (r *run) url(request *Request) (string, error) {
	target, err := r.vars.FillText(request.Path)
	if err != nil {
		return "", err
	}
	query, err := r.query(request.Query)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		return target + query, nil
	}
	return r.target.file.BaseURL + target + query, nil
}

func (r *run) query(raw json.RawMessage) (string, error) {
	if raw == nil {
		return "", nil
	}
	var parameters map[string]any
	if err := r.vars.fillInto(raw, &parameters); err != nil {
		return "", err
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		pairs = append(pairs, percentEncode(name)+"="+percentEncode(text(parameters[name])))
	}
	return "?" + strings.Join(pairs, "&"), nil
}

// keepCookies updates a jar; a cookie without a value is taken out.
func (r *run) keepCookies(jar string, answer *Answer) {
	if r.jars[jar] == nil {
		r.jars[jar] = make(map[string]string)
	}
	for name, cookie := range answer.cookies() {
		if cookie.value == "" {
			delete(r.jars[jar], name)
		} else {
			r.jars[jar][name] = cookie.value
		}
	}
}
