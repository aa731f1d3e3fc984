package connect

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// Where providers put the code and the text of an error, most telling first.
var (
	codePaths = []string{"error.code", "error.type", "error.status", "error", "errcode", "error_code", "errorCode", "code", "oauth_problem"}
	textPaths = []string{
		"error_description", "error.message", "error.error_msg", "errmsg", "error_message", "errorMessage", "message", "error_msg",
		"msg", "errors.0.message", "errors.0.detail", "oauth_problem_advice",
	}
)

// providerError reads the error out of an answer, or returns nil when there is none: many providers report errors with
// status 200. A status of its own is an error even when the body says nothing. Secrets are what the request held, beside the
// client's own secret: an answer may echo them.
func (p *Provider) providerError(step string, status int, raw []byte, secrets ...string) *ProviderError {
	refused := &ProviderError{Step: step, Status: status}
	if json.Valid(raw) {
		refused.Code, refused.Description = firstText(raw, codePaths), firstText(raw, textPaths)
	}
	failed := status >= http.StatusBadRequest
	if !failed && (refused.Code == "" || refused.Code == "0" || refused.Code == "false") {
		return nil
	}
	if refused.Code == "" {
		refused.Code = "http_" + strconv.Itoa(status)
	}
	p.scrub(refused, secrets...)
	return refused
}

func firstText(raw []byte, paths []string) string {
	for _, path := range paths {
		if text := scalar(gjson.GetBytes(raw, path)); text != "" {
			return text
		}
	}
	return ""
}

// scrub removes secrets from what a provider echoes, and makes the rest fit to be shown. It cuts last: half a secret would
// not be recognised.
func (p *Provider) scrub(refused *ProviderError, secrets ...string) {
	for _, secret := range append(secrets, p.config.ClientSecret) {
		if len(secret) < 4 {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			refused.Code = strings.ReplaceAll(refused.Code, form, "***")
			refused.Description = strings.ReplaceAll(refused.Description, form, "***")
		}
	}
	refused.Code, refused.Description = clean(refused.Code, maxCode), clean(refused.Description, maxDescription)
}
