package contentapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// API serves entries over HTTP. It is safe for concurrent use; everything it holds is gone with the process.
type API struct {
	mux *http.ServeMux
}

// New returns an API with the given types, each under /api/{plural}, holding its seed. It panics when a seed is larger
// than a type may hold, which is a mistake in the program.
func New(types ...Type) *API {
	api := &API{mux: http.NewServeMux()}
	for _, typ := range types {
		c := &collection{typ: typ, now: time.Now}
		for _, attributes := range typ.Seed {
			if _, err := c.create(attributes); err != nil {
				panic("contentapi: seeding " + typ.Plural + ": " + err.Error())
			}
		}
		api.serve(c)
	}
	api.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeError(w, errNotFound) })
	return api
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mux.ServeHTTP(w, r)
}

func (a *API) serve(c *collection) {
	many, one := "/api/"+c.typ.Plural, "/api/"+c.typ.Plural+"/{documentID}"
	a.mux.HandleFunc("GET "+many, c.serveList)
	a.mux.HandleFunc("POST "+many, c.serveCreate)
	a.mux.HandleFunc("GET "+one, c.serveOne)
	a.mux.HandleFunc("PUT "+one, c.serveUpdate)
	a.mux.HandleFunc("DELETE "+one, c.serveDelete)
	a.mux.HandleFunc(many, refuseMethod("HEAD, GET, POST"))
	a.mux.HandleFunc(one, refuseMethod("HEAD, GET, PUT, DELETE"))
}

func refuseMethod(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allow)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	}
}

func (c *collection) serveList(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r.URL.Query(), c.typ)
	entries, total := c.list(q)
	writeJSON(w, http.StatusOK, map[string]any{
		"data": entries,
		"meta": map[string]any{"pagination": map[string]int{
			"page":      q.page,
			"pageSize":  q.pageSize,
			"pageCount": (total + q.pageSize - 1) / q.pageSize,
			"total":     total,
		}},
	})
}

func (c *collection) serveOne(w http.ResponseWriter, r *http.Request) {
	found, err := c.get(r.PathValue("documentID"))
	respond(w, http.StatusOK, found, err)
}

func (c *collection) serveCreate(w http.ResponseWriter, r *http.Request) {
	var made entry
	data, err := readData(w, r)
	if err == nil {
		made, err = c.createFrom(data)
	}
	respond(w, http.StatusCreated, made, err)
}

func (c *collection) createFrom(data map[string]json.RawMessage) (entry, error) {
	attributes, err := decodeAttributes(data, c.typ, true)
	if err != nil {
		return nil, err
	}
	return c.create(attributes)
}

func (c *collection) serveUpdate(w http.ResponseWriter, r *http.Request) {
	var changed entry
	data, err := readData(w, r)
	if err == nil {
		changed, err = c.updateFrom(r.PathValue("documentID"), data)
	}
	respond(w, http.StatusOK, changed, err)
}

// updateFrom looks at the attributes only when there is an entry to change, as Strapi does.
func (c *collection) updateFrom(documentID string, data map[string]json.RawMessage) (entry, error) {
	if _, err := c.get(documentID); err != nil {
		return nil, err
	}
	attributes, err := decodeAttributes(data, c.typ, false)
	if err != nil {
		return nil, err
	}
	return c.update(documentID, attributes)
}

// serveDelete answers alike whether or not the entry was there, as Strapi does.
func (c *collection) serveDelete(w http.ResponseWriter, r *http.Request) {
	c.remove(r.PathValue("documentID"))
	w.WriteHeader(http.StatusNoContent)
}

// respond writes one entry, or what err means to the caller.
func respond(w http.ResponseWriter, status int, found entry, err error) {
	var refusal *refusal
	switch {
	case err == nil:
		writeJSON(w, status, map[string]any{"data": found, "meta": struct{}{}})
	case errors.As(err, &refusal):
		writeError(w, refusal)
	case errors.Is(err, errUnknown):
		writeError(w, errNotFound)
	case errors.Is(err, errFull):
		writeError(w, errNoRoom)
	default:
		writeError(w, errInternal)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// An error here means that the caller went away; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
