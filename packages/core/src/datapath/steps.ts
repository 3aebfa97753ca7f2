import type { Hook } from '../netfilter/scene.ts'
import type { Machine } from './machine.ts'
import type { Step } from './trace.ts'
import { type Happening, happenings, type Trail } from './trail.ts'

/** The way as a trace tells it. */
export function stepsOf(trail: Trail | undefined): readonly Step[] {
  return happenings(trail).map(stepOf)
}

const place = ({ namespace }: Machine, hook: Hook | undefined) => ({
  host: namespace.host,
  netns: namespace.name,
  hook: hook?.toUpperCase() ?? '',
})

function stepOf(happening: Happening): Step {
  switch (happening.kind) {
    case 'rule':
    case 'skipped': {
      const { family, table, chain, number, text, file, line } = happening.rule.reference
      const where = { ...place(happening.machine, happening.hook), family, table, chain, rule: number, text, evidence: { file, line } }
      if (happening.kind === 'skipped') return { kind: 'skipped', ...where, failed: happening.failed }
      return { kind: 'rule', ...where, effect: happening.effect, ...(happening.packet ? { packet: happening.packet } : {}) }
    }
    case 'policy': {
      const { chain, file, line } = happening.base
      return {
        kind: 'policy',
        ...place(happening.machine, happening.hook),
        family: chain.family,
        table: chain.table,
        chain: chain.name,
        text: `policy ${happening.effect}`,
        effect: happening.effect,
        evidence: { file, line },
      }
    }
    default: {
      const { machine, kind, text, effect, route, packet, assumption, evidence } = happening
      return {
        kind,
        ...place(machine, undefined),
        text,
        ...(effect === undefined ? {} : { effect }),
        ...(route ? { route } : {}),
        ...(packet ? { packet } : {}),
        ...(assumption === undefined ? {} : { assumption }),
        ...(evidence?.line ? { evidence } : {}),
      }
    }
  }
}
