import type { PatternNode } from './pattern.ts'

/**
 * Texts of which at least one stands in every line that the pattern matches, in lower case; undefined where there is none.
 * The longest are taken: they are met least.
 */
export function requiredLiterals(node: PatternNode): readonly string[] | undefined {
  switch (node.kind) {
    case 'char':
      return isAscii(node.char) ? [node.char.toLowerCase()] : undefined
    case 'class':
    case 'anchor':
      return undefined
    case 'repeat':
      return node.least > 0 ? requiredLiterals(node.item) : undefined
    case 'choice': {
      const branches = node.branches.map(requiredLiterals)
      return branches.every((branch) => branch !== undefined) ? [...new Set(branches.flat())] : undefined
    }
    case 'sequence':
      return best(node.items)
  }
}

function best(items: readonly PatternNode[]): readonly string[] | undefined {
  const candidates: (readonly string[])[] = []
  let run = ''
  const close = () => {
    if (run !== '') candidates.push([run])
    run = ''
  }
  for (const item of items) {
    if (item.kind === 'char' && isAscii(item.char)) {
      run += item.char.toLowerCase()
      continue
    }
    if (item.kind === 'anchor') continue
    close()
    const inner = requiredLiterals(item)
    if (inner) candidates.push(inner)
  }
  close()
  return candidates.sort((a, b) => worth(b) - worth(a))[0]
}

/** The shortest of a set decides how often it is met. */
const worth = (literals: readonly string[]): number => Math.min(...literals.map((literal) => literal.length)) - literals.length / 4

const isAscii = (char: string): boolean => (char.codePointAt(0) ?? 128) < 128
