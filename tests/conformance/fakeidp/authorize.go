package fakeidp

import (
	"net/http"
	"net/url"
	"strings"
)

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || !query.Has("redirect_uri") {
		p.note("authorize", map[string]any{"query": flat(query)})
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	added := p.decide(query)
	if back.RawQuery != "" && added != "" {
		added = "&" + added
	}
	back.RawQuery += added
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

// decide notes the request and returns the query of the way back.
func (p *Provider) decide(query url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log["authorize"] = map[string]any{"query": flat(query)}
	wish := p.next
	var pairs []string
	add := func(name, value string) {
		pairs = append(pairs, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	switch {
	case wish.Error != "":
		add("error", wish.Error)
		if wish.ErrorDescription != "" {
			add("error_description", wish.ErrorDescription)
		}
	case !wish.OmitCode:
		add("code", remember(p.codes, "code-", wish))
	}
	switch {
	case wish.OmitState:
	case wish.State != nil:
		add("state", *wish.State)
	case query.Has("state"):
		add("state", query.Get("state"))
	}
	return strings.Join(pairs, "&")
}

func (p *Provider) note(endpoint string, received map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log[endpoint] = received
}

// flat keeps the last value of each parameter.
func flat(values url.Values) map[string]string {
	last := make(map[string]string, len(values))
	for name, all := range values {
		last[name] = all[len(all)-1]
	}
	return last
}
