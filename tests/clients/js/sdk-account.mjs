// Signing up, in and out with strapi-sdk-js.
import assert from 'node:assert/strict'
import { newClient, refusal } from './sdk.mjs'
import { gatewayURL, newPerson } from './site.mjs'

const ann = newPerson()
const client = newClient()

const registered = await client.register(ann)
assert.equal(registered.user.username, ann.username)
assert.equal(client.user.email, ann.email)
assert.equal(client.getToken(), registered.jwt)
assert.deepEqual(await client.fetchUser(), registered.user)

client.logout()
assert.equal(client.getToken(), null)
await assert.rejects(client.request('get', '/users/me'), refusal(403, 'ForbiddenError', 'Forbidden'))

const signedIn = await client.login({ identifier: ann.email, password: ann.password })
assert.equal(signedIn.user.id, registered.user.id)
assert.deepEqual(await client.request('get', '/users/me'), signedIn.user)

await assert.rejects(
  newClient().login({ identifier: ann.email, password: 'not hers' }),
  refusal(400, 'ValidationError', 'Invalid identifier or password'),
)
await assert.rejects(
  newClient().register(ann),
  refusal(400, 'ApplicationError', 'Email or Username are already taken'),
)
await assert.rejects(
  newClient().register({ ...newPerson(), password: 'short' }),
  refusal(400, 'ValidationError', 'password must be at least 6 characters'),
)

// The library forgets a token that the gateway does not know.
client.setToken(`${signedIn.jwt.slice(0, -6)}AAAAAA`)
await assert.rejects(
  client.request('get', '/users/me'),
  refusal(401, 'UnauthorizedError', 'Missing or invalid credentials'),
)
assert.equal(await client.fetchUser(), null)
assert.equal(client.getToken(), null)

assert.equal(client.getProviderAuthenticationUrl('github'), `${gatewayURL}/api/connect/github`)
