package gatetest

import (
	"net/http"
	"testing"
)

// Password is that of everyone who signs up in a test.
const Password = "correct horse battery"

// Person is an account and a token for it.
type Person struct {
	ID         int64
	DocumentID string
	Username   string
	Token      string
}

// SignUp makes an account by way of the public endpoint.
func (g *Gate) SignUp(t *testing.T, username string) Person {
	t.Helper()
	return session(t, g.Do(t, Request{Method: http.MethodPost, Path: "/api/auth/local/register", JSON: map[string]string{
		"username": username, "email": username + "@example.com", "password": Password,
	}}).Want(t, http.StatusOK))
}

// SignIn signs somebody in by username and password.
func (g *Gate) SignIn(t *testing.T, username, password string) Answer {
	t.Helper()
	return g.Do(t, Request{Method: http.MethodPost, Path: "/api/auth/local", JSON: map[string]string{
		"identifier": username, "password": password,
	}})
}

func session(t *testing.T, answer Answer) Person {
	t.Helper()
	var body struct {
		JWT  string `json:"jwt"`
		User struct {
			ID         int64  `json:"id"`
			DocumentID string `json:"documentId"`
			Username   string `json:"username"`
		} `json:"user"`
	}
	answer.Decode(t, &body)
	return Person{ID: body.User.ID, DocumentID: body.User.DocumentID, Username: body.User.Username, Token: body.JWT}
}
