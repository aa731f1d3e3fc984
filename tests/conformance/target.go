package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// TargetFile describes a server. The key start, which says how the server is started, is for other runners except for
// its ready and timeout_s.
type TargetFile struct {
	Name      string   `json:"name"`
	BaseURL   string   `json:"base_url"`
	Features  []string `json:"features"`
	Admin     Admin    `json:"admin"`
	MailURL   string   `json:"mail_url"`
	IDPURL    string   `json:"idp_url"`
	JWTSecret string   `json:"jwt_secret"` // when empty, signatures are not checked
	Start     struct {
		Ready    string `json:"ready"`     // a path that answers once the server is up
		TimeoutS int    `json:"timeout_s"` // how long that may take, in seconds
	} `json:"start"`
}

// Admin says how to become an administrator: with a token, or with a login.
type Admin struct {
	Token string `json:"token"`
	Login *struct {
		Path         string `json:"path"`
		RegisterPath string `json:"register_path"` // makes the first administrator when the login fails
		Email        string `json:"email"`
		Password     string `json:"password"`
	} `json:"login"`
}

// LoadTarget reads a target file.
func LoadTarget(path string) (TargetFile, error) {
	var file TargetFile
	raw, err := os.ReadFile(path)
	if err != nil {
		return file, fmt.Errorf("loading the target: %w", err)
	}
	if err := decodeJSON(raw, &file); err != nil {
		return file, fmt.Errorf("loading the target %s: %w", path, err)
	}
	file.BaseURL = strings.TrimSuffix(file.BaseURL, "/")
	return file, nil
}

// Target is a running server under test, with what the runner keeps there: an administrator's token and an account that
// makes the users of scenarios. It is not safe for concurrent use.
type Target struct {
	file       TargetFile
	adminToken string
	kit        *kit
}

// NewTarget returns a target; it sends nothing yet.
func NewTarget(file TargetFile) *Target {
	return &Target{file: file}
}

// adminBearer returns the administrator's token, after a login if need be.
func (t *Target) adminBearer(ctx context.Context) (string, error) {
	if t.adminToken == "" {
		if err := t.loginAdmin(ctx); err != nil {
			return "", err
		}
	}
	return t.adminToken, nil
}

func (t *Target) loginAdmin(ctx context.Context) error {
	if t.file.Admin.Token != "" {
		t.adminToken = t.file.Admin.Token
		return nil
	}
	login := t.file.Admin.Login
	if login == nil {
		return errors.New("the target file names no administrator")
	}
	who := map[string]string{"email": login.Email, "password": login.Password}
	answer, err := sendJSON(ctx, http.MethodPost, t.file.BaseURL+login.Path, "", who)
	if err == nil && answer.Status != http.StatusOK && login.RegisterPath != "" {
		who["firstname"], who["lastname"] = "Kit", "Admin"
		answer, err = sendJSON(ctx, http.MethodPost, t.file.BaseURL+login.RegisterPath, "", who)
	}
	if err != nil {
		return fmt.Errorf("admin login: %w", err)
	}
	var body struct {
		Data struct {
			Token string `json:"token"`
		} `json:"data"`
	}
	if err := answer.into(http.StatusOK, &body); err != nil {
		return fmt.Errorf("admin login: %w", err)
	}
	t.adminToken = body.Data.Token
	return nil
}

// admin sends a request as the administrator and decodes the answer, unless into is nil.
func (t *Target) admin(ctx context.Context, method, path string, payload, into any) error {
	bearer, err := t.adminBearer(ctx)
	if err != nil {
		return err
	}
	answer, err := sendJSON(ctx, method, t.file.BaseURL+path, bearer, payload)
	if err == nil && answer.Status == http.StatusUnauthorized && t.file.Admin.Token == "" {
		if err := t.loginAdmin(ctx); err != nil {
			return err
		}
		answer, err = sendJSON(ctx, method, t.file.BaseURL+path, t.adminToken, payload)
	}
	if err != nil {
		return err
	}
	var ignored any
	if into == nil {
		into = &ignored
	}
	if err := answer.into(http.StatusOK, into); err != nil {
		return fmt.Errorf("%s %s as admin: %w", method, path, err)
	}
	return nil
}

// randomLetters returns n lower-case letters from g to z: none is a hexadecimal digit, so the text survives being made
// a role's type and is never taken for a number.
func randomLetters(n int) string {
	const letters = "ghijklmnopqrstuv"
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw)
}
