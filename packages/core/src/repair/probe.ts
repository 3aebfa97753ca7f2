import { isRouteType } from '../parse/ip/route-words.ts'
import type { Operation } from './operation.ts'
import { after } from './operations/ip.ts'
import { LOCK_SECONDS, programName } from './operations/iptables.ts'

/**
 * A command that prints the state that an operation changes, and no counter: where it prints the same as before, the operation did nothing, or
 * was undone. undefined: no command shows it.
 */
export function probeOf(op: Operation): readonly string[] | undefined {
  switch (op.kind) {
    case 'rule':
    case 'policy':
    case 'chain':
      return [programName(op.program), '-w', String(LOCK_SECONDS), '-t', op.table, '-S', ...(op.kind === 'chain' ? [] : [op.chain])]
    case 'nft-rule':
      return ['nft', '-s', 'list', 'chain', op.family, op.table, op.chain]
    case 'sysctl':
      return ['sysctl', '-n', op.name]
    case 'route': {
      const destination = isRouteType(op.words[0]) ? op.words[1] : op.words[0]
      return [
        'ip',
        op.family === 'ip' ? '-4' : '-6',
        'route',
        'show',
        'table',
        after(op.words, 'table') ?? 'main',
        'exact',
        destination ?? 'default',
      ]
    }
    case 'routing-rule':
      return ['ip', op.family === 'ip' ? '-4' : '-6', 'rule', 'show']
    case 'link-set':
    case 'link-add':
    case 'link-delete':
      return ['ip', '-o', 'link', 'show', 'dev', op.device]
    case 'bridge-port':
      return ['bridge', '-d', 'link', 'show', 'dev', op.device]
    case 'address':
      return ['ip', '-o', 'address', 'show', 'dev', op.device]
    case 'neighbour':
      return ['ip', 'neighbour', 'show', 'nud', 'permanent', 'dev', op.device]
    case 'fdb':
      return ['bridge', 'fdb', 'show', 'dev', op.device]
    case 'set-entry':
      return ['ipset', 'test', op.set, op.words[0] ?? '']
    case 'service':
      if (op.action === 'enable' || op.action === 'disable') return ['systemctl', 'is-enabled', op.unit]
      return op.action === 'start' || op.action === 'stop' ? ['systemctl', 'is-active', op.unit] : undefined
    case 'container':
      return op.action === 'start' || op.action === 'stop'
        ? ['docker', 'inspect', '--format', '{{.State.Running}}', op.words.at(-1) ?? '']
        : undefined
    case 'object':
    case 'command':
      return undefined
  }
}
