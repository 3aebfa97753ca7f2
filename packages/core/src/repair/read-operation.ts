import type { Operation, Refused } from './operation.ts'
import { ipArgv, readBridge, readIp, routeArgv } from './operations/ip.ts'
import { LOCK_SECONDS, programName, readIptables, ruleArgv } from './operations/iptables.ts'
import { nftArgv, readNft } from './operations/nft.ts'
import { readIpset, readManaged, readService, readSysctl } from './operations/others.ts'

const READERS = [readIptables, readNft, readIp, readBridge, readSysctl, readIpset, readService, readManaged] as const

/**
 * What a command does, typed. `sudo` before it is left out: a repair runs as root or not at all. What no reader knows is a plain command;
 * what would take more than the thing at fault (flush, policy ACCEPT) is refused with the reason.
 */
export function readOperation(argv: readonly string[]): Operation | Refused {
  const words = argv[0] === 'sudo' ? argv.slice(1) : argv
  if (words.length === 0) return { kind: 'refused', why: 'the command is empty' }
  if (words.some((word) => word.includes('\0'))) return { kind: 'refused', why: 'an argument holds a zero byte' }
  for (const read of READERS) {
    const found = read(words)
    if (found) return found
  }
  return { kind: 'command', argv: words }
}

/** The argument list that does it. The inverse of `readOperation` up to how the same is spelled. */
export function argvOf(op: Operation): readonly string[] {
  switch (op.kind) {
    case 'rule':
      return ruleArgv(op)
    case 'chain':
      return [programName(op.program), '-w', String(LOCK_SECONDS), '-t', op.table, op.action === 'new' ? '-N' : '-X', op.chain]
    case 'policy':
      return [programName(op.program), '-w', String(LOCK_SECONDS), '-t', op.table, '-P', op.chain, op.policy]
    case 'nft-rule':
      return nftArgv(op)
    case 'sysctl':
      return ['sysctl', '-qw', `${op.name}=${op.value}`]
    case 'route':
      return routeArgv(op)
    case 'set-entry':
      return ['ipset', op.action === 'add' ? 'add' : 'del', op.set, ...op.words]
    case 'service':
      return op.program === 'systemctl' ? ['systemctl', op.action, op.unit] : ['service', op.unit, op.action]
    case 'container':
      return ['docker', op.action, ...op.words]
    case 'object':
      return ['kubectl', ...op.words]
    case 'command':
      return op.argv
    default:
      return ipArgv(op)
  }
}
