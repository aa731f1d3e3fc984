// Package canonical decides whether a request target has exactly one reading, and gives the form of it that matching,
// policy, logging, limits and forwarding share. It knows no HTTP server, no route and no user.
//
// What is judged is the path as it was sent, still escaped, without the query (RFC 9110, 7.1; RFC 3986, 3.3). The
// parsers between a client and an upstream disagree about some paths: one collapses dot segments, the next decodes
// first and splits afterwards, a third ends a segment at a semicolon. Such a path could be judged as one resource and
// served as another, so Parse refuses it instead of choosing:
//
//   - a path that does not begin with "/", and one that begins with "//", which may be read as an authority
//     (RFC 3986, 4.2)
//   - dot segments "." and "..", escaped or not (RFC 3986, 5.2.4 and 6.2.2.3)
//   - empty segments, except that one trailing slash is dropped
//   - "%2F" and "%5C", which decode to a separator, and "\" itself (RFC 3986, 2.2)
//   - ";" and "%3B", which begin a path parameter for some servers (RFC 3986, 3.3)
//   - "?" and "#", which end a path; escaped they are data
//   - NUL and every other control character, escaped or not: U+0000 to U+001F, U+007F, and U+0080 to U+009F
//   - an escaped percent sign that would begin another escape, as in "%252e" (RFC 3986, 2.4)
//   - an escape without two hexadecimal digits (RFC 3986, 2.1)
//   - octets that are not UTF-8 once decoded, overlong forms included (RFC 3629, 3)
//   - more than MaxLength bytes or MaxSegments segments
//
// What is left is normalised without changing its meaning (RFC 3986, 6.2.2): escapes of unreserved characters are
// decoded, other escapes get upper-case digits, and octets that may not stand in a path unescaped are escaped. Escapes of
// reserved characters stay: "%40" and "@" are different paths. The result is a fixed point of Parse.
package canonical
