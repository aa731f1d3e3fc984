package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// verb carries out an action whose arguments are filled in already.
type verb func(ctx context.Context, r *run, arguments []byte) error

// verbs are what setups and do steps consist of. README.md describes them.
var verbs = map[string]verb{
	"user":     decoded((*run).makeUser),
	"login":    decoded((*run).login),
	"edit":     decoded((*run).edit),
	"remove":   decoded((*run).remove),
	"role":     decoded((*run).makeRole),
	"permit":   decoded((*run).permit),
	"advanced": decoded((*run).changeAdvanced),
	"provider": decoded((*run).changeProvider),
	"template": decoded((*run).changeTemplate),
	"restore":  decoded((*run).noteSettings),
	"idp":      decoded((*run).instructProvider),
	"forge":    decoded((*run).forge),
	"tamper":   decoded((*run).tamper),
	"set":      decoded((*run).setVariables),
}

// decoded adapts a method with typed arguments.
func decoded[T any](do func(*run, context.Context, T) error) verb {
	return func(ctx context.Context, r *run, arguments []byte) error {
		var typed T
		if err := decodeJSON(arguments, &typed); err != nil {
			return err
		}
		return do(r, ctx, typed)
	}
}

func (r *run) do(ctx context.Context, action Action) error {
	if len(action) != 1 {
		return fmt.Errorf("an action has one verb, this one has %d", len(action))
	}
	for name, raw := range action {
		carryOut, ok := verbs[name]
		if !ok {
			return fmt.Errorf("unknown verb %q", name)
		}
		arguments, err := r.vars.FillJSON(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := carryOut(ctx, r, arguments); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// makeUser takes as, login and then; everything else is put into the user.
func (r *run) makeUser(ctx context.Context, arguments map[string]any) error {
	name := text(arguments["as"])
	unique := name + "-" + text(r.vars["rand"])
	body := map[string]any{
		"username": unique, "email": unique + "@example.test", "password": name + "-Passw0rd",
		"confirmed": true, "blocked": false, "role": r.vars["role.authenticated.id"],
	}
	login, then := arguments["login"] == true, arguments["then"]
	maps.Copy(body, arguments)
	maps.DeleteFunc(body, func(key string, _ any) bool { return key == "as" || key == "login" || key == "then" })

	answer, err := r.target.asKit(ctx, http.MethodPost, "/api/users", body)
	if err != nil {
		return err
	}
	var made struct {
		ID         json.Number `json:"id"`
		DocumentID any         `json:"documentId"`
	}
	if err := answer.into(http.StatusCreated, &made); err != nil {
		return fmt.Errorf("making user %s: %w", name, err)
	}
	r.define(name, Variables{
		"id": made.ID, "documentId": made.DocumentID,
		"username": body["username"], "email": body["email"], "password": body["password"],
	})
	r.later("user "+made.ID.String(), func(ctx context.Context) error {
		_, err := r.target.asKit(ctx, http.MethodDelete, "/api/users/"+made.ID.String(), nil)
		return err
	})
	if login {
		if err := r.login(ctx, loginArguments{As: name}); err != nil {
			return err
		}
	}
	if then != nil {
		return r.edit(ctx, editArguments{User: name, Set: then})
	}
	return nil
}

type loginArguments struct {
	As       string `json:"as"`
	Store    string `json:"store"` // where the tokens go, As by default
	DeviceID string `json:"deviceId"`
}

func (r *run) login(ctx context.Context, arguments loginArguments) error {
	credentials := map[string]any{
		"identifier": r.vars[arguments.As+".username"],
		"password":   r.vars[arguments.As+".password"],
	}
	if arguments.DeviceID != "" {
		credentials["deviceId"] = arguments.DeviceID
	}
	bearer, refresh, err := r.target.login(ctx, credentials)
	if err != nil {
		return fmt.Errorf("login of %s: %w", arguments.As, err)
	}
	store := arguments.Store
	if store == "" {
		store = arguments.As
	}
	r.vars[store+".jwt"] = bearer
	if refresh != "" {
		r.vars[store+".refreshToken"] = refresh
	}
	return nil
}

type editArguments struct {
	User string `json:"user"`
	Set  any    `json:"set"`
}

func (r *run) edit(ctx context.Context, arguments editArguments) error {
	answer, err := r.target.asKit(ctx, http.MethodPut, "/api/users/"+text(r.vars[arguments.User+".id"]), arguments.Set)
	if err != nil {
		return err
	}
	var ignored any
	if err := answer.into(http.StatusOK, &ignored); err != nil {
		return fmt.Errorf("editing %s: %w", arguments.User, err)
	}
	return nil
}

type removeArguments struct {
	User string `json:"user"`
}

func (r *run) remove(ctx context.Context, arguments removeArguments) error {
	_, err := r.target.asKit(ctx, http.MethodDelete, "/api/users/"+text(r.vars[arguments.User+".id"]), nil)
	return err
}

func (r *run) instructProvider(ctx context.Context, arguments map[string]any) error {
	control := r.target.file.IDPURL + "/control"
	answer, err := sendJSON(ctx, http.MethodPost, control+"/next", "", arguments)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("the made-up provider refused its instructions: %d", answer.Status)
	}
	r.later("idp", func(ctx context.Context) error {
		_, err := Send(ctx, http.MethodDelete, control, nil, nil)
		return err
	})
	return nil
}

func (r *run) forge(_ context.Context, spec Forgery) error {
	made, err := Forge(spec, time.Now())
	r.vars[spec.As] = made
	return err
}

type tamperArguments struct {
	As     string         `json:"as"`
	Token  string         `json:"token"`
	Claims map[string]any `json:"claims"`
}

func (r *run) tamper(_ context.Context, arguments tamperArguments) error {
	made, err := Tamper(arguments.Token, arguments.Claims)
	r.vars[arguments.As] = made
	return err
}

func (r *run) setVariables(_ context.Context, values Variables) error {
	maps.Copy(r.vars, values)
	return nil
}
