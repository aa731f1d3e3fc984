// What the scripts share: where the gateway is, people nobody else has, and the mails that were sent to them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

export const gatewayURL = process.env.GATEWAY_URL
export const apiURL = `${gatewayURL}/api`

const mailsURL = process.env.MAILS_URL
const patience = 15_000 // milliseconds

/** Returns what somebody signs up with. */
export function newPerson() {
  const username = `ann-${randomUUID()}`
  return { username, email: `${username}@example.test`, password: 'Ann-Passw0rd' }
}

/** Waits for the count-th mail to an address and returns what the first group of the pattern matches in it. */
export async function fromMail(address, count, pattern) {
  for (const end = Date.now() + patience; Date.now() < end; await pause(50)) {
    const answer = await fetch(`${mailsURL}/messages?to=${encodeURIComponent(address)}`)
    const { messages } = await answer.json()
    if (messages.length >= count) {
      const found = pattern.exec(messages[count - 1].html ?? messages[count - 1].text)
      assert.ok(found, `${pattern} is not in ${JSON.stringify(messages[count - 1])}`)
      return found[1]
    }
  }
  assert.fail(`mail ${count} to ${address} did not come`)
}
