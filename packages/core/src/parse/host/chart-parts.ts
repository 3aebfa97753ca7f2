import { parse } from 'yaml'
import { fields, items, string } from '../kubernetes/fields.ts'
import type { ChartParts } from './state.ts'

/** A YAML file as plain data; undefined where it is none. */
export function valuesIn(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 50, logLevel: 'silent' })
  } catch {
    return undefined
  }
}

export function dependenciesIn(text: string): ChartParts['dependencies'] {
  const lines = text.split('\n')
  return items(fields(valuesIn(text)).dependencies).flatMap((one) => {
    const { name, alias } = fields(one)
    const known = string(name)
    if (known === undefined) return []
    return [
      {
        name: known,
        alias: string(alias),
        line:
          Math.max(
            0,
            lines.findIndex((line) => line.includes(known)),
          ) + 1,
      },
    ]
  })
}

const MOST = 2000

/** What a template asks of the values and of other templates. */
export function templateParts(text: string): Pick<ChartParts, 'uses' | 'includes' | 'defines'> {
  const actions = actionsIn(text)
  const asked = new Set(actions.filter(({ code }) => /^-?\s*(?:if|else if|with|range)\b/.test(code)).flatMap(({ code }) => pathsIn(code)))
  const uses = actions.flatMap(({ code, line }) =>
    pathsIn(code)
      .map((path) => path.split('.'))
      .filter((path) => path.length > 1 && !path.some((_, i) => i < path.length - 1 && asked.has(path.slice(0, i + 1).join('.'))))
      .map((path) => ({ path, line })),
  )
  const named = (pattern: RegExp) =>
    actions.flatMap(({ code, line }) => [...code.matchAll(pattern)].map((found) => ({ name: found[1] ?? '', line })))
  return {
    uses: uses.slice(0, MOST),
    includes: named(/\b(?:include|template) "([^"]{1,250})"/g),
    defines: named(/^-?\s*(?:define|block) "([^"]{1,250})"/g).map(({ name }) => name),
  }
}

interface Action {
  readonly code: string
  readonly line: number
}

/** What stands between braces; comments are left out. */
function actionsIn(text: string): readonly Action[] {
  const actions: Action[] = []
  let line = 1
  let counted = 0
  for (let at = text.indexOf('{{'); at >= 0 && actions.length < MOST * 5; ) {
    const end = text.indexOf('}}', at)
    if (end < 0) break
    for (; counted < at; counted++) if (text.charCodeAt(counted) === 10) line++
    const code = text.slice(at + 2, end)
    if (!/^-?\s*\/\*/.test(code)) actions.push({ code, line })
    at = text.indexOf('{{', end)
  }
  return actions
}

/** `.Values.a.b` and `$.Values.a.b` as `a.b`. `(.Values.a).b` does not fail where `a` is missing. */
const pathsIn = (code: string): readonly string[] =>
  [...code.matchAll(/(?<![\w.)])\$?\.Values\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)/g)].map((found) => found[1] ?? '')
