import { type Decision, type Unknown, unknown } from '../decision.ts'
import type { SetOracle } from '../scene.ts'
import type { Ipset } from './ast.ts'
import { compileIpset, type IpsetIndex } from './compile.ts'
import { type SetKey, sceneKey } from './key.ts'

const EVIDENCE = 'ipset-save.txt'
/** A list:set cannot hold another list (list_set_uadd), so one level is all there is; evidence that claims more is cut off here. */
const MAX_DEPTH = 4

/** How the rule asks. `returnNomatch`: `--return-nomatch`, which turns the exceptions of a set round (ip_set_test). */
export interface SetQuery {
  readonly returnNomatch?: boolean
}

/** Sets by name, compiled when first asked for. The last one of a name counts. */
export interface Ipsets extends SetOracle {
  lookup(name: string, key: SetKey, query?: SetQuery): Decision | undefined
}

/** Answers `-m set` for packets from the sets in the evidence. */
export function createSetOracle(sets: readonly Ipset[]): Ipsets {
  const byName = new Map(sets.map((set) => [set.name, set]))
  const compiled = new Map<string, IpsetIndex>()
  const indexOf = (name: string): IpsetIndex | undefined => {
    const known = compiled.get(name)
    const set = byName.get(name)
    if (known || !set) return known
    const index = compileIpset(set)
    compiled.set(name, index)
    return index
  }
  const lookup: Ipsets['lookup'] = (name, key, query = {}) => ask(name, key, query, indexOf, 0)
  return {
    lookup,
    test: (name, directions, scene, query) => (byName.has(name) ? lookup(name, sceneKey(directions, scene), query) : undefined),
  }
}

type IndexOf = (name: string) => IpsetIndex | undefined

function ask(name: string, key: SetKey, query: SetQuery, indexOf: IndexOf, depth: number): Decision | undefined {
  const index = indexOf(name)
  if (!index) return undefined
  const { set } = index
  if (set.type === 'list:set') return askList(set, key, query, indexOf, depth)
  if (!index.type) return unknown(`culprit does not know sets of type ${set.type || 'that the evidence does not name'} (${name})`)
  // ip_set_test(): too few directions, or the other family.
  if (key.dimensions < index.type.dimensions.length) return false
  if (set.family !== undefined && (set.family === 'inet') !== (key.family === 'ip')) return false
  const found = index.find(key)
  if (typeof found === 'object') return found
  const doubt = doubtOf(index)
  // An element that is missing could be an exception inside a network that was found.
  if (doubt && (found !== 'yes' || index.type.nomatch)) return doubt
  if (query.returnNomatch && index.type.nomatch) return found === 'nomatch'
  return found === 'yes'
}

function doubtOf({ set, unread }: IpsetIndex): Unknown | undefined {
  if (!set.complete) return unknown(`the evidence shows set ${set.name} without all of its elements`, EVIDENCE)
  return unread.length ? unknown(`set ${set.name} has elements that culprit cannot read (${unread[0]})`) : undefined
}

/** list_set_ktest(): the members in order, each with the same directions; the first that matches. */
function askList(set: Ipset, key: SetKey, query: SetQuery, indexOf: IndexOf, depth: number): Decision {
  let doubt: Decision = set.complete ? false : unknown(`the evidence shows list ${set.name} without all of its members`, EVIDENCE)
  if (depth >= MAX_DEPTH) return unknown(`list ${set.name} is nested too deeply`)
  for (const { element } of set.entries) {
    const answer =
      ask(element, key, query, indexOf, depth + 1) ?? unknown(`set ${element}, a member of ${set.name}, is not in the evidence`, EVIDENCE)
    if (answer === true) return true
    if (answer !== false && doubt === false) doubt = answer
  }
  return doubt
}
