import { parsePlace } from '../model/place.ts'
import { formatAddress } from '../net/address.ts'
import type { Symptom } from './scene.ts'

type Word = 'ADDRESS' | 'DESTINATION' | 'SOURCE' | 'NAMESPACE' | 'SERVICE' | 'POD'

/** A command of knowledge/ with what a symptom knows in place of its words in capitals; what the symptom does not know stays a word for the reader to fill. */
export function filled(command: string, symptom: Symptom | undefined): string {
  if (!symptom) return command
  const known = wordsOf(symptom)
  return command.replace(WORDS, (word) => known[word as Word] ?? word)
}

const WORDS = /(?<![\w-])(?:ADDRESS|DESTINATION|SOURCE|NAMESPACE|SERVICE|POD)(?![\w-])/g
/** Names come from evidence, and the command is for a shell: what means more than itself there is not put in. */
const PLAIN = /^[\w.:-]+$/

function wordsOf({ request, outcomes }: Symptom): Partial<Record<Word, string>> {
  const packet = outcomes[0]?.sent ?? outcomes[0]?.packet
  const [from, to] = [parsePlace(request.from)?.place, parsePlace(request.to)?.place]
  const address = packet ? formatAddress(packet.dst) : to?.kind === 'address' ? formatAddress(to.address) : undefined
  const source = packet ? formatAddress(packet.src) : from?.kind === 'address' ? formatAddress(from.address) : request.src
  const named = to?.kind === 'service' || to?.kind === 'pod' ? to : undefined
  const words = {
    ADDRESS: address,
    DESTINATION: address,
    SOURCE: source,
    NAMESPACE: named?.namespace,
    [named?.kind === 'pod' ? 'POD' : 'SERVICE']: named?.name,
  }
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined && PLAIN.test(value)))
}
