// Content with strapi-sdk-js, signed in and not.
import assert from 'node:assert/strict'
import { newClient, refusal } from './sdk.mjs'
import { newPerson } from './site.mjs'

const visitor = newClient()
const client = newClient()
await client.register(newPerson())

const page = await client.find('articles', { sort: 'title:desc', pagination: { page: 1, pageSize: 2 } })
assert.deepEqual(page.data.map((article) => article.title), ['Article 3', 'Article 2'])
assert.equal(page.meta.pagination.total, 3)

const { data: made } = await client.create('articles', { title: 'Made by the SDK', body: 'First words' })
assert.equal(made.title, 'Made by the SDK')
assert.deepEqual((await client.findOne('articles', made.documentId)).data, made)

const { data: changed } = await client.update('articles', made.documentId, { title: 'Changed by the SDK' })
assert.equal(changed.title, 'Changed by the SDK')
assert.equal(changed.body, 'First words')

await client.delete('articles', made.documentId)
await assert.rejects(client.findOne('articles', made.documentId), refusal(404, 'NotFoundError', 'Not Found'))

const [first] = page.data
const forbidden = refusal(403, 'ForbiddenError', 'Forbidden')
for (const [who, type] of [[visitor, 'articles'], [client, 'reviews']]) {
  await assert.rejects(who.find(type), forbidden)
  await assert.rejects(who.findOne(type, first.documentId), forbidden)
  await assert.rejects(who.create(type, { title: 'Nobody made this' }), forbidden)
  await assert.rejects(who.update(type, first.documentId, { title: 'Defaced' }), forbidden)
  await assert.rejects(who.delete(type, first.documentId), forbidden)
}
assert.deepEqual((await client.findOne('articles', first.documentId)).data, first)
