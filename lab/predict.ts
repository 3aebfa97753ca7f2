import { createEngine } from '@culprit/core/datapath/engine'
import type { TraceResult } from '@culprit/core/datapath/trace'
import { readDocuments } from '@culprit/core/intake/documents'
import type { Bundle } from './collect.ts'
import { requestOf } from './compare.ts'
import type { PacketSpec } from './scenario.ts'

/** What culprit says of each packet, from the bundle alone; the text of the error where it says nothing. */
export function predict(bundle: Bundle, packets: readonly PacketSpec[]): readonly (TraceResult | string)[] {
  const engine = createEngine(readDocuments([...bundle].map(([path, text]) => ({ path, text }))))
  return packets.map((packet, i) => {
    try {
      const answer = engine.trace(requestOf(packet, i), { reply: false })
      return 'kind' in answer ? `bad request: ${answer.text}` : answer
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' ') : String(error)
    }
  })
}
