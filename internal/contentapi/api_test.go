package contentapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func send(t *testing.T, api http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	api.ServeHTTP(recorder, request)
	return recorder
}

func decode(t *testing.T, recorder *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatalf("the body is not JSON: %v: %q", err, recorder.Body)
	}
	return body
}

// titles returns what an answer to a list holds, in its order.
func titles(t *testing.T, recorder *httptest.ResponseRecorder) []string {
	t.Helper()
	var found []string
	for _, element := range decode(t, recorder)["data"].([]any) {
		found = append(found, element.(map[string]any)["title"].(string))
	}
	return found
}

func TestList(t *testing.T) {
	tests := []struct {
		name, query string
		titles      []string
		page, size  float64
		pageCount   float64
	}{
		{"everything", "", []string{"Article 1", "Article 2", "Article 3"}, 1, 25, 1},
		{"one per page", "?pagination[pageSize]=1&sort=id", []string{"Article 1"}, 1, 1, 3},
		{"second page", "?pagination[page]=2&pagination[pageSize]=2", []string{"Article 3"}, 2, 2, 2},
		{"past the end", "?pagination[page]=9", nil, 9, 25, 1},
		{"descending", "?sort=title:desc", []string{"Article 3", "Article 2", "Article 1"}, 1, 25, 1},
		{"descending ids", "?sort=id:desc&pagination[pageSize]=1", []string{"Article 3"}, 1, 1, 3},
		{"nonsense is ignored", "?sort=nope&pagination[page]=-1&pagination[pageSize]=x&a=b", []string{"Article 1", "Article 2", "Article 3"}, 1, 25, 1},
		{"page size is bounded", "?pagination[pageSize]=100000", []string{"Article 1", "Article 2", "Article 3"}, 1, 100, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(t, New(Articles()), http.MethodGet, "/api/articles"+test.query, "")
			if answer.Code != http.StatusOK {
				t.Fatalf("status %d", answer.Code)
			}
			if diff := cmp.Diff(test.titles, titles(t, answer)); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
			want := map[string]any{"pagination": map[string]any{
				"page": test.page, "pageSize": test.size, "pageCount": test.pageCount, "total": 3.0,
			}}
			if diff := cmp.Diff(want, decode(t, answer)["meta"]); diff != "" {
				t.Errorf("meta (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyListIsAnArray(t *testing.T) {
	answer := send(t, New(Reviews()), http.MethodGet, "/api/reviews", "")
	if data, ok := decode(t, answer)["data"].([]any); !ok || len(data) != 0 {
		t.Errorf("got %s, want an empty array", answer.Body)
	}
}

func TestLifeOfAnEntry(t *testing.T) {
	api := New(Articles())
	created := send(t, api, http.MethodPost, "/api/articles", `{"data":{"title":"New","body":"text"}}`)
	if created.Code != http.StatusCreated {
		t.Fatalf("creating: status %d: %s", created.Code, created.Body)
	}
	made := decode(t, created)["data"].(map[string]any)
	documentID := made["documentId"].(string)
	checkShape(t, made)

	one := "/api/articles/" + documentID
	changed := decode(t, send(t, api, http.MethodPut, one, `{"data":{"body":"other"}}`))["data"].(map[string]any)
	if changed["title"] != "New" || changed["body"] != "other" || changed["id"] != made["id"] {
		t.Errorf("after the change: %v", changed)
	}
	if diff := cmp.Diff(changed, decode(t, send(t, api, http.MethodGet, one, ""))["data"]); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNoContent} {
		if deleted := send(t, api, http.MethodDelete, one, ""); deleted.Code != want || deleted.Body.Len() != 0 {
			t.Errorf("deleting: status %d, body %q", deleted.Code, deleted.Body)
		}
	}
	if gone := send(t, api, http.MethodGet, one, ""); gone.Code != http.StatusNotFound {
		t.Errorf("after the deletion: status %d", gone.Code)
	}
}

func checkShape(t *testing.T, made map[string]any) {
	t.Helper()
	moment := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	for _, name := range []string{"createdAt", "updatedAt", "publishedAt"} {
		if text, _ := made[name].(string); !moment.MatchString(text) {
			t.Errorf("%s is %v, want a time", name, made[name])
		}
		delete(made, name)
	}
	if text, _ := made["documentId"].(string); !regexp.MustCompile(`^[a-z0-9]{24}$`).MatchString(text) {
		t.Errorf("documentId is %v", made["documentId"])
	}
	delete(made, "documentId")
	if diff := cmp.Diff(map[string]any{"id": 4.0, "title": "New", "body": "text"}, made); diff != "" {
		t.Errorf("the rest of the entry (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	const list, unknown = "/api/articles", "/api/articles/nosuchdocument0000000000"
	envelope := func(status int, name, message, details string) string {
		return fmt.Sprintf(`{"data":null,"error":{"status":%d,"name":%q,"message":%q,"details":%s}}`, status, name, message, details)
	}
	wrongType := func(name, value string) string {
		message := fmt.Sprintf("%s must be a `string` type, but the final value was: `%s`.", name, value)
		return envelope(400, "ValidationError", message, fmt.Sprintf(`{"errors":[{"path":[%q],"message":%q,"name":"ValidationError","value":%s}]}`, name, message, value))
	}
	const noTitle = `{"errors":[{"path":["title"],"message":"title must be defined.","name":"ValidationError"}]}`
	tests := []struct {
		name, method, target, body string
		want                       string
	}{
		{"unknown entry", http.MethodGet, unknown, "", envelope(404, "NotFoundError", "Not Found", "{}")},
		{"change of an unknown entry", http.MethodPut, unknown, `{"data":{}}`, envelope(404, "NotFoundError", "Not Found", "{}")},
		{"unknown path", http.MethodGet, "/api/nowhere", "", envelope(404, "NotFoundError", "Not Found", "{}")},
		{"no title", http.MethodPost, list, `{"data":{"body":"no title"}}`, envelope(400, "ValidationError", "title must be defined.", noTitle)},
		{"title null", http.MethodPost, list, `{"data":{"title":null}}`, wrongType("title", "null")},
		{"number for a text", http.MethodPost, list, `{"data":{"title":"t","body":5}}`, wrongType("body", "5")},
		{"unknown attribute", http.MethodPost, list, `{"data":{"title":"t","nonsense":1}}`, envelope(400, "ValidationError", "Invalid key nonsense", `{"key":"nonsense","path":null,"source":"body"}`)},
		{"bad change of an unknown entry", http.MethodPut, unknown, `{"data":{"title":null}}`, envelope(404, "NotFoundError", "Not Found", "{}")},
		{"no data for an unknown entry", http.MethodPut, unknown, `{}`, envelope(400, "ValidationError", `Missing "data" payload in the request body`, "{}")},
		{"no data", http.MethodPost, list, `{"title":"not in data"}`, envelope(400, "ValidationError", `Missing "data" payload in the request body`, "{}")},
		{"no body", http.MethodPost, list, "", envelope(400, "ValidationError", `Missing "data" payload in the request body`, "{}")},
		{"scalar body", http.MethodPost, list, "3", envelope(400, "ValidationError", `Missing "data" payload in the request body`, "{}")},
		{"malformed", http.MethodPost, list, `{"data":`, `{"data":null,"error":{"status":400,"name":"SyntaxError","message":"The body is not valid JSON"}}`},
		{"too large", http.MethodPost, list, strings.Repeat(" ", maxBody+1), `{"data":null,"error":{"status":413,"name":"PayloadTooLargeError","message":"request entity too large"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(t, New(Articles()), test.method, test.target, test.body)
			var want map[string]any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, decode(t, answer)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if status := want["error"].(map[string]any)["status"]; float64(answer.Code) != status {
				t.Errorf("status %d, want %v", answer.Code, status)
			}
		})
	}
}

func TestUnservedMethods(t *testing.T) {
	for target, allow := range map[string]string{
		"/api/articles": "HEAD, GET, POST", "/api/articles/x": "HEAD, GET, PUT, DELETE",
	} {
		answer := send(t, New(Articles()), http.MethodPatch, target, "{}")
		if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != allow {
			t.Errorf("%s: status %d, Allow %q", target, answer.Code, answer.Header().Get("Allow"))
		}
	}
}

func TestRequiredAttributeCannotBeTakenAway(t *testing.T) {
	api := New(Articles())
	list := decode(t, send(t, api, http.MethodGet, "/api/articles", ""))["data"].([]any)
	one := "/api/articles/" + list[0].(map[string]any)["documentId"].(string)
	if answer := send(t, api, http.MethodPut, one, `{"data":{"title":null}}`); answer.Code != http.StatusBadRequest {
		t.Errorf("status %d", answer.Code)
	}
	answer := send(t, api, http.MethodPut, one, `{"data":{"body":null}}`)
	if changed := decode(t, answer)["data"].(map[string]any); changed["body"] != nil || changed["title"] != "Article 1" {
		t.Errorf("got %v", changed)
	}
}

func TestTwoFaultsInOneEntry(t *testing.T) {
	answer := send(t, New(Articles()), http.MethodPost, "/api/articles", `{"data":{"title":1,"body":[]}}`)
	failure := decode(t, answer)["error"].(map[string]any)
	if failure["message"] != "2 errors occurred" || len(failure["details"].(map[string]any)["errors"].([]any)) != 2 {
		t.Errorf("got %v", failure)
	}
}

func TestCollectionIsBounded(t *testing.T) {
	typ := Reviews()
	for range maxEntries {
		typ.Seed = append(typ.Seed, map[string]any{"text": "x"})
	}
	if answer := send(t, New(typ), http.MethodPost, "/api/reviews", `{"data":{}}`); answer.Code != http.StatusInsufficientStorage {
		t.Errorf("status %d, want 507", answer.Code)
	}
}

func TestConcurrentUse(t *testing.T) {
	api := New(Articles())
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			created := send(t, api, http.MethodPost, "/api/articles", `{"data":{"title":"x"}}`)
			documentID, _ := decode(t, created)["data"].(map[string]any)["documentId"].(string)
			send(t, api, http.MethodPut, "/api/articles/"+documentID, `{"data":{"title":"y"}}`)
			send(t, api, http.MethodGet, "/api/articles?sort=title", "")
			send(t, api, http.MethodDelete, "/api/articles/"+documentID, "")
		})
	}
	group.Wait()
	if found := titles(t, send(t, api, http.MethodGet, "/api/articles", "")); len(found) != 3 {
		t.Errorf("%d entries are left, want 3", len(found))
	}
}

func TestUID(t *testing.T) {
	if got := Articles().UID(); got != "api::article.article" {
		t.Errorf("got %q", got)
	}
}
