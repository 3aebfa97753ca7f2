import type { Document } from '../../../intake/document.ts'
import type { PacketsSeen, StateSeen } from '../observation.ts'
import { observeBetween } from './between-captures.ts'
import { type Captured, isCapture, summarise } from './captured.ts'
import { errorsOf } from './errors-of.ts'
import { judge } from './judge.ts'
import { hostNames } from './names.ts'
import { observeFlows } from './observe.ts'
import { observeLink } from './observe-link.ts'
import { vantagesOf } from './vantage.ts'

/**
 * What the captures among the documents show: pcap, pcapng, and text of tcpdump and tshark. Each capture is read once, packet by packet, and
 * no packet of it is kept beyond the first ones of each conversation. The other documents tell names of interfaces, a host's own addresses
 * and what names stand for.
 *
 * @returns in the order of the documents; of each what fails first
 */
export function observationsOfCaptures(documents: readonly Document[]): readonly (PacketsSeen | StateSeen)[] {
  const captures = documents.filter(isCapture)
  if (captures.length === 0) return []
  const vantageOf = vantagesOf(documents)
  const names = hostNames(documents)
  const read = captures.map((document) => summarise(document, vantageOf(document.place), names))
  const each = read.flatMap((captured) => {
    const errors = errorsOf(captured)
    return [...damage(captured), ...observeFlows(judge(captured, errors), captured), ...observeLink(captured, errors)]
  })
  return [...each, ...observeBetween(read)]
}

/** The same without the state of the files themselves. */
export const packetsSeen = (documents: readonly Document[]): readonly PacketsSeen[] =>
  observationsOfCaptures(documents).filter((seen): seen is PacketsSeen => seen.kind === 'packet')

/** A capture that is damaged or cut may lack the very packet that would tell. */
function damage({ notes, file, vantage }: Captured): readonly StateSeen[] {
  return notes
    .filter(({ kind }) => kind === 'broken')
    .slice(0, 3)
    .map(({ text, source }) => ({ kind: 'state', text: `${file}: ${text}`, source, host: vantage.host, object: file }))
}
