import { readFileSync } from 'node:fs'
import { CAUSE_IDS } from '@culprit/core/diagnose/causes/ids'
import { readOperation } from '@culprit/core/repair/read-operation'
import { stepsOf } from '@culprit/core/repair/runbook'
import { runbooksMarkdown } from '@culprit/core/report/repair/runbooks'
import { expect, test } from 'vitest'
import { loadRunbooks } from './runbooks.ts'
import { loadSignatures } from './signatures.ts'

const runbooks = loadRunbooks()

/** A value of each type, as somebody would give it. */
const VALUES: Readonly<Record<string, string>> = {
  name: 'n1',
  names: 'shop/web-1,shop/web-2',
  address: '192.0.2.1',
  prefix: '10.1.0.0/16',
  device: 'eth0',
  number: '3',
  path: '/opt/a file',
  unit: 'docker',
  image: 'registry:5000/web:1.2',
  url: 'http://api:8060/',
  words: 'app=flannel',
  label: 'zone',
  sysctl: 'net.ipv4.ip_forward',
  destination: 'root@n1',
}

test.each([...runbooks.values()].map((runbook) => [runbook.id, runbook] as const))(
  '%s: its steps can be made, and none is of a kind that is refused',
  (_, runbook) => {
    const variants = runbook.parameters.find(({ type }) => type === 'choice')?.choices ?? ['']
    for (const choice of variants) {
      const values = Object.fromEntries(
        runbook.parameters.map(({ name, type }) => [name, type === 'choice' ? choice : (VALUES[type] as string)]),
      )
      const made = stepsOf(runbook, values)
      if ('kind' in made) throw new Error(made.text)
      expect(made.drafts.map(({ command }) => readOperation(command)).filter(({ kind }) => kind === 'refused')).toEqual([])
      expect(JSON.stringify(made)).not.toMatch(/\{(?:node|pod|device|file|owner|container|unit|image|address)\}/)
    }
  },
)

test('a runbook mends causes that exist, and every runbook that a signature names is there', () => {
  const known: readonly string[] = CAUSE_IDS
  expect(
    [...runbooks.values()].flatMap(({ id, causes }) => causes.filter((cause) => !known.includes(cause)).map((cause) => `${id}: ${cause}`)),
  ).toEqual([])
  expect(loadSignatures().flatMap(({ runbook }) => (runbook !== undefined && !runbooks.has(runbook) ? [runbook] : []))).toEqual([])
})

test('a value stays one argument, and none becomes an option or a command', () => {
  const runbook = runbooks.get('add-default-route')
  if (!runbook) throw new Error('no such runbook')
  expect(stepsOf(runbook, { gateway: '192.0.2.1; reboot', device: 'eth0' })).toMatchObject({ kind: 'problem' })
  expect(stepsOf(runbook, { gateway: '192.0.2.1', device: '-force' })).toMatchObject({ kind: 'problem' })
  expect(stepsOf(runbook, { gateway: '192.0.2.1' })).toMatchObject({
    kind: 'problem',
    text: 'add-default-route needs device: the interface',
  })
  expect(stepsOf(runbook, { gateway: '192.0.2.1', device: 'eth0' })).toMatchObject({
    drafts: [{ command: ['ip', 'route', 'add', 'default', 'via', '192.0.2.1', 'dev', 'eth0'] }],
  })
})

test('docs/reference/runbooks.md is what npm run docs:runbooks writes', () => {
  const page = readFileSync(new URL('../../../../docs/reference/runbooks.md', import.meta.url), 'utf8')
  expect(page).toBe(runbooksMarkdown([...runbooks.values()]))
})
