package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// settings is what the environment says about a run.
type settings struct {
	port        int
	secret      string
	upstream    string
	smtp        string
	options     options
	database    string
	adminSocket string
}

// options is CONFORMANCE_OPTIONS.
type options struct {
	AllowedFields []string        `json:"allowedFields"`
	JWTExpiresIn  string          `json:"jwtExpiresIn"`
	Sessions      json.RawMessage `json:"sessions"`
}

// The defaults: the port of target.json, and where the mail sink listens.
const (
	defaultPort = 8787
	defaultSMTP = "127.0.0.1:2525"
)

func readSettings() (*settings, error) {
	s := &settings{
		port: defaultPort, secret: os.Getenv("CONFORMANCE_JWT_SECRET"),
		smtp: cmp.Or(os.Getenv("CONFORMANCE_SMTP"), defaultSMTP),
	}
	if text := os.Getenv("CONFORMANCE_PORT"); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("CONFORMANCE_PORT=%q is no port", text)
		}
		s.port = port
	}
	if text := os.Getenv("CONFORMANCE_OPTIONS"); text != "" {
		if err := json.Unmarshal([]byte(text), &s.options); err != nil {
			return nil, fmt.Errorf("reading CONFORMANCE_OPTIONS: %w", err)
		}
	}
	if text := os.Getenv("CONFORMANCE_UPSTREAM"); text != "" {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" || u.Host == "" {
			return nil, fmt.Errorf("CONFORMANCE_UPSTREAM=%q is no address such as http://127.0.0.1:1337", text)
		}
		s.upstream = u.Host
	}
	if mode := os.Getenv("CONFORMANCE_MODE"); mode != "" && mode != "legacy-support" {
		slog.Warn("there is no such mode yet, running in legacy-support", "mode", mode)
	}
	if os.Getenv("CONFORMANCE_RATELIMIT") == "on" {
		slog.Warn("there are no rate limits yet, running without")
	}
	return s, nil
}

// caddyfile is the configuration of the run.
func (s *settings) caddyfile() string {
	var jwt, register strings.Builder
	if s.secret != "" {
		fmt.Fprintf(&jwt, "\n\t\t\tsecret %q", s.secret)
	}
	if s.options.JWTExpiresIn != "" {
		fmt.Fprintf(&jwt, "\n\t\t\texpires_in %s", s.options.JWTExpiresIn)
	}
	if len(s.options.AllowedFields) > 0 {
		fmt.Fprintf(&register, "\n\t\tregister {\n\t\t\tallowed_fields %s\n\t\t}", strings.Join(s.options.AllowedFields, " "))
	}
	return fmt.Sprintf(`{
	admin unix/%s
	auto_https off
	grace_period 1s
	gatewright {
		store sqlite %s
		jwt {%s
		}
		public_url http://127.0.0.1:%d%s
		bcrypt_cost %d
		mailer smtp %s {
			security none
			from default-from@example.test
		}
		content_type articles
		content_type reviews
		cors {
			origin https://front.example.test
			credentials
		}
	}
}

http://:%d {
	bind 127.0.0.1
	gatewright_admin
	gatewright
	reverse_proxy %s
}
`, s.adminSocket, s.database, jwt.String(), s.port, register.String(), testCost, s.smtp, s.port, s.upstream)
}
