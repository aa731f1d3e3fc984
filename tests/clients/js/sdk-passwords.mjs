// Changing and resetting a password with strapi-sdk-js.
import assert from 'node:assert/strict'
import { newClient, refusal } from './sdk.mjs'
import { fromMail, newPerson } from './site.mjs'

const wrong = refusal(400, 'ValidationError', 'Invalid identifier or password')
const codeInMail = /code=([0-9a-f]+)/

const ann = newPerson()
const client = newClient()
const { jwt: oldToken } = await client.register(ann)

await assert.rejects(
  client.changePassword({ currentPassword: 'not hers', password: 'Second-Passw0rd', passwordConfirmation: 'Second-Passw0rd' }),
  refusal(400, 'ValidationError', 'The provided current password is invalid'),
)
const changed = await client.changePassword({
  currentPassword: ann.password,
  password: 'Second-Passw0rd',
  passwordConfirmation: 'Second-Passw0rd',
})
assert.equal(client.getToken(), changed.jwt)
assert.equal((await client.fetchUser()).email, ann.email)
await assert.rejects(newClient().login({ identifier: ann.email, password: ann.password }), wrong)

// A token from before the change has ended with the old password.
const elsewhere = newClient()
elsewhere.setToken(oldToken)
await assert.rejects(elsewhere.request('get', '/users/me'), refusal(401, 'UnauthorizedError'))

// The answer is the same for an address that nobody has.
assert.deepEqual(await client.forgotPassword({ email: ann.email }), { ok: true })
assert.equal(client.getToken(), null)
assert.deepEqual(await client.forgotPassword({ email: newPerson().email }), { ok: true })
const code = await fromMail(ann.email, 1, codeInMail)

const passwords = { password: 'Third-Passw0rd', passwordConfirmation: 'Third-Passw0rd' }
await assert.rejects(
  client.resetPassword({ code: 'made-up', ...passwords }),
  refusal(400, 'ValidationError', 'Incorrect code provided'),
)
await assert.rejects(
  client.resetPassword({ code, password: 'Third-Passw0rd', passwordConfirmation: 'Fourth-Passw0rd' }),
  refusal(400, 'ValidationError', 'Passwords do not match'),
)
const reset = await client.resetPassword({ code, ...passwords })
assert.equal(reset.user.email, ann.email)
assert.equal((await client.fetchUser()).id, reset.user.id)
await assert.rejects(
  newClient().resetPassword({ code, ...passwords }),
  refusal(400, 'ValidationError', 'Incorrect code provided'),
)
await newClient().login({ identifier: ann.email, password: 'Third-Passw0rd' })
await assert.rejects(newClient().login({ identifier: ann.email, password: 'Second-Passw0rd' }), wrong)
