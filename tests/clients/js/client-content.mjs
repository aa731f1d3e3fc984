// Content through the collection manager of @strapi/client, with a user's token and without.
import assert from 'node:assert/strict'
import { HTTPForbiddenError, HTTPNotFoundError } from '@strapi/client'
import { newClient, post, refused } from './client.mjs'
import { newPerson } from './site.mjs'

const visitor = newClient()
const { jwt } = await post(visitor, '/auth/local/register', newPerson())
const articles = newClient(jwt).collection('articles')

const page = await articles.find({ sort: 'title:asc', pagination: { page: 1, pageSize: 2 } })
assert.deepEqual(page.data.map((article) => article.title), ['Article 1', 'Article 2'])
assert.deepEqual(page.meta.pagination, { page: 1, pageSize: 2, pageCount: 2, total: 3 })

const made = await articles.create({ title: 'Made by a client', body: 'First words' })
assert.equal(made.data.title, 'Made by a client')
const id = made.data.documentId

const read = await articles.findOne(id)
assert.deepEqual(read.data, made.data)

const changed = await articles.update(id, { body: 'Other words' })
assert.equal(changed.data.title, 'Made by a client')
assert.equal(changed.data.body, 'Other words')
assert.equal((await articles.findOne(id)).data.body, 'Other words')

await articles.delete(id)
await refused(articles.findOne(id), HTTPNotFoundError, 404, 'NotFoundError', 'Not Found')

// The public may do none of this, and a signed-in user nothing with other types.
const [first] = page.data
const reviews = newClient(jwt).collection('reviews')
for (const type of [visitor.collection('articles'), reviews]) {
  const attempts = [
    type.find(),
    type.findOne(first.documentId),
    type.create({ title: 'Nobody made this' }),
    type.update(first.documentId, { title: 'Defaced' }),
    type.delete(first.documentId),
  ]
  await Promise.all(
    attempts.map((attempt) => refused(attempt, HTTPForbiddenError, 403, 'ForbiddenError', 'Forbidden')),
  )
}
assert.deepEqual((await articles.findOne(first.documentId)).data, first)
assert.equal((await articles.find()).meta.pagination.total, 3)
