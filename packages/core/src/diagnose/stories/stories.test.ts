import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CAUSE_IDS } from '../causes/ids.ts'
import { WORTH_A_LOOK } from '../diagnosis.ts'
import { type Judged, judged, knowledgeOf } from '../testing/story.ts'
import { STORIES } from './testing/all.ts'

const folder = new URL('../../../../../knowledge/', import.meta.url)
const read = (name: string): unknown => parse(readFileSync(new URL(name, folder), 'utf8'))
const signatures = readdirSync(new URL('signatures/', folder))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => read(`signatures/${name}`))
const knowledge = knowledgeOf(read, signatures)

const known = new Map<string, Judged>()
const judgedOnce = (story: (typeof STORIES)[number]): Judged => {
  const result = known.get(story.name) ?? judged(knowledge, story)
  known.set(story.name, result)
  return result
}

test('a name is there once', () => {
  const names = STORIES.map(({ name }) => name)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

describe('the cause is found first, and not where it is not', () => {
  test.each(STORIES)('$name', (story) => {
    expect(judgedOnce(story).wrong).toEqual([])
  })
})

test.each(CAUSE_IDS)('%s: a story finds it first, and evidence close to that one does not', (id) => {
  const telling = STORIES.filter((story) => story.causes.includes(id)).filter((story) => {
    const { found, near } = judgedOnce(story)
    const isNear = story.near !== undefined || story.healthy !== undefined
    return found[0]?.id === id && isNear && near.every((cause) => cause.id !== id || cause.confidence <= WORTH_A_LOOK)
  })
  expect(telling.length, `no story tells of ${id}`).toBeGreaterThan(0)
})
