import type { Model } from '../model/model.ts'
import type { Namespace } from '../model/namespace.ts'
import { createSetOracle } from '../netfilter/ipset/oracle.ts'
import { ConntrackTable } from './conntrack.ts'
import { fibOracle } from './fib-oracle.ts'
import { buildHooks, type Precedence } from './hooks.ts'
import type { World } from './journey.ts'
import type { Machine } from './machine.ts'
import type { Resolver } from './resolver.ts'
import type { Manner } from './walk.ts'

/** Makes a model ready for packets. What a packet does not meet is never compiled. */
export function createWorld(model: Model, precedence: Precedence, resolver: Resolver, manner: Manner): World {
  const machines = new Map<string, Machine>()
  const tables = new Map<string, ConntrackTable>()
  return {
    model,
    resolver,
    manner,
    machine(id) {
      let machine = machines.get(id)
      if (!machine) {
        machine = createMachine(model.byId.get(id) as Namespace, precedence)
        machines.set(id, machine)
      }
      return machine
    },
    conntrack(id) {
      let table = tables.get(id)
      if (!table) {
        table = new ConntrackTable(model.byId.get(id)?.conntrack ?? [])
        tables.set(id, table)
      }
      return table
    },
  }
}

function createMachine(namespace: Namespace, precedence: Precedence): Machine {
  return { namespace, hooks: buildHooks(namespace, precedence), sets: createSetOracle(namespace.ipsets), fib: fibOracle(namespace) }
}
