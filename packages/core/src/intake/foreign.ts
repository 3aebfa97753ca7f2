import type { Place } from './document.ts'
import type { TextFile } from './format.ts'

/** What the layout of another program's report says of a file: where it was taken; `twin`: another file shows the same, and better. */
export type Foreign = { readonly kind: 'place'; readonly place: Place } | { readonly kind: 'twin'; readonly of: string }

/** Asked for each file; undefined where no known layout speaks of it. */
export type ForeignLayouts = (file: TextFile) => Foreign | undefined

/**
 * Finds the reports of other programs in the evidence by what their folders are called. What their files hold is told by content as ever: only the host
 * and namespace, and which of several lists of one table to take, have to be known.
 * - sosreport (`sos_commands/PLUGIN/COMMAND_AS_NAME`, `…/namespaces/NETNS/…`)
 * - microk8s inspect (`inspection-report/network/iptables-S` beside `iptables-L`)
 */
export function foreignLayouts(files: readonly TextFile[]): ForeignLayouts {
  const paths = new Set(files.map(({ path }) => path))
  const hosts = sosHosts(files)
  return (file) => {
    const better = twinOf(file.path, paths)
    if (better !== undefined) return { kind: 'twin', of: better }
    const report = [...hosts].find(([prefix]) => file.path.startsWith(prefix))
    return report && { kind: 'place', place: { host: report[1], netns: /\/namespaces\/([^/]+)\//.exec(file.path)?.[1] ?? '' } }
  }
}

/** Lists of the same table, the poorer first: without interfaces, or of the table filter once more. */
const TWINS: readonly (readonly [RegExp, string])[] = [
  [/(\/sos_commands\/[^/]+\/ip6?tables)_-vnxL$/, '$1_-t_filter_-nvL'],
  [/(^|\/)(inspection-report\/network\/iptables)-L$/, '$1$2-S'],
]

function twinOf(path: string, paths: ReadonlySet<string>): string | undefined {
  for (const [pattern, other] of TWINS) {
    const better = pattern.test(path) ? path.replace(pattern, other) : undefined
    if (better !== undefined && paths.has(better)) return better
  }
  return undefined
}

/** Each sosreport's folder, and the host that it is of. */
function sosHosts(files: readonly TextFile[]): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>()
  const told = new Map<string, string>()
  for (const { path, text, root } of files) {
    const at = path.startsWith('sos_commands/') ? 0 : path.indexOf('/sos_commands/') + 1
    if (at === 0 && !path.startsWith('sos_commands/')) continue
    const prefix = path.slice(0, at)
    if (/sos_commands\/[^/]+\/hostname$/.test(path)) told.set(prefix, text.trim().split(/\s/)[0] ?? '')
    if (!hosts.has(prefix)) hosts.set(prefix, reportName(prefix.split('/').at(-2) ?? root ?? ''))
  }
  for (const [prefix, name] of told) if (/^[\w.-]{1,253}$/.test(name)) hosts.set(prefix, name)
  return hosts
}

/** `sosreport-HOST-CASE-2024-01-02-abcdef` */
const reportName = (folder: string): string => /^sosreport-(.+?)(?:-\d+)?-\d{4}-\d{2}-\d{2}-\w+$/.exec(folder)?.[1] ?? (folder || 'host')
