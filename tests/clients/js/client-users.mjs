// Users through the manager that @strapi/client has for them, by somebody whose role may manage users.
import assert from 'node:assert/strict'
import { HTTPBadRequestError, HTTPForbiddenError } from '@strapi/client'
import { newClient, post, refused } from './client.mjs'
import { newPerson } from './site.mjs'

const visitor = newClient()
const { jwt, user: ann } = await post(visitor, '/auth/local/register', newPerson())
const users = newClient(jwt).collection('users')

// The first role of a new gateway is that of signed-in users.
const bob = newPerson()
const made = await users.create({ ...bob, role: 1, confirmed: true })
assert.equal(made.username, bob.username)
assert.equal('password' in made, false)

const found = await users.find({ filters: { email: { $eq: bob.email } } })
assert.deepEqual(found.map((user) => user.id), [made.id])
assert.equal((await users.findOne(made.id)).email, bob.email)

const changed = await users.update(made.id, { blocked: true })
assert.equal(changed.blocked, true)
assert.equal((await users.findOne(made.id)).blocked, true)

await refused(
  users.create({ ...newPerson(), email: ann.email, role: 1 }),
  HTTPBadRequestError,
  400,
  'ApplicationError',
  'Email already taken',
)

await users.delete(made.id)
assert.deepEqual(await users.find({ filters: { email: { $eq: bob.email } } }), [])

await refused(visitor.collection('users').find(), HTTPForbiddenError, 403, 'ForbiddenError', 'Forbidden')
