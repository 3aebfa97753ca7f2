import { describe, expect, test } from 'vitest'
import { repair } from '../config/repair.ts'
import type { ExaminedOption } from '../examine/exchange.ts'
import type { IncidentCause } from '../incident.ts'
import { choose } from './choose.ts'

const cause = (id: string, status: IncidentCause['status'] = 'proved'): IncidentCause => ({
  id,
  title: id,
  status,
  confidence: 0.9,
  where: 'n1',
  because: [],
})
const option = (id: string, more: Partial<ExaminedOption> = {}): ExaminedOption => ({
  id,
  cause: 'nat.hijack',
  title: id,
  risk: 'low',
  repairs: true,
  breaks: 0,
  ...more,
})
const allowed = (...allow: readonly object[]) => repair.parse({ allow: allow.map((one, i) => ({ name: `p${i}`, ...one })) }).allow

/** The permission and the means; or why not. */
function chosen(
  permissions: ReturnType<typeof allowed>,
  causes: readonly IncidentCause[],
  options: readonly ExaminedOption[] = [],
  recommended: string | null = null,
): string {
  const incident = { criterion: { name: 'web', kind: 'flow' as const, text: '' }, causes }
  const made = choose(permissions, incident, { options, recommended })
  return 'why' in made ? made.why : `${made.permission.name} ${made.cause.id} ${made.option?.id ?? made.permission.runbook}`
}

const runbook = { causes: ['route.missing-default'], runbook: 'add-default-route' }
const hijack = { causes: ['nat.hijack'], option: 'recommended' }

describe('what may be done for an incident', () => {
  test.each([
    ['a runbook for a proved cause', allowed(runbook), [cause('route.missing-default')], 'p0 route.missing-default add-default-route'],
    ['another cause', allowed(runbook), [cause('route.overlap')], 'no permission names a cause that was found'],
    ['no cause', allowed(runbook), [], 'no cause was found'],
    [
      'not sure enough',
      allowed(runbook),
      [cause('route.missing-default', 'supported')],
      'p0: route.missing-default is supported, and not proved',
    ],
    [
      'sure enough where that is said',
      allowed({ ...runbook, status: 'supported' }),
      [cause('route.missing-default', 'supported')],
      'p0 route.missing-default add-default-route',
    ],
    [
      'never what is only possible',
      allowed({ ...runbook, status: 'supported' }),
      [cause('route.missing-default', 'possible')],
      'p0: route.missing-default is possible, and not supported',
    ],
    [
      'for another criterion',
      allowed({ ...runbook, criteria: ['db'] }),
      [cause('route.missing-default')],
      'no permission names a cause that was found',
    ],
    [
      'the likeliest cause that has one',
      allowed(runbook, { causes: ['route.overlap'], runbook: 'x' }),
      [cause('nat.hijack'), cause('route.overlap'), cause('route.missing-default')],
      'p1 route.overlap x',
    ],
  ])('%s', (_, permissions, causes, said) => {
    expect(chosen(permissions, causes)).toBe(said)
  })

  test.each([
    ['the one that is recommended', hijack, [option('a'), option('b')], 'b', 'p0 nat.hijack b'],
    ['nothing is recommended', hijack, [option('a')], null, 'p0: the diagnosis recommends nothing'],
    ['by its id', { ...hijack, option: 'a' }, [option('a'), option('b')], 'b', 'p0 nat.hijack a'],
    ['too much of a risk', hijack, [option('a', { risk: 'medium' })], 'a', 'p0: the risk of a is medium'],
    ['not proved', hijack, [option('a', { repairs: null })], 'a', 'p0: the model does not prove that a repairs it'],
    ['it breaks something', hijack, [option('a', { breaks: 2 })], 'a', 'p0: a breaks 2 flows in the model'],
    ['it is for another cause', hijack, [option('a', { cause: 'route.overlap' })], 'a', 'p0: the option a is for route.overlap'],
  ] as const)('an option: %s', (_, permission, options, recommended, said) => {
    expect(chosen(allowed(permission), [cause('nat.hijack')], options, recommended)).toBe(said)
  })
})
