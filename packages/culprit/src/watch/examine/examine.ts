import { stat } from 'node:fs/promises'
import { createEngine } from '@culprit/core/datapath/engine'
import { createOwnership } from '@culprit/core/diagnose/ownership'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { readDocuments } from '@culprit/core/intake/documents'
import { systemReason } from '../../bundle/evidence.ts'
import { loadCauses, loadOwners } from '../../cli/knowledge.ts'
import type { Bundle } from '../../collect/bundle.ts'
import { collect } from '../../collect/collect.ts'
import { filesOf } from '../../collect/live.ts'
import { writeArchive } from '../../collect/write.ts'
import { loadSignatures } from '../../knowledge/signatures.ts'
import { changesBetween } from './changes.ts'
import { checkStates, runAllChecks } from './checks.ts'
import type { ExamineAnswer, ExamineRequest } from './exchange.ts'
import { faultsOf } from './faults.ts'
import { predictFlows } from './predicted.ts'
import { resolveFlows } from './resolve.ts'

/** Takes a bundle of this machine, keeps it, and finds what of the criteria the model and the checks can tell, and why others fail. */
export async function examine(request: ExamineRequest, signal?: AbortSignal): Promise<ExamineAnswer> {
  const started = new Date()
  const bundle = await collect({ local: true, ssh: [] }, { signal, width: 2 })
  const documents = readDocuments(filesOf(bundle))
  const host = bundle.hosts[0] ?? 'host'
  const signatures = compileSignatures(loadSignatures())
  const knowledge = { owners: loadOwners(), causes: loadCauses(), signatures }
  const engine = createEngine(documents)
  const report = request.criteria.some(({ kind }) => kind === 'check') ? runAllChecks(documents, signatures) : undefined
  const criteria = [...predictFlows(engine, request.criteria, host), ...(report ? checkStates(report, request.criteria) : [])]
  const ground = { documents, engine, ownership: createOwnership(documents, knowledge.owners), knowledge, host, report }
  return {
    schema: 'culprit.examine/v1',
    host,
    flows: await resolveFlows(engine, documents, request.criteria, host, signal),
    criteria,
    snapshot: await keep(bundle, request.snapshot, started),
    ...(await changesBetween(request.before, documents, knowledge.owners)),
    faults: faultsOf(request, criteria, ground),
  }
}

async function keep(bundle: Bundle, path: string, started: Date): Promise<ExamineAnswer['snapshot']> {
  bundle.close({ started: started.toISOString(), milliseconds: Date.now() - started.getTime(), redacted: 'secrets' })
  try {
    await writeArchive(bundle.files, path, started)
    return { path, bytes: (await stat(path)).size }
  } catch (error) {
    return { problem: `the snapshot could not be kept: ${systemReason(error)}` }
  }
}
