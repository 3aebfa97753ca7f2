import { expect, test } from 'vitest'
import { readCauses } from './book.ts'
import { CAUSE_IDS } from './ids.ts'

const entry = (id: string, extra: object = {}) => ({
  id,
  title: 't',
  what: 'w',
  seen: 's',
  why: 'y',
  proves: 'p',
  excludes: 'e',
  look: ['ip route'],
  ...extra,
})
const all = (change: (id: string) => object = () => ({})) => ({ causes: CAUSE_IDS.map((id) => entry(id, change(id))) })

test('a whole book has no problems', () => {
  const { book, problems } = readCauses(all())
  expect(problems).toEqual([])
  expect([...book.keys()]).toEqual([...CAUSE_IDS])
})

test.each([
  ['a text is missing', all((id) => (id === 'host.lock' ? { why: undefined } : {})), { at: 'host.lock', text: 'why must be a text' }],
  ['a key is misspelt', all((id) => (id === 'host.lock' ? { hide: [] } : {})), { at: 'host.lock', text: 'hide means nothing here' }],
  ['no command to look at', all((id) => (id === 'host.lock' ? { look: [] } : {})), { at: 'host.lock', text: 'look must list commands' }],
  [
    'an id that nobody knows',
    { causes: [...all().causes, entry('host.luck')] },
    { at: 'causes[88]', text: 'host.luck is no cause that ids.ts knows' },
  ],
  ['an id twice', { causes: [...all().causes, entry('host.lock')] }, { at: 'host.lock', text: 'an id must be there once' }],
  ['an id is missing', { causes: all().causes.slice(1) }, { at: 'causes', text: `${CAUSE_IDS[0]} is missing` }],
  [
    'two causes that hide each other',
    all((id) => (id === 'host.lock' ? { hides: ['host.time'] } : id === 'host.time' ? { hides: ['host.lock'] } : {})),
    { at: 'host.lock', text: 'and host.time hide each other' },
    { at: 'host.time', text: 'and host.lock hide each other' },
  ],
])('%s: told', (_, data, ...problems) => {
  expect(readCauses(data).problems).toEqual(problems)
})

test('what is no book at all is told, not thrown', () => {
  expect(readCauses('nothing').problems[0]).toEqual({ at: 'causes', text: 'must be a list' })
})
