import { readFileSync } from 'node:fs'
import { CAUSE_IDS } from '@culprit/core/diagnose/causes/ids'
import { causesPage } from '@culprit/core/report/causes-page'
import { expect, test } from 'vitest'
import { loadCauses } from './knowledge.ts'

const book = loadCauses()

test('causes.yaml keeps to its schema, and has the ids of ids.ts in their order', () => {
  expect([...book.keys()]).toEqual([...CAUSE_IDS])
})

test('a title is a headline: short, and no sentence', () => {
  for (const { title } of book.values()) expect(title).toMatch(/^\S.{5,75}[^.]$/)
})

test('docs/reference/causes.md says what causes.yaml says (npm run docs writes it)', () => {
  expect(readFileSync(new URL('../../../../docs/reference/causes.md', import.meta.url), 'utf8')).toBe(causesPage(book))
})
