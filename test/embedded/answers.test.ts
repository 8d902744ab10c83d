import { MongoServerError, type Document } from 'mongodb'
import t from 'tap'
import { expressionAnswers, filterAnswers, updateAnswers } from './answers.ts'
import { base, expressions, filters, mixed, others, pipelines, rows, shown, updates } from './differential-cases.ts'
import { open } from './helper.ts'

// the tables were answered alike by the reference engine, see differential.test.ts

async function answer (run: () => Promise<string>): Promise<string> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof MongoServerError) return `error ${String(error.code)}`
    throw error
  }
}

t.test('filters find the same documents with and without an index, in either direction', async (t) => {
  const { db } = await open(t)
  for (const name of ['plain', 'ascending', 'descending', 'compound']) await db.collection<Document>(name).insertMany(mixed)
  await db.collection('ascending').createIndex({ a: 1 })
  await db.collection('descending').createIndex({ a: -1 })
  await db.collection('compound').createIndex({ a: 1, _id: -1 })
  for (const filter of filters) {
    for (const name of ['plain', 'ascending', 'descending', 'compound']) {
      const found = await db.collection(name).find(filter).sort({ _id: 1 }).toArray()
      t.same(found.map(({ _id }) => _id), filterAnswers[shown(filter)], `${shown(filter)} ${name}`)
    }
  }
})

t.test('expressions have the values that MongoDB gives them', async (t) => {
  const { things } = await open(t)
  await things.insertMany(rows)
  for (const value of expressions) {
    const key = shown([value]).slice(1, -1)
    const found = await answer(async () => {
      const [doc] = await things.aggregate([{ $match: { _id: 5 } }, { $project: { value } }], { promoteValues: false }).toArray()
      return shown([doc?.value]).slice(1, -1)
    })
    t.equal(found, expressionAnswers[key], key)
  }
})

t.test('updates change what MongoDB would change', async (t) => {
  const { things } = await open(t)
  for (const update of updates) {
    await things.deleteMany({})
    await things.insertOne(base)
    const found = await answer(async () => {
      await things.updateOne({}, update)
      const [before, after] = [base, await things.findOne()].map((doc) => JSON.parse(shown(doc)) as Document) as [Document, Document]
      const changed = [...new Set([...Object.keys(after), ...Object.keys(before)])].filter((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]))
      return JSON.stringify(Object.fromEntries(changed.map((key) => [key, after[key] ?? 'gone'])))
    })
    t.equal(found, updateAnswers[shown(update)], shown(update))
  }
})

t.test('pipelines give the same result when an index serves them', async (t) => {
  const { db } = await open(t)
  for (const name of ['plain', 'indexed']) {
    await db.collection<Document>(name).insertMany(rows)
    await db.collection(`${name}-others`).insertMany(structuredClone(others))
  }
  await db.collection('indexed').createIndexes([{ key: { n: 1 } }, { key: { g: -1 } }])
  await db.collection('indexed-others').createIndexes([{ key: { k: 1 } }, { key: { name: 1 } }])
  for (const pipeline of pipelines) {
    const [one, other] = await Promise.all(['plain', 'indexed'].map((name) => answer(async () => {
      const stages = JSON.parse(JSON.stringify(pipeline).replaceAll('"others"', `"${name}-others"`)) as Document[]
      const docs = await db.collection(name).aggregate(stages).toArray()
      // what is joined comes in no particular order
      for (const doc of docs) if (Array.isArray(doc.o)) doc.o.sort((a: Document, b: Document) => a._id < b._id ? -1 : 1)
      return shown(docs)
    })))
    t.equal(one, other, shown(pipeline))
  }
})
