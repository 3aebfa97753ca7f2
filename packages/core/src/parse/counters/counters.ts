import type { Source } from '../../facts/source.ts'
import { readLines, words } from '../lines.ts'

/** A counter of the kernel's, with the line that shows it. */
export interface Counter {
  readonly value: number
  readonly source: Source
}

/**
 * `nstat -az` (`TcpExtListenOverflows  12  0.0`), /proc/net/snmp and /proc/net/netstat (a line of names, a line of values), and a lone
 * number as `conntrack -C` and /proc/sys/net/netfilter/nf_conntrack_count print it, which has the name ''.
 */
export function readCounters(text: string, file: string): ReadonlyMap<string, Counter> {
  const values = new Map<string, Counter>()
  let above: { readonly group: string; readonly names: readonly string[] } | undefined
  for (const { text: line, number } of readLines(text)) {
    const source = { file, line: number }
    const list = words(line)
    const group = /^(\w+):$/.exec(list[0] ?? '')?.[1]
    if (group !== undefined) {
      if (above?.group === group) for (const [i, name] of above.names.entries()) put(values, `${group}${name}`, list[i + 1], source)
      above = above?.group === group ? undefined : { group, names: list.slice(1) }
    } else if (list.length === 1) put(values, '', list[0], source)
    else if (/^[A-Z]\w+$/.test(list[0] ?? '')) put(values, list[0] as string, list[1], source)
  }
  return values
}

function put(values: Map<string, Counter>, name: string, text: string | undefined, source: Source): void {
  if (text !== undefined && /^\d{1,20}$/.test(text)) values.set(name, { value: Number(text), source })
}
