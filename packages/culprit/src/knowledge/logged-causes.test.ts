import { createEngine } from '@culprit/core/datapath/engine'
import { assembleScene } from '@culprit/core/diagnose/assemble'
import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import { LOGGED } from '@culprit/core/diagnose/causes/logged'
import { loggedOf } from '@culprit/core/diagnose/observations/signatures'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { matchText } from '@culprit/core/diagnose/signatures/match'
import { expect, test } from 'vitest'
import { loadSignatures } from './signatures.ts'

const signatures = loadSignatures()
const book = compileSignatures(signatures)

/** Causes that leave no trace in the state of objects, sockets and tables: programs tell of them. */
const ONLY_LOGGED: readonly CauseId[] = [
  'host.kernel-module',
  'host.lock',
  'host.selinux',
  'host.time',
  'node.kubeconfig',
  'deploy.leftover-state',
  'deploy.not-ready',
  'deploy.ssh',
  'deploy.package-manager',
  'deploy.package-missing',
  'deploy.package-conflict',
  'deploy.network-service',
  'deploy.helm-repo',
  'deploy.chart',
  'deploy.gitops-conflict',
]

/** What a line makes more than thinkable. */
const suspected = (text: string): readonly CauseId[] => {
  const logged = loggedOf(matchText(book, text, { file: 'notes.md', host: undefined }))
  const observations = logged.map((one, i) => ({ ...one, id: `o${i + 1}` }))
  const none = { documents: [], symptoms: [], works: [], ownership: () => undefined }
  const scene = assembleScene({ ...none, engine: createEngine([]), observations })
  const suspects = LOGGED.suspects(scene)
  return suspects.filter(({ likelihood }) => likelihood > 0.3).map(({ cause }) => cause)
}

test.each(ONLY_LOGGED)('%s is found by its messages, and not by lines near to them', (id) => {
  const own = signatures.filter(({ cause, severity }) => cause === id && severity !== 'info')
  expect(own.length).toBeGreaterThan(0)
  for (const { examples, misses } of own) {
    for (const line of examples) expect(suspected(line)).toContain(id)
    expect(misses.length).toBeGreaterThan(0)
    for (const line of misses) expect(suspected(line)).not.toContain(id)
  }
})
