import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Status } from '../diagnosis.ts'
import { eliminate } from '../elimination/eliminate.ts'
import { judged, knowledgeOf, type Story } from '../testing/story.ts'
import { STORIES } from './testing/all.ts'
import { notedOf } from './testing/attempts.ts'

const folder = new URL('../../../../../knowledge/', import.meta.url)
const read = (name: string): unknown => parse(readFileSync(new URL(name, folder), 'utf8'))
const signatures = readdirSync(new URL('signatures/', folder)).filter((name) => name.endsWith('.yaml'))
const knowledge = knowledgeOf(
  read,
  signatures.map((name) => read(`signatures/${name}`)),
)

/** A cause that was given, how sure, and whether it was so. */
interface Given {
  readonly status: Status
  readonly confidence: number
  readonly right: boolean
}

const givenOf = (story: Story): readonly Given[] => {
  const { found, near } = judged(knowledge, story)
  const instead = story.near?.instead
  return [
    ...found.map(({ id, status, confidence }) => ({ status, confidence, right: story.causes.includes(id) })),
    ...near.map(({ id, status, confidence }) => ({ status, confidence, right: id === instead })),
  ]
}
const GIVEN = STORIES.flatMap(givenOf)

/** Of the same stories: what is left by elimination where only what works and what fails is known. */
const LEFT = STORIES.flatMap((story) => {
  const noted = notedOf(story)
  const { remaining, ruledOut } = noted ? eliminate(noted) : { remaining: [], ruledOut: [] }
  const cleared = ruledOut.filter(({ id }) => story.causes.includes(id)).length
  if (remaining.length === 0) return []
  const given = remaining.map(({ cause, likelihood }) => ({
    status: 'possible' as const,
    confidence: likelihood,
    right: story.causes.includes(cause),
  }))
  return [{ given, among: given.some(({ right }) => right), cleared: cleared === story.causes.length }]
})

const BANDS = [0.9, 0.7, 0.5, 0.3, 0]
const FAINT = [0.3, 0.2, 0.15, 0.1, 0.05, 0]
const STATUSES: readonly Status[] = ['proved', 'supported', 'possible']

function rows(given: readonly Given[], bands: readonly number[]): readonly string[] {
  return bands.flatMap((low, i) => {
    const high = bands[i - 1] ?? 1.01
    const band = given.filter(({ confidence }) => confidence >= low && confidence < high)
    const shares = STATUSES.map((status) => shareOf(band.filter((one) => one.status === status)))
    const name = i === 0 ? `${low.toFixed(2)} and more` : `${low.toFixed(2)} to ${high.toFixed(2)}`
    return band.length === 0 ? [] : [`| ${name} | ${[shareOf(band), ...shares].join(' | ')} |`]
  })
}

const shareOf = (given: readonly Given[]): string =>
  given.length === 0 ? '' : `${given.filter(({ right }) => right).length} of ${given.length}`
const percent = (part: number, whole: number): number => Math.round((part / whole) * 100)

const page = (): string => `# Calibration

How often a cause that was given with some confidence was right. The tests work it out (\`npx vitest run packages/core/src/diagnose/stories -u\` writes this page): it is
what the program says now.

## With the machine in the evidence

${STORIES.length} stories (\`packages/core/src/diagnose/stories/testing\`), each with its fault and with something close to it that is not it. Every cause that was given counts, not
only the first. The stories have every cause about equally often, and were written to tell causes apart: on call the usual ones are more frequent.

| confidence | right | proved | supported | possible |
|---|---|---|---|---|
${rows(GIVEN, BANDS).join('\n')}

## By elimination alone

Of ${LEFT.length} of the stories only what works and what fails was kept: every connection between the machines, as somebody would note it, and the machines' addresses. In
${percent(LEFT.filter(({ among }) => among).length, LEFT.length)} % the right cause is among what is left; in ${percent(LEFT.filter(({ cleared }) => cleared).length, LEFT.length)} % it was cleared, which it should not be.

| confidence | right |
|---|---|
${rows(
  LEFT.flatMap(({ given }) => given),
  FAINT,
)
  .map((row) => row.split(' | ').slice(0, 2).join(' | ').concat(' |'))
  .join('\n')}
`

test('of the causes given at 0.9, nine in ten are right', () => {
  const sure = GIVEN.filter(({ confidence }) => confidence >= 0.9)
  expect(sure.filter(({ right }) => right).length / sure.length).toBeGreaterThanOrEqual(0.9)
  expect(sure.length).toBeGreaterThan(80)
})

test('elimination seldom clears who it was, and is no surer than it is right', () => {
  expect(LEFT.filter(({ cleared }) => cleared).length / LEFT.length).toBeLessThan(0.1)
  const all = LEFT.flatMap(({ given }) => given)
  const [expected, right] = [all.reduce((sum, { confidence }) => sum + confidence, 0), all.filter((one) => one.right).length]
  expect(expected / right).toBeGreaterThan(0.67)
  expect(expected / right).toBeLessThan(1.5)
})

test('docs/reference/calibration.md says what is measured', async () => {
  await expect(page()).toMatchFileSnapshot('../../../../../docs/reference/calibration.md')
})
