import type { Namespace } from '../model/namespace.ts'
import { inverseOfAddress, inverseOfFdb, inverseOfLink, inverseOfNeighbour, inverseOfPort } from './inverses/devices.ts'
import { inverseOfRoute, inverseOfRoutingRule } from './inverses/routes.ts'
import { inverseOfNftRule, inverseOfPolicy, inverseOfRule } from './inverses/rules.ts'
import type { Operation } from './operation.ts'
import { argvOf } from './read-operation.ts'

/** How a step is taken back. */
export type Inverse =
  | { readonly kind: 'undo'; readonly argv: readonly string[] }
  /** Nothing is left to take back: its owner, or the kernel, makes anew what it takes away. */
  | { readonly kind: 'itself'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string }

export const undo = (argv: readonly string[]): Inverse => ({ kind: 'undo', argv })
export const none = (why: string): Inverse => ({ kind: 'none', why })

/**
 * The inverse of an operation on a machine whose state is `namespace`: run right after it, everything is as before, counters aside. What the
 * inverse needs of the state (a rule's place, a sysctl's value, a route's attributes) is looked up; where the evidence has it not, there is none.
 */
export function inverseOf(op: Operation, namespace: Namespace | undefined): Inverse {
  switch (op.kind) {
    case 'rule':
      return inverseOfRule(op, namespace)
    case 'chain':
      return op.action === 'new' ? undo(argvOf({ ...op, action: 'remove' })) : undo(argvOf({ ...op, action: 'new' }))
    case 'policy':
      return inverseOfPolicy(op, namespace)
    case 'nft-rule':
      return inverseOfNftRule(op, namespace)
    case 'sysctl': {
      const before = [...(namespace?.sysctls.all() ?? [])].find(([name]) => name === op.name)?.[1]
      return before === undefined ? none(`the evidence does not tell what ${op.name} is now`) : undo(argvOf({ ...op, value: before }))
    }
    case 'route':
      return inverseOfRoute(op, namespace)
    case 'routing-rule':
      return inverseOfRoutingRule(op, namespace)
    case 'link-set':
    case 'link-add':
    case 'link-delete':
      return inverseOfLink(op, namespace)
    case 'bridge-port':
      return inverseOfPort(op, namespace)
    case 'address':
      return inverseOfAddress(op, namespace)
    case 'neighbour':
      return inverseOfNeighbour(op, namespace)
    case 'fdb':
      return inverseOfFdb(op, namespace)
    case 'set-entry':
      return inverseOfSetEntry(op, namespace)
    default:
      return inverseOfManaged(op)
  }
}

function inverseOfSetEntry(op: Extract<Operation, { readonly kind: 'set-entry' }>, namespace: Namespace | undefined): Inverse {
  if (op.action === 'add') return undo(argvOf({ ...op, action: 'delete', words: op.words.slice(0, 1) }))
  const entry = namespace?.ipsets.find(({ name }) => name === op.set)?.entries.find(({ element }) => element === op.words[0])
  if (!entry) return none(`the evidence has no entry ${op.words[0]} in the set ${op.set}`)
  return undo(argvOf({ ...op, action: 'add', words: entry.text.split(' ').slice(2) }))
}

const OPPOSITE = { start: 'stop', stop: 'start', enable: 'disable', disable: 'enable' } as const

function inverseOfManaged(op: Extract<Operation, { readonly kind: 'service' | 'container' | 'object' | 'command' }>): Inverse {
  switch (op.kind) {
    case 'service':
      if (op.action === 'restart' || op.action === 'reload')
        return { kind: 'itself', why: `a ${op.action} cannot be taken back: ${op.unit} runs on with what its files say` }
      return undo(argvOf({ ...op, action: OPPOSITE[op.action] }))
    case 'container': {
      if (op.action === 'restart')
        return { kind: 'itself', why: 'a restart cannot be taken back: the container runs on from its image and volumes' }
      if (op.action === 'start' || op.action === 'stop')
        return undo(argvOf({ ...op, action: OPPOSITE[op.action], words: op.words.slice(-1) }))
      const name = op.action === 'run' ? op.words[op.words.indexOf('--name') + 1] : undefined
      if (name === undefined || !op.words.includes('--name'))
        return none(op.action === 'rm' ? 'a container that was removed is gone' : 'it has no --name')
      return undo(['docker', 'rm', '--force', name])
    }
    case 'object':
      if (op.action === 'delete' && op.words.some((word) => /^(?:po|pods?)(?:\/|$)/.test(word)))
        return { kind: 'itself', why: 'whoever owns the pod makes it anew' }
      return none('what the object was before is not known')
    case 'command':
      return none('it is no command whose inverse is known')
  }
}
