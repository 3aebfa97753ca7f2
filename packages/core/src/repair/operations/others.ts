import type { Operation, ServiceAction } from '../operation.ts'

/** Reads `sysctl -w NAME=VALUE`. */
export function readSysctl(argv: readonly string[]): Operation | undefined {
  if (!/^(?:.*\/)?sysctl$/.test(argv[0] ?? '')) return undefined
  const settings = argv.slice(1).filter((word) => !/^-(?:w|q|qw|wq)$/.test(word))
  const [only] = settings
  const at = only?.indexOf('=') ?? -1
  if (settings.length !== 1 || only === undefined || at < 1) return undefined
  const name = only.slice(0, at).trim()
  return /^[\w./-]+$/.test(name) ? { kind: 'sysctl', name: name.replaceAll('/', '.'), value: only.slice(at + 1).trim() } : undefined
}

/** Reads `ipset add|del SET ENTRY …`. */
export function readIpset(argv: readonly string[]): Operation | undefined {
  if (!/^(?:.*\/)?ipset$/.test(argv[0] ?? '')) return undefined
  const [verb = '', set, ...words] = argv.slice(1).filter((word) => word !== '-exist' && word !== '-!')
  if (set === undefined || words.length === 0) return undefined
  if (verb === 'add' || verb === '-A') return { kind: 'set-entry', action: 'add', set, words }
  return verb === 'del' || verb === '-D' ? { kind: 'set-entry', action: 'delete', set, words } : undefined
}

/** Reads `systemctl ACTION UNIT`, `service UNIT ACTION`. */
export function readService(argv: readonly string[]): Operation | undefined {
  const [program = '', ...words] = argv
  const manager = /^(?:.*\/)?(systemctl|service)$/.exec(program)?.[1] as 'systemctl' | 'service' | undefined
  const [verb, unit] = manager === 'systemctl' ? words : manager === 'service' ? [words[1], words[0]] : []
  if (words.length !== 2 || unit === undefined || !ACTIONS.has(verb ?? '')) return undefined
  return {
    kind: 'service',
    action: verb as ServiceAction,
    unit: unit.replace(/\.service$/, ''),
    program: manager as 'systemctl' | 'service',
  }
}

const ACTIONS = new Set(['start', 'stop', 'restart', 'reload', 'enable', 'disable'])

/** Reads `docker start|stop|restart|run|rm …` and `kubectl apply|delete …`. */
export function readManaged(argv: readonly string[]): Operation | undefined {
  const [program = '', verb = '', ...words] = argv
  if (/^(?:.*\/)?docker$/.test(program)) {
    const action = verb === 'container' ? undefined : verb
    return action === 'start' || action === 'stop' || action === 'restart' || action === 'run' || action === 'rm'
      ? { kind: 'container', action, words }
      : undefined
  }
  if (!/^(?:.*\/)?kubectl$/.test(program)) return undefined
  const at = argv.findIndex((word) => word === 'apply' || word === 'delete')
  if (at < 0) return undefined
  return { kind: 'object', action: argv[at] as 'apply' | 'delete', words: argv.slice(1) }
}
