// Package policy answers one question: may this role perform this action? It owns the permission trees clients read and
// write, the route table that names the action of a request, casbin's model, and the compiled snapshot that the request
// path reads. It imports the types of package store and the paths of package canonical, and knows no HTTP and no tokens.
//
// casbin gives every verdict, once per role, action and version of the policy, when a Snapshot is built; URLs are
// matched by the Table alone. What no rule allows is denied, and so is everything in a zero value.
package policy
