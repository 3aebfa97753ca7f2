import type { LogEntry, TraceStep } from '../../../facts/packet-log.ts'
import type { Document } from '../../../intake/document.ts'
import { readKernelLog } from '../../../parse/kernel-log/kernel-log.ts'
import { readNftMonitor } from '../../../parse/trace/nft-monitor.ts'
import { readXtablesMonitor } from '../../../parse/trace/xtables-monitor.ts'
import type { Logged } from '../observation.ts'
import { loggedLines } from './log-lines.ts'
import { rulebooksOf } from './rulebook.ts'
import { loggedTraces } from './trace-lines.ts'

/**
 * What TRACE and LOG rules wrote: each packet's real way through the rules, joined with the captured ruleset by table, chain and the rule's
 * number, text or handle. Error messages of the kernel are signatures (knowledge/signatures).
 */
export function observationsOfKernelLogs(documents: readonly Document[]): readonly Logged[] {
  const logs = documents.filter(holdsPackets)
  if (logs.length === 0) return []
  const rulebookOf = rulebooksOf(documents)
  return logs.flatMap((document) => {
    const facts = read(document)
    const rules = rulebookOf(document.place)
    const traces = facts.filter((fact): fact is TraceStep => fact.kind === 'trace')
    const lines = facts.filter((fact): fact is LogEntry => fact.kind === 'log')
    return [...loggedTraces(traces, document.place, rules), ...loggedLines(lines, document.place, rules)]
  })
}

function holdsPackets({ content, text }: Document): boolean {
  if (content.kind !== 'recognised' || text === undefined) return false
  const { format } = content
  if (format === 'nft-monitor-trace' || format === 'xtables-monitor') return true
  return (format === 'kernel-log' || format === 'log') && text.includes(' OUT=')
}

function read({ content, text = '', file }: Document): readonly (TraceStep | LogEntry)[] {
  const format = content.kind === 'recognised' ? content.format : undefined
  if (format === 'nft-monitor-trace') return readNftMonitor(text, file).facts
  return format === 'xtables-monitor' ? readXtablesMonitor(text, file).facts : readKernelLog(text, file).facts
}
