import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import { checksPage } from '@culprit/core/report/checks-page'
import { signaturesPage } from '@culprit/core/report/signatures-page'
import { describe, expect, it, test } from 'vitest'
import { loadRunbooks } from './runbooks.ts'
import { loadSignatures } from './signatures.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')
const page = (name: string): string => readFileSync(join(root, 'docs/reference', name), 'utf8')

test('docs/reference/signatures.md is what knowledge/signatures says (npm run docs writes it)', () => {
  expect(page('signatures.md')).toBe(signaturesPage(loadSignatures()))
})

test('docs/reference/checks.md is what the checks say (npm run docs writes it)', () => {
  expect(page('checks.md')).toBe(checksPage(CHECKS))
})

describe('docs/reference/coverage.md', () => {
  const rows = page('coverage.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:paragraph|---)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  it('every row names a test that is there', () => {
    const wrong = rows
      .flatMap((row) => [...(row[4] ?? '').matchAll(/`([\w./-]+\.test\.ts)`/g)].map((found) => found[1] as string))
      .filter((file) => !existsSync(join(root, file)))
    expect(wrong).toEqual([])
    expect(rows.filter((row) => !/`[\w./-]+\.test\.ts`/.test(row[4] ?? '')).map((row) => row[1])).toEqual([])
  })

  it('checks, signatures and runbooks that it names exist', () => {
    const known = new Set([
      ...CHECKS.map(({ id }) => `check ${id}`),
      ...loadSignatures().map(({ id }) => `signature ${id}`),
      ...[...loadRunbooks().keys()].map((id) => `runbook ${id}`),
    ])
    const named = rows.flatMap((row) =>
      [...(row[3] ?? '').matchAll(/(check|signature|runbook) `([a-z0-9-]+)`/g)].map(([, kind, id]) => `${kind} ${id}`),
    )
    expect(named.length).toBeGreaterThan(40)
    expect(named.filter((one) => !known.has(one))).toEqual([])
  })

  it('the tests of a row speak of its checks, and try its signatures and runbooks', () => {
    const wrong = rows.flatMap((row) => {
      const files = [...(row[4] ?? '').matchAll(/`([\w./-]+\.test\.ts)`/g)].map((found) => found[1] as string)
      const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
      return [...(row[3] ?? '').matchAll(/(check|signature|runbook) `([a-z0-9-]+)`/g)]
        .filter(([, kind = '', id = '']) => !text.includes(`'${id}'`) && !files.some((file) => file.endsWith(TRIES_ALL[kind] ?? '-')))
        .map(([, kind, id]) => `${row[1]}: ${kind} ${id}`)
    })
    expect(wrong).toEqual([])
  })
})

/** Of these kinds one file tries every one that there is. */
const TRIES_ALL: Readonly<Record<string, string>> = { signature: 'signatures.test.ts', runbook: 'runbooks.test.ts' }

test('every check has its stories', () => {
  const folder = join(root, 'packages/core/src/diagnose/checks')
  const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  const text = tests.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  expect(CHECKS.filter(({ id }) => !text.includes(`'${id}'`)).map(({ id }) => id)).toEqual([])
})
