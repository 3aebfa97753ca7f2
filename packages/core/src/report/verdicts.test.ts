import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const page = read('../../../../docs/reference/verdicts.md')
const types = read('../datapath/trace.ts')

/** Members of `export type NAME = 'a' | 'b'`, to the empty line behind it. */
function union(name: string): string[] {
  const body = types.split(`export type ${name} =`)[1]?.split('\n\n')[0] ?? ''
  return [...body.replace(/\/\/.*$/gm, '').matchAll(/'([^']+)'/g)].map((m) => m[1] ?? '')
}

/** First cells of the table below a heading. */
function listed(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((m) => m[1] ?? '')
}

test.each(['Verdict', 'Reason', 'Connection'])('docs/reference/verdicts.md explains every %s, and no other', (name) => {
  expect(union(name).length).toBeGreaterThan(3)
  expect(listed(name)).toEqual(union(name))
})
