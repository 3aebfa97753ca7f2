import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import { expect, test } from 'vitest'
import { loadComponents } from './components.ts'
import { loadRunbooks } from './runbooks.ts'

test('components and ports are read', () => {
  const { components, ports } = loadComponents()
  expect(components.map(({ id }) => id)).toContain('kube-apiserver')
  expect(ports.map(({ port }) => port)).toContain(10_250)
})

test('a check is there once, and the runbook that it names exists', () => {
  const ids = CHECKS.map(({ id }) => id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  const runbooks = loadRunbooks()
  expect(CHECKS.flatMap(({ id, runbook }) => (runbook !== undefined && !runbooks.has(runbook) ? [`${id}: ${runbook}`] : []))).toEqual([])
})
