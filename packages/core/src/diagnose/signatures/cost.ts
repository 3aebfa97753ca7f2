import { type CharSet, charSetOf, OTHERS, type PatternNode } from './pattern.ts'

/** Ways that a pattern may be tried from one place of a line: more than this a signature may not cost. */
const MOST_WAYS = 50_000

/**
 * How many ways the matcher may try from one place of the line, at most: the product of all choices that what follows does not settle. A
 * repetition whose characters cannot begin what comes behind it leaves no choice. Infinity: an unbounded repetition that does leave one.
 */
export function waysOf(node: PatternNode): number {
  return ways(node, 0n)
}

/** Why a pattern could be made slow by a hostile line; empty: it cannot. */
export function costProblems(node: PatternNode): readonly string[] {
  const count = waysOf(node)
  if (count === Infinity) return ['a repetition without a bound, of something that may also begin what follows it (write {0,200})']
  return count > MOST_WAYS ? [`${count} ways to try from one place of the line; ${MOST_WAYS} at most`] : []
}

/** `follow`: characters that may come behind the node. */
function ways(node: PatternNode, follow: CharSet): number {
  switch (node.kind) {
    case 'char':
    case 'class':
    case 'anchor':
      return 1
    case 'choice':
      return choiceWays(node.branches, follow)
    case 'sequence': {
      let product = 1
      for (const [i, item] of node.items.entries()) product *= ways(item, firstOf(node.items.slice(i + 1), follow))
      return product
    }
    case 'repeat': {
      const { item, least, most } = node
      const again = first(item)
      const inner = ways(item, most > 1 ? again | follow : follow)
      const settled = (again & follow) === 0n && !nullable(item)
      if (settled && inner === 1) return 1
      if (most === Infinity) return Infinity
      return (settled ? 1 : most - least + 1) * inner ** most
    }
  }
}

/** Branches that begin differently exclude each other. */
function choiceWays(branches: readonly PatternNode[], follow: CharSet): number {
  const each = branches.map((branch) => ways(branch, follow))
  let seen = 0n
  let apart = true
  for (const branch of branches) {
    const begins = first(branch) | (nullable(branch) ? follow : 0n)
    apart &&= (seen & begins) === 0n
    seen |= begins
  }
  return apart ? Math.max(...each) : each.reduce((sum, one) => sum + one, 0)
}

function firstOf(items: readonly PatternNode[], follow: CharSet): CharSet {
  let set = 0n
  for (const item of items) {
    set |= first(item)
    if (!nullable(item)) return set
  }
  return set | follow
}

function first(node: PatternNode): CharSet {
  switch (node.kind) {
    case 'char':
      return bothCases(charSetOf(node.char))
    case 'class':
      return bothCases(node.members)
    case 'anchor':
      return 0n
    case 'choice':
      return node.branches.reduce((set, branch) => set | first(branch), 0n)
    case 'sequence':
      return firstOf(node.items, 0n)
    case 'repeat':
      return first(node.item)
  }
}

/** Where case does not count a letter stands for both. */
function bothCases(set: CharSet): CharSet {
  const letters = (1n << 26n) - 1n
  const upper = (set >> 65n) & letters
  const lower = (set >> 97n) & letters
  return set | (upper << 97n) | (lower << 65n) | (set & OTHERS)
}

function nullable(node: PatternNode): boolean {
  switch (node.kind) {
    case 'char':
    case 'class':
      return false
    case 'anchor':
      return true
    case 'choice':
      return node.branches.some(nullable)
    case 'sequence':
      return node.items.every(nullable)
    case 'repeat':
      return node.least === 0 || nullable(node.item)
  }
}
