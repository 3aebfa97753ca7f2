import type { Hook } from '../netfilter/scene.ts'
import type { Machine } from './machine.ts'
import type { CompiledRule } from './program.ts'
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
    case 'rule': {
      const step = ruleStep(happening.rule, happening.machine, happening.hook, happening.effect)
      return happening.packet ? { ...step, packet: happening.packet } : step
    }
    case 'skipped': {
      const { effect: _, ...step } = ruleStep(happening.rule, happening.machine, happening.hook, '')
      return { ...step, kind: 'skipped', failed: happening.failed }
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
    case 'outside': {
      const { text, effect, route, packet, assumption, evidence } = happening.tell()
      return {
        kind: happening.step,
        ...place(happening.machine, undefined),
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

/** A rule's step is the same for every packet that it did the same to. */
const ruleSteps = new WeakMap<CompiledRule, Map<string, Step>>()

function ruleStep(rule: CompiledRule, machine: Machine, hook: Hook, effect: string): Step {
  let steps = ruleSteps.get(rule)
  if (!steps) {
    steps = new Map()
    ruleSteps.set(rule, steps)
  }
  const key = `${hook} ${effect}`
  let step = steps.get(key)
  if (!step) {
    const { family, table, chain, number, text, file, line } = rule.reference
    step = { kind: 'rule', ...place(machine, hook), family, table, chain, rule: number, text, effect, evidence: { file, line } }
    steps.set(key, step)
  }
  return step
}
