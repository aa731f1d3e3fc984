package openapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// document is an OpenAPI document. Its operations are found by method and path, such as "GET /users/{id}": without the
// prefix, and with {id} for the one parameter that the reference spells in two ways.
type document struct {
	spec       *openapi3.T
	operations map[string]*routers.Route
}

func newDocument(spec *openapi3.T, prefix string) *document {
	return &document{spec: spec, operations: operationsOf(spec, prefix)}
}

func operationsOf(spec *openapi3.T, prefix string) map[string]*routers.Route {
	operations := make(map[string]*routers.Route)
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			operations[operationOf(method, strings.TrimPrefix(path, prefix))] = &routers.Route{
				Spec: spec, Path: path, PathItem: item, Method: method, Operation: operation,
			}
		}
	}
	return operations
}

// operationOf is the key of an operation.
func operationOf(method, path string) string {
	path = strings.ReplaceAll(path, "{role}", "{id}")
	return method + " " + strings.Replace(path, "/connect/*", "/connect/{provider}", 1)
}

// exchange is a request and the answer to it.
type exchange struct {
	operation string
	params    map[string]string
	method    string
	target    string
	header    http.Header
	body      []byte

	status   int
	response http.Header
	answer   []byte
}

// checkResponse compares the answer with what the document says.
func (d *document) checkResponse(ctx context.Context, x exchange) error {
	route, ok := d.operations[x.operation]
	if !ok {
		return fmt.Errorf("%s is not in the document", x.operation)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: x.input(ctx, route),
		Status:                 x.status,
		Header:                 x.response,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(x.answer)
	if err := openapi3filter.ValidateResponse(ctx, input); err != nil {
		return err
	}
	described := route.Operation.Responses.Status(x.status)
	if described != nil && len(described.Value.Content) == 0 && len(x.answer) > 0 {
		return errors.New("the answer has a body, which the document does not know")
	}
	return nil
}

// checkRequest compares the request with what the document says.
func (d *document) checkRequest(ctx context.Context, x exchange) error {
	route, ok := d.operations[x.operation]
	if !ok {
		return fmt.Errorf("%s is not in the document", x.operation)
	}
	return openapi3filter.ValidateRequest(ctx, x.input(ctx, route))
}

func (x exchange) input(ctx context.Context, route *routers.Route) *openapi3filter.RequestValidationInput {
	var body io.Reader
	if x.body != nil {
		body = bytes.NewReader(x.body)
	}
	request := httptest.NewRequestWithContext(ctx, x.method, x.target, body)
	request.Header = x.header.Clone()
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: x.params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: authenticated, MultiError: true},
	}
}

// authenticated is satisfied by a bearer token, whatever it is.
func authenticated(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	if input.RequestValidationInput.Request.Header.Get("Authorization") == "" {
		return errors.New("the document asks for a token")
	}
	return nil
}
