import { type Ran, ran } from '../exec/executor.ts'
import { quote } from '../exec/quote.ts'
import type { Entry } from './catalogue.ts'
import { MEGABYTES, SECONDS } from './catalogue.ts'

/**
 * Many commands in one shell: entering a namespace and crossing a network once, not once each. The text is made of the catalogue alone. Before and
 * after each output stands a line with a word (`$1`) that the outputs cannot know.
 */
export function batchScript(entries: readonly Entry[]): string {
  return `${HEAD}${flat(entries).map(line).join('')}`
}

/** Each entry, with what is asked instead of it right behind. */
const flat = (entries: readonly Entry[]): readonly Entry[] =>
  entries.flatMap((entry) => (entry.fallback ? [entry, entry.fallback] : [entry]))

/**
 * What runs one command (`r NUMBER SECONDS BYTES COMMAND…`): its output as it comes, up to a byte more than is kept; then its exit code and what it said.
 * One that does not heed SIGTERM is killed, where timeout(1) can.
 */
const HEAD = `t=$1; exec 3>&1
T=; command -v timeout >/dev/null 2>&1 && T=timeout
[ -n "$T" ] && timeout -k 1 5 true 2>/dev/null && T='timeout -k 1'
r() { n=$1 s=$2 b=$3; shift 3
printf '%s begin %s\\n' "$t" "$n"
if command -v "$1" >/dev/null 2>&1
then e=$({ { $T \${T:+"$s"} "$@" 2>&5; echo "x$?" >&5; } 3>&- | head -c "$b" >&3; } 5>&1); c=\${e##*x} e=\${e%x*}
else c=absent e=
fi
printf '\\n%s end %s %s\\n%s\\n' "$t" "$n" "$c" "$e"; }
`

function line({ argv, seconds = SECONDS, megabytes = MEGABYTES, unless = [] }: Entry, index: number, all: readonly Entry[]): string {
  const guard = unless.map((program) => `command -v ${quote([program])} >/dev/null 2>&1 || `).join('')
  const instead = all[index - 1]?.fallback === all[index] ? '[ "$c" = 0 ] || ' : ''
  return `${guard}${instead}r ${index} ${seconds} ${megabytes * 1024 * 1024 + 1} ${quote(argv)}\n`
}

/** How long all of it may take, in milliseconds: they run one after the other, and rarely hang. */
export const batchTimeout = (entries: readonly Entry[]): number => 1000 * (15 + Math.max(...entries.map((one) => one.seconds ?? SECONDS)))

/** The outputs told apart: entry by entry how it ended. An entry that was not asked is missing; one that was cut off ends as `whole` did. */
export function batchResults(whole: Ran, word: string, entries: readonly Entry[]): ReadonlyMap<Entry, Ran> {
  const out = new Map<Entry, Ran>()
  const all = flat(entries)
  const { bytes } = whole
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = text.indexOf(`${word} begin `)
  while (at >= 0) {
    const from = text.indexOf('\n', at) + 1
    const entry = all[Number(text.toString('latin1', at + word.length + 7, Math.max(from - 1, at)))]
    const end = from > 0 ? text.indexOf(`\n${word} end `, Math.max(0, from - 1)) : -1
    if (!entry || from <= 0) break
    if (end < 0) {
      out.set(entry, ran(whole.end === 'exited' ? 'unreachable' : whole.end, { bytes: text.subarray(from), stderr: whole.stderr }))
      break
    }
    const next = text.indexOf(`${word} begin `, end)
    const [, code = '', said = ''] =
      /^\S+ end \d+ (\S+)\n([\s\S]*)$/.exec(text.toString('utf8', end + 1, next < 0 ? text.length : next)) ?? []
    out.set(entry, single(code, text.subarray(from, Math.max(from, end)), said, entry))
    at = next
  }
  return out
}

function single(code: string, bytes: Buffer, said: string, { megabytes = MEGABYTES }: Entry): Ran {
  const stderr = said.trimEnd()
  if (code === 'absent') return ran('not-found')
  const limit = megabytes * 1024 * 1024
  if (bytes.length > limit) return ran('limit', { bytes: bytes.subarray(0, limit), stderr })
  // timeout(1): 124 where SIGTERM was heeded, 137 where it was killed
  return ran(code === '124' || code === '137' ? 'timed-out' : 'exited', { code: Number(code), bytes, stderr })
}
