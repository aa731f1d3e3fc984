// Signing up, in, and asking who one is, with the fetch of @strapi/client: the library leaves these endpoints to it.
import assert from 'node:assert/strict'
import { HTTPAuthorizationError, HTTPBadRequestError, HTTPForbiddenError } from '@strapi/client'
import { newClient, post, refused } from './client.mjs'
import { newPerson } from './site.mjs'

const visitor = newClient()
const ann = newPerson()

const registered = await post(visitor, '/auth/local/register', ann)
assert.equal(registered.user.username, ann.username)
assert.equal(registered.user.email, ann.email)
assert.equal(registered.user.confirmed, true)
assert.equal('password' in registered.user, false)
assert.match(registered.jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/)

await refused(
  post(visitor, '/auth/local/register', ann),
  HTTPBadRequestError,
  400,
  'ApplicationError',
  'Email or Username are already taken',
)
await refused(
  post(visitor, '/auth/local', { identifier: ann.email, password: 'not hers' }),
  HTTPBadRequestError,
  400,
  'ValidationError',
  'Invalid identifier or password',
)

for (const identifier of [ann.email, ann.username]) {
  const signedIn = await post(visitor, '/auth/local', { identifier, password: ann.password })
  assert.equal(signedIn.user.documentId, registered.user.documentId)
  const me = await (await newClient(signedIn.jwt).fetch('/users/me')).json()
  assert.deepEqual(me, signedIn.user)
}

await refused(visitor.fetch('/users/me'), HTTPForbiddenError, 403, 'ForbiddenError', 'Forbidden')

const forged = `${registered.jwt.slice(0, -6)}AAAAAA`
await refused(
  newClient(forged).fetch('/users/me'),
  HTTPAuthorizationError,
  401,
  'UnauthorizedError',
  'Missing or invalid credentials',
)
