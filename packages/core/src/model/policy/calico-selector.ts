/** Calico's selector language (libcalico-go/lib/selector): a condition on an endpoint's labels. */
export type SelectorTest = (labels: Readonly<Record<string, string>>) => boolean

const TOKEN = /\s*(&&|\|\||==|!=|[!(){},]|'[^']*'|"[^"]*"|[A-Za-z0-9_./-]+)/y
type Tokens = { readonly list: readonly string[]; at: number }

/** Reads a selector; undefined where it is not understood. An empty one is `all()`. */
export function parseCalicoSelector(text: string): SelectorTest | undefined {
  const list = tokens(text)
  if (!list) return undefined
  if (list.length === 0) return () => true
  const state: Tokens = { list, at: 0 }
  const test = disjunction(state, 0)
  return test && state.at === list.length ? test : undefined
}

function tokens(text: string): string[] | undefined {
  const out: string[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    out.push(match[1] as string)
    end = TOKEN.lastIndex
  }
  return text.slice(end).trim() === '' ? out : undefined
}

const DEEPEST = 100
const accept = (state: Tokens, token: string): boolean => {
  if (state.list[state.at] !== token) return false
  state.at++
  return true
}

function disjunction(state: Tokens, depth: number): SelectorTest | undefined {
  let left = conjunction(state, depth)
  while (left && accept(state, '||')) {
    const [a, b] = [left, conjunction(state, depth)] as const
    left = b && ((labels) => a(labels) || b(labels))
  }
  return left
}

function conjunction(state: Tokens, depth: number): SelectorTest | undefined {
  let left = operation(state, depth)
  while (left && accept(state, '&&')) {
    const [a, b] = [left, operation(state, depth)] as const
    left = b && ((labels) => a(labels) && b(labels))
  }
  return left
}

function operation(state: Tokens, depth: number): SelectorTest | undefined {
  if (depth > DEEPEST) return undefined
  if (accept(state, '!')) {
    const inner = operation(state, depth + 1)
    return inner && ((labels) => !inner(labels))
  }
  if (accept(state, '(')) {
    const inner = disjunction(state, depth + 1)
    return inner && accept(state, ')') ? inner : undefined
  }
  const word = state.list[state.at]
  if (word === undefined || !/^[A-Za-z0-9_./-]+$/.test(word)) return undefined
  state.at++
  return accept(state, '(') ? call(state, word) : comparison(state, word)
}

/** `all()`, `global()`, `has(key)`. */
function call(state: Tokens, name: string): SelectorTest | undefined {
  if (name === 'all' || name === 'global') return accept(state, ')') ? () => true : undefined
  const key = name === 'has' ? state.list[state.at++] : undefined
  return key !== undefined && accept(state, ')') ? (labels) => Object.hasOwn(labels, key) : undefined
}

function comparison(state: Tokens, key: string): SelectorTest | undefined {
  const operator = state.list[state.at++]
  const value = (labels: Readonly<Record<string, string>>): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined)
  switch (operator) {
    case '==':
    case '!=': {
      const wanted = literal(state)
      return wanted === undefined ? undefined : (labels) => (value(labels) === wanted) === (operator === '==')
    }
    case 'in': {
      const set = literals(state)
      return set && ((labels) => set.has(value(labels) ?? ''))
    }
    case 'not': {
      const set = accept(state, 'in') ? literals(state) : undefined
      return set && ((labels) => !set.has(value(labels) ?? ''))
    }
    case 'contains': {
      const part = literal(state)
      return part === undefined ? undefined : (labels) => value(labels)?.includes(part) === true
    }
    case 'starts':
    case 'ends': {
      const part = accept(state, 'with') ? literal(state) : undefined
      if (part === undefined) return undefined
      return (labels) => (operator === 'starts' ? value(labels)?.startsWith(part) : value(labels)?.endsWith(part)) === true
    }
    default:
      return undefined
  }
}

function literal(state: Tokens): string | undefined {
  const token = state.list[state.at]
  if (token === undefined || !/^['"]/.test(token)) return undefined
  state.at++
  return token.slice(1, -1)
}

function literals(state: Tokens): ReadonlySet<string> | undefined {
  if (!accept(state, '{')) return undefined
  const out = new Set<string>()
  while (!accept(state, '}')) {
    const one = literal(state)
    if (one === undefined) return undefined
    out.add(one)
    accept(state, ',')
  }
  return out
}
