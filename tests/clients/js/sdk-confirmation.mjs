// Confirming an address with strapi-sdk-js, on a site that asks for it and leads to https://front.example.test/welcome.
import assert from 'node:assert/strict'
import { newClient, refusal } from './sdk.mjs'
import { apiURL, fromMail, newPerson } from './site.mjs'

const linkInMail = /(http:\/\/\S+?\/auth\/email-confirmation\?confirmation=[0-9a-f]+)/

const ann = newPerson()
const client = newClient()
const { jwt, user } = await client.register(ann)
assert.equal(jwt, undefined)
assert.equal(user.confirmed, false)
client.logout() // the library keeps the token it did not get

const firstLink = await fromMail(ann.email, 1, linkInMail)
assert.ok(firstLink.startsWith(`${apiURL}/auth/email-confirmation?`), firstLink)
await assert.rejects(
  client.login({ identifier: ann.email, password: ann.password }),
  refusal(400, 'ApplicationError', 'Your account email is not confirmed'),
)

assert.deepEqual(await client.sendEmailConfirmation({ email: ann.email }), { email: ann.email, sent: true })
const link = await fromMail(ann.email, 2, linkInMail)
const visit = await fetch(link, { redirect: 'manual' })
assert.equal(visit.status, 302)
assert.equal(visit.headers.get('location'), 'https://front.example.test/welcome')

await client.login({ identifier: ann.email, password: ann.password })
assert.equal((await client.fetchUser()).confirmed, true)

await assert.rejects(
  newClient().sendEmailConfirmation({ email: ann.email }),
  refusal(400, 'ApplicationError', 'Already confirmed'),
)
const again = await fetch(link, { redirect: 'manual' })
assert.equal(again.status, 400)
