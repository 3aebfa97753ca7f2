import type { Operation } from './operation.ts'
import { programName } from './operations/iptables.ts'

/** What an operation does, in a sentence for people. Names in it come from evidence and are escaped where they are printed. */
export function effectOf(op: Operation): string {
  switch (op.kind) {
    case 'rule': {
      const where = `${programName(op.program)}, table ${op.table}, chain ${op.chain}`
      if (op.action === 'delete') return `takes ${op.rule === '' ? `rule ${op.position}` : `the rule "${op.rule}"`} out of ${where}`
      if (op.action === 'replace') return `puts "${op.rule}" in the place of rule ${op.position} of ${where}`
      return `puts "${op.rule}" ${op.action === 'append' ? 'behind the last rule' : `as rule ${op.position ?? 1}`} of ${where}`
    }
    case 'chain':
      return `${op.action === 'new' ? 'makes' : 'removes'} the chain ${op.chain} of table ${op.table}`
    case 'policy':
      return `sets the policy of ${op.table} ${op.chain} to ${op.policy}`
    case 'nft-rule':
      return op.action === 'delete'
        ? `takes rule ${op.handle} out of ${op.family} ${op.table} ${op.chain}`
        : `puts "${op.text}" into ${op.family} ${op.table} ${op.chain}`
    case 'sysctl':
      return `sets ${op.name} to ${op.value}, until the next start of the machine`
    case 'route':
      return `${op.action === 'delete' ? 'takes the route away' : op.action === 'replace' ? 'sets the route' : 'adds the route'}: ${op.words.join(' ')}`
    case 'routing-rule':
      return `${op.action === 'delete' ? 'takes the routing rule away' : 'adds the routing rule'}: ${op.words.join(' ')}`
    case 'link-set':
    case 'bridge-port':
      return `sets ${op.settings.join(' ')} on ${op.device}`
    case 'link-add':
      return `makes the device ${op.device}`
    case 'link-delete':
      return `deletes the device ${op.device}`
    case 'address':
      return `${op.action === 'add' ? 'gives' : 'takes'} ${op.words[0] ?? ''} ${op.action === 'add' ? 'to' : 'from'} ${op.device}`
    case 'neighbour':
      return `${op.action === 'delete' ? 'forgets' : 'sets'} the neighbour ${op.address} on ${op.device}`
    case 'fdb':
      return `${op.action === 'delete' ? 'takes away' : 'sets'} the forwarding entry ${op.mac} of ${op.device}`
    case 'set-entry':
      return `${op.action === 'add' ? 'adds' : 'takes'} ${op.words[0] ?? ''} ${op.action === 'add' ? 'to' : 'from'} the set ${op.set}`
    case 'service':
      return `${op.action}s ${op.unit}`
    case 'container':
      return `docker ${op.action} ${op.words.at(-1) ?? ''}`
    case 'object':
      return `kubectl ${op.words.join(' ')}`
    case 'command':
      return `runs ${op.argv[0] ?? ''}`
  }
}

/** What is interrupted meanwhile, and how long; '' where nothing is. A runbook that knows better says so. */
export function interruptionOf(op: Operation): string {
  switch (op.kind) {
    case 'link-delete':
      return `all traffic over ${op.device}, until it is there again`
    case 'link-set':
      return op.settings.includes('down') ? `all traffic over ${op.device}, until it is up again` : ''
    case 'address':
      return op.action === 'delete' ? `connections that use ${op.words[0] ?? ''}` : ''
    case 'route':
      return op.action === 'delete' ? `what goes to ${op.words[0] ?? ''}` : ''
    case 'service':
      return op.action === 'restart' || op.action === 'stop' ? `${op.unit}, and what depends on it` : ''
    case 'container':
      return op.action === 'restart' || op.action === 'stop' || op.action === 'rm' ? `the container ${op.words.at(-1) ?? ''}` : ''
    case 'object':
      return op.action === 'delete' ? 'what the object serves' : ''
    default:
      return ''
  }
}
