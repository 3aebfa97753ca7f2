import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCalicoSelector } from './calico-selector.ts'

const LABELS = { app: 'web', 'k8s.io/tier': 'front', empty: '' }

describe("Calico's selectors", () => {
  it.each<[string, boolean | undefined]>([
    ['', true],
    ['all()', true],
    ["app == 'web'", true],
    ['app == "db"', false],
    ["app != 'db'", true],
    ["missing != 'x'", true],
    ["app in {'db', 'web'}", true],
    ["app not in {'db'}", true],
    ["missing in {'x'}", false],
    ['has(k8s.io/tier)', true],
    ['!has(app)', false],
    ["has(app) && app == 'db'", false],
    ["app == 'db' || has(empty)", true],
    ["!(app == 'web' && has(none))", true],
    ["app == 'x' || app == 'web' && has(none)", false],
    ["app contains 'e' && app starts with 'w' && app ends with 'b'", true],
    ['app = web', undefined],
    ["app == 'web' &&", undefined],
    ['has(', undefined],
    ["app == 'we", undefined],
  ])('%s', (text, expected) => {
    expect(parseCalicoSelector(text)?.(LABELS)).toBe(expected)
  })

  it('takes anything', () => {
    const words = fc.array(fc.constantFrom('(', ')', '!', 'has', 'app', '==', "'web'", '&&', '||', 'in', '{', '}', 'all()', ' ', 'not'), {
      maxLength: 40,
    })
    fc.assert(fc.property(words, (parts) => void parseCalicoSelector(parts.join(' '))?.(LABELS)))
    expect(parseCalicoSelector('!'.repeat(100_000))).toBeUndefined()
  })
})
