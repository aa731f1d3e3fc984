package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// client runs commands in the server that a configuration describes, or beside it on the same store.
type client struct {
	configFile string
	adapter    string
	address    string // of the admin endpoint; empty: as the configuration says
	offline    bool   // work on the store itself, whoever answers
	init       bool   // make the store when it is not there

	config      *caddy.Config
	fingerprint string
	exists      bool // the store
	asked       bool // for this address
}

// errNoServer means that no server with Gatewright answers where the configuration has it.
var errNoServer = errors.New("no server answers")

// run runs a command and reads its result into result.
func (c *client) run(ctx context.Context, name string, args, result any) error {
	encoded, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encoding the arguments: %w", err)
	}
	if err := c.load(); err != nil {
		return err
	}
	answer, err := c.answer(ctx, name, encoded)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, result); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

// answer asks the server, and works on the store itself only when there is none: a change that lands in another store than
// the server's would be a change that nobody sees.
func (c *client) answer(ctx context.Context, name string, args []byte) ([]byte, error) {
	if c.offline {
		return c.local(ctx, name, args)
	}
	answer, err := c.remote(ctx, name, args)
	if !errors.Is(err, errNoServer) {
		return answer, err
	}
	if c.asked {
		return nil, fmt.Errorf("%w at %s; leave --address out, or work on the store itself with --offline", err, c.address)
	}
	return c.local(ctx, name, args)
}

// load reads the configuration, which says where the server and the store are.
func (c *client) load() error {
	raw, err := c.readConfig()
	if err != nil {
		return err
	}
	c.config = new(caddy.Config)
	if err := caddy.StrictUnmarshalJSON(raw, c.config); err != nil {
		return fmt.Errorf("reading %s: %w", c.configFile, err)
	}
	if c.config.AppsRaw["http"] == nil && c.config.AppsRaw[appName] == nil {
		return fmt.Errorf("%s has no gatewright in it", c.configFile)
	}
	if c.config.AppsRaw[appName] == nil {
		// A site with a bare `gatewright` uses the app with all defaults.
		c.config.AppsRaw[appName] = json.RawMessage("{}")
	}
	c.asked = c.address != ""
	if !c.asked {
		c.address = caddy.DefaultAdminListen
		if admin := c.config.Admin; admin != nil && admin.Listen != "" {
			c.address = admin.Listen
		}
	}
	return c.findStore()
}

// readConfig returns the configuration in JSON.
func (c *client) readConfig() ([]byte, error) {
	if c.configFile == "" {
		c.configFile = "Caddyfile"
	}
	raw, err := os.ReadFile(c.configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s here; name the configuration of the server with --config", c.configFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	name := c.adapter
	if name == "" && filepath.Ext(c.configFile) != ".json" {
		name = "caddyfile"
	}
	if name == "" {
		return raw, nil
	}
	adapter := caddyconfig.GetAdapter(name)
	if adapter == nil {
		return nil, fmt.Errorf("there is no config adapter %q", name)
	}
	adapted, _, err := adapter.Adapt(raw, map[string]any{"filename": c.configFile})
	if err != nil {
		return nil, fmt.Errorf("adapting %s: %w", c.configFile, err)
	}
	return adapted, nil
}

// findStore reads which store the configuration names, without opening it.
func (c *client) findStore() error {
	var a App
	if err := json.Unmarshal(c.config.AppsRaw[appName], &a); err != nil {
		return fmt.Errorf("reading the options of gatewright: %w", err)
	}
	if a.StoreRaw == nil {
		a.StoreRaw = defaultStore()
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	module, err := ctx.LoadModule(&a, "StoreRaw")
	if err != nil {
		return fmt.Errorf("loading the store: %w", err)
	}
	backend, ok := module.(StoreBackend)
	if !ok {
		return fmt.Errorf("%T is no store for gatewright", module)
	}
	c.fingerprint, c.exists = fingerprint(backend.Key()), backend.Exists()
	return nil
}

// remoteTimeout bounds how long a server may take to answer.
const remoteTimeout = 30 * time.Second

// remote runs the command in a running server.
func (c *client) remote(ctx context.Context, name string, args []byte) ([]byte, error) {
	if c.config.Admin != nil && c.config.Admin.Disabled {
		return nil, errNoServer
	}
	admin, err := caddy.ParseNetworkAddress(c.address)
	if err != nil || admin.PortRangeSize() > 1 {
		return nil, fmt.Errorf("%q is no address of an admin endpoint", c.address)
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, adminOrigin(admin)+adminCommands+name, bytes.NewReader(args))
	if err != nil {
		return nil, fmt.Errorf("asking the server: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(storeHeader, c.fingerprint)
	if !admin.IsUnixNetwork() {
		request.Header.Set("Origin", adminOrigin(admin))
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, admin.Network, dialAddress(admin))
	}
	response, err := (&http.Client{Transport: &http.Transport{DialContext: dial}}).Do(request)
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "dial" {
		return nil, errNoServer
	}
	if err != nil {
		return nil, fmt.Errorf("asking the server: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return c.readAnswer(response)
}

func (c *client) readAnswer(response *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return body, nil
	case http.StatusNotFound:
		return nil, errNoServer
	case http.StatusConflict:
		return nil, fmt.Errorf("the server at %s uses another store than %s names; use the configuration that it was "+
			"started with, from the same folder, or --offline", c.address, c.configFile)
	}
	return nil, errors.New(readCommandError(body))
}

// maxAnswerBytes bounds what is read of a server's answer.
const maxAnswerBytes = 64 << 20

// adminOrigin is the origin that the admin endpoint expects. A socket has none; any loopback host will do.
func adminOrigin(admin caddy.NetworkAddress) string {
	if admin.IsUnixNetwork() {
		return "http://127.0.0.1"
	}
	return "http://" + admin.JoinHostPort(0)
}

// dialAddress leaves out the permission bits that may stand behind the path of a socket.
func dialAddress(admin caddy.NetworkAddress) string {
	if path, _, ok := strings.Cut(admin.Host, "|"); ok && admin.IsUnixNetwork() {
		return path
	}
	return admin.JoinHostPort(0)
}

// local runs the command here, on the store itself. A server on the same store notices within 250 ms.
func (c *client) local(ctx context.Context, name string, args []byte) ([]byte, error) {
	if !c.exists && !c.init {
		return nil, fmt.Errorf("no server answers, and the store that %s names is not there; start the server, "+
			"or make the store with --init", c.configFile)
	}
	c.config.Admin = &caddy.AdminConfig{Disabled: true}
	c.config.Logging = &caddy.Logging{Logs: map[string]*caddy.CustomLog{
		caddy.DefaultLoggerName: {BaseLog: caddy.BaseLog{Level: "ERROR"}},
	}}
	provisioned, err := caddy.ProvisionContext(c.config)
	if err != nil {
		return nil, fmt.Errorf("no server answers, and its configuration does not work here: %w", err)
	}
	app, err := provisioned.AppIfConfigured(appName)
	if err != nil {
		return nil, err
	}
	a := app.(*App)
	defer func() { _ = a.Cleanup() }()
	return a.operator().Run(ctx, name, args)
}
