import type { TraceStep } from '../../facts/packet-log.ts'

/** Numbers of nft verdicts (uapi nf_tables.h: NFT_CONTINUE -1 … NFT_RETURN -5) where xtables-monitor has no name for them. */
const NUMBERS: Readonly<Record<string, string>> = {
  '0xffffffff': 'CONTINUE',
  '0xfffffffe': 'BREAK',
  '0xfffffffd': 'JUMP',
  '0xfffffffc': 'GOTO',
  '0xfffffffb': 'RETURN',
}

/** `JUMP:DOCKER`, `jump DOCKER`, `accept`, `0xfffffffb` */
export function verdictOf(text: string): Pick<TraceStep, 'verdict' | 'target'> {
  const found = /^\s*([A-Za-z0-9]+)(?:[:\s]\s*(\S+))?/.exec(text)
  if (!found) return { verdict: undefined, target: undefined }
  const word = (found[1] as string).toLowerCase()
  const verdict = (Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined) ?? word.toUpperCase()
  return { verdict, target: verdict === 'JUMP' || verdict === 'GOTO' ? found[2] : undefined }
}
