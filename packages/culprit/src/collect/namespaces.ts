import type { NamespaceRef } from '../exec/namespace.ts'

/** A network namespace of a host that is not the host's own. */
export interface Found {
  readonly ref: NamespaceRef
  /** Its folder in the bundle, still to be made harmless and unique. */
  readonly name: string
}

/**
 * Lists namespaces by inode: files where `ip netns`, Docker and CNI plugins mount them, and the processes in them. One program, whatever their
 * number; the text is fixed.
 */
export const LIST_NAMESPACES: readonly string[] = [
  'sh',
  '-c',
  'stat -L -c "%i %n" /proc/1/ns/net /proc/self/ns/net /run/netns/* /run/docker/netns/* /proc/[0-9]*/ns/net 2>/dev/null; true',
]

/** A container or pod by what people call it, and how its namespace is found. */
export interface Named {
  readonly name: string
  readonly pid: number | undefined
  readonly path: string | undefined
}

/**
 * The namespaces beside the host's own, each once. A container's name comes before the name of a mount, that before the number of a process.
 * `listed` is what LIST_NAMESPACES printed.
 */
export function findNamespaces(listed: string, named: readonly Named[]): readonly Found[] {
  const byFile = new Map<string, string>()
  for (const line of listed.split('\n')) {
    const [, inode, path] = /^(\d+) (\/.+)$/.exec(line) ?? []
    if (inode !== undefined && path !== undefined) byFile.set(path, inode)
  }
  const own = new Set([byFile.get('/proc/1/ns/net'), byFile.get('/proc/self/ns/net')])
  const found = new Map<string, Found>()
  for (const [path, inode] of byFile) {
    if (own.has(inode)) continue
    const next = foundBy(path)
    const known = found.get(inode)
    if (next && (!known || rank(next) < rank(known))) found.set(inode, next)
  }
  for (const { name, pid, path } of named) {
    const inode = (path === undefined ? undefined : byFile.get(path.replace('/var/run/', '/run/'))) ?? byFile.get(`/proc/${pid}/ns/net`)
    const known = inode === undefined ? undefined : found.get(inode)
    if (inode !== undefined && known) found.set(inode, { ...known, name })
  }
  return [...found.values()]
}

function foundBy(path: string): Found | undefined {
  const [, pid] = /^\/proc\/(\d+)\/ns\/net$/.exec(path) ?? []
  if (pid !== undefined) return { ref: { kind: 'pid', pid: Number(pid) }, name: `pid-${pid}` }
  const [, name] = /^\/run\/netns\/([^/]+)$/.exec(path) ?? []
  if (name !== undefined) return { ref: { kind: 'name', name }, name }
  const [, mount] = /^\/run\/docker\/netns\/([^/]+)$/.exec(path) ?? []
  return mount === undefined ? undefined : { ref: { kind: 'path', path }, name: `docker-${mount}` }
}

const RANKS = { name: 0, path: 1, pid: 2 } as const
const rank = ({ ref }: Found): number => RANKS[ref.kind]

/** Containers of `docker inspect`, pods of `crictl inspectp`. Whatever else stands there is passed over. */
export function namedOf(dockerInspect: string, crictlPods: readonly unknown[]): readonly Named[] {
  const containers = objects(parsed(dockerInspect)).map((one) => {
    const state = fields(one.State)
    const sandbox = fields(one.NetworkSettings).SandboxKey
    return { name: String(one.Name ?? one.Id ?? '').replace(/^\//, ''), pid: numberOf(state.Pid), path: textOf(sandbox) }
  })
  const pods = objects(crictlPods).map((one) => {
    const metadata = fields(fields(one.status).metadata)
    const info = fields(one.info)
    const spaces = objects(fields(fields(info.runtimeSpec).linux).namespaces)
    const path = textOf(spaces.find((space) => space.type === 'network')?.path)
    return { name: `${textOf(metadata.namespace) ?? ''}_${textOf(metadata.name) ?? ''}`, pid: numberOf(info.pid), path }
  })
  return [...pods, ...containers].filter(({ name, pid, path }) => name !== '' && name !== '_' && (pid !== undefined || path !== undefined))
}

type Fields = Readonly<Record<string, unknown>>
const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {})
const objects = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : [])
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
