// strapi-sdk-js keeps the token of a session in a browser's storage, and only there: this is a browser with just that.
import Strapi from 'strapi-sdk-js'
import { gatewayURL } from './site.mjs'

class Storage {
  #items = new Map()

  getItem(key) {
    return this.#items.get(key) ?? null
  }

  setItem(key, value) {
    this.#items.set(key, String(value))
  }

  removeItem(key) {
    this.#items.delete(key)
  }
}

globalThis.window = { localStorage: new Storage() }

let browsers = 0

/** Returns a client with a session of its own. */
export function newClient() {
  browsers += 1
  return new Strapi({ url: gatewayURL, store: { key: `jwt-${browsers}`, useLocalStorage: true } })
}

/** Returns a check that an error is the envelope of a refusal. */
export function refusal(status, name, message) {
  return (envelope) =>
    envelope.data === null &&
    envelope.error.status === status &&
    envelope.error.name === name &&
    (message === undefined || envelope.error.message === message)
}
