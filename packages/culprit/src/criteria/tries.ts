import { formatAddress, parseAddress } from '@culprit/core/net/address'
import type { Attempt } from '../probe/attempt.ts'

/**
 * Reads `nc -z -w 3 ADDRESS PORT`, `nc -u -z …` and `ping -c 3 ADDRESS`, as diagnoses write them, as what they try: it is tried by the probe, which
 * tells more and needs neither. undefined: another command.
 */
export function readTry([program, ...words]: readonly string[]): Pick<Attempt, 'protocol' | 'dst' | 'port'> | undefined {
  if (program !== 'nc' && program !== 'ping' && program !== 'ping6') return undefined
  const bare = unflagged(words, program === 'nc' ? /^-w$/ : /^-[cWw]$/)
  if (bare === undefined) return undefined
  const [dst, port, ...more] = bare.words
  const address = parseAddress(dst ?? '')
  if (address === undefined || more.length > 0) return undefined
  if (program !== 'nc') return port === undefined ? { protocol: 'icmp', dst: formatAddress(address) } : undefined
  if (!bare.flags.has('z') || !/^\d{1,5}$/.test(port ?? '') || Number(port) > 65_535) return undefined
  return { protocol: bare.flags.has('u') ? 'udp' : 'tcp', dst: formatAddress(address), port: Number(port) }
}

/** The words that are no flags, and the letters of those that are. undefined: a flag that changes what is done. */
function unflagged(
  words: readonly string[],
  valued: RegExp,
): { readonly words: readonly string[]; readonly flags: ReadonlySet<string> } | undefined {
  const flags = new Set<string>()
  const bare: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (valued.test(word)) {
      if (!/^\d{1,4}(?:\.\d)?$/.test(words[++i] ?? '')) return undefined
    } else if (word.startsWith('-')) {
      if (!/^-[zuvn46]+$/.test(word)) return undefined
      for (const letter of word.slice(1)) flags.add(letter)
    } else bare.push(word)
  }
  return { words: bare, flags }
}
