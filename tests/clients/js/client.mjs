// What the scripts for @strapi/client share.
import assert from 'node:assert/strict'
import { strapi } from '@strapi/client'
import { apiURL } from './site.mjs'

/** Returns a client that sends a user's token, or none. The library knows it as an API token. */
export function newClient(jwt) {
  return strapi({ baseURL: apiURL, auth: jwt })
}

/** Sends a body to an endpoint that the library has no method for, and returns the answer's. */
export async function post(client, path, body) {
  const answer = await client.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

/** Asserts that an attempt ends with an error of the library that holds the envelope of a refusal. */
export async function refused(attempt, errorClass, status, name, message) {
  const error = await attempt.then(
    () => assert.fail(`it was allowed; expected ${name}`),
    (reason) => reason,
  )
  assert.equal(error.constructor, errorClass, String(error))
  assert.equal(error.response.status, status)
  assert.deepEqual(await error.response.json(), { data: null, error: { status, name, message, details: {} } })
}
