const NEWLINE = 10

/**
 * Finds many literals at once in one pass over bytes, without regard to the case of ASCII letters (Aho and Corasick, 1975). Each byte costs
 * one look-up, however many literals there are. A line feed leads to a state of its own, so that lines are counted in the same pass.
 */
export interface Automaton {
  /** Byte → class; bytes that no literal has share class 0. */
  readonly classes: Uint8Array
  /** State (a multiple of the number of classes) plus class → state. */
  readonly next: Int32Array
  /** States from here on are those in which something has to be done. */
  readonly special: number
  /** The state behind a line feed. */
  readonly newline: number
  /** Literals (by their place in the list) that end in a state; indexed by `state / width`. */
  readonly found: readonly (readonly number[])[]
  readonly width: number
}

interface Node {
  readonly children: Map<number, Node>
  readonly found: number[]
  fallback: Node | undefined
  id: number
}

/** Literals are ASCII and in lower case. */
export function buildAutomaton(literals: readonly string[]): Automaton {
  const { classes, width } = classesOf(literals)
  const root = trieOf(literals, classes)
  const order = linked(root)
  // The root first, then states without, then with literals; behind them the one of the line feed, which goes on like the root.
  const plain = order.filter((node) => node === root || node.found.length === 0)
  const ending = order.filter((node) => node !== root && node.found.length > 0)
  const states = [...plain, ...ending]
  for (const [i, node] of states.entries()) node.id = i * width
  const newline = states.length * width
  const next = new Int32Array((states.length + 1) * width)
  for (const node of order) {
    for (let c = 0; c < width; c++) {
      const child = node.children.get(c)
      next[node.id + c] = child ? child.id : node.fallback ? (next[node.fallback.id + c] as number) : 0
    }
    next[node.id + (classes[NEWLINE] as number)] = newline
  }
  next.copyWithin(newline, root.id, root.id + width)
  return { classes, next, special: plain.length * width, newline, found: [...states.map((node) => node.found), []], width }
}

function classesOf(literals: readonly string[]): { readonly classes: Uint8Array; readonly width: number } {
  const classes = new Uint8Array(256)
  let width = 1
  classes[NEWLINE] = width++
  for (const literal of literals)
    for (let i = 0; i < literal.length; i++) {
      const code = literal.charCodeAt(i)
      if (classes[code] !== 0) continue
      classes[code] = width
      if (code >= 97 && code <= 122) classes[code - 32] = width
      width++
    }
  return { classes, width }
}

const nodeOf = (): Node => ({ children: new Map(), found: [], fallback: undefined, id: 0 })

function trieOf(literals: readonly string[], classes: Uint8Array): Node {
  const root = nodeOf()
  for (const [index, literal] of literals.entries()) {
    let node = root
    for (let i = 0; i < literal.length; i++) {
      const c = classes[literal.charCodeAt(i)] as number
      let child = node.children.get(c)
      if (!child) {
        child = nodeOf()
        node.children.set(c, child)
      }
      node = child
    }
    node.found.push(index)
  }
  return root
}

/** Breadth first: each state's fallback is the longest other beginning of a literal that it ends with. */
function linked(root: Node): readonly Node[] {
  const order: Node[] = [root]
  for (let i = 0; i < order.length; i++) {
    const node = order[i] as Node
    for (const [c, child] of node.children) {
      let fallback = node.fallback
      while (fallback && !fallback.children.has(c)) fallback = fallback.fallback
      child.fallback = fallback?.children.get(c) ?? root
      child.found.push(...child.fallback.found)
      order.push(child)
    }
  }
  return order
}
