package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatewright/gatewright/internal/operator"
)

func init() { caddy.RegisterModule(adminAPI{}) }

// Where commands reach a running server, on Caddy's admin endpoint.
const (
	adminPath       = "/gatewright/"
	adminCommands   = adminPath + "commands/"
	maxCommandBytes = 1 << 20
	// storeHeader carries the fingerprint of the store that a command is meant for.
	storeHeader = "Gatewright-Store"
)

// adminAPI serves the commands of operators on Caddy's admin endpoint, whose access rules guard it.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.gatewright", New: func() caddy.Module { return new(adminAPI) }}
}

// Routes returns the admin routes.
func (a *adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: adminPath, Handler: caddy.AdminHandlerFunc(a.serve)}}
}

// serve runs POST /gatewright/commands/<name>.
func (a *adminAPI) serve(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutPrefix(r.URL.Path, adminCommands)
	if !ok {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("resource not found: %s", r.URL.Path)}
	}
	if r.Method != http.MethodPost {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("commands are sent with POST")}
	}
	app, err := activeApp()
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: err}
	}
	if meant := r.Header.Get(storeHeader); meant != "" && meant != app.storage.fingerprint() {
		return caddy.APIError{HTTPStatus: http.StatusConflict, Err: errors.New("this server uses another store")}
	}
	args, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommandBytes))
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("reading the arguments: %w", err)}
	}
	result, err := app.operator().Run(r.Context(), name, args)
	if errors.Is(err, operator.ErrUsage) {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: err}
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = io.Copy(w, bytes.NewReader(result))
	return err
}

// activeApp is the app of the configuration that is running. The admin API is provisioned before apps are, so it can
// only be asked for with a request at hand.
func activeApp() (*App, error) {
	app, err := caddy.ActiveContext().AppIfConfigured(appName)
	if err != nil {
		return nil, fmt.Errorf("the running configuration has no gatewright: %w", err)
	}
	return app.(*App), nil
}

// commandError is how Caddy writes an APIError.
type commandError struct {
	Error string `json:"error"`
}

func readCommandError(body []byte) string {
	var e commandError
	if json.Unmarshal(body, &e) == nil && e.Error != "" {
		return e.Error
	}
	return strings.TrimSpace(string(body))
}

// Interface guards.
var _ caddy.AdminRouter = (*adminAPI)(nil)
