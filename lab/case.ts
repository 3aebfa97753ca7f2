import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Step } from '@culprit/core/datapath/trace'
import type { Difference, Held } from './difference.ts'
import { ipsetText, nftText, restoreText, routingLines, type Scenario } from './scenario.ts'

/** Rules, sets, routing and sysctls as one would type them. */
export function scenarioText(scenario: Scenario): string {
  const rules = restoreText(scenario.tables) + nftText(scenario.native)
  const sysctls = Object.entries(scenario.sysctls).map(([name, value]) => `sysctl ${name}=${value}\n`)
  const hairpin = [
    ...scenario.hairpin.map((port) => `bridge link set dev ${port} hairpin on\n`),
    ...scenario.isolated.map((port) => `bridge link set dev ${port} isolated on\n`),
  ]
  const around = [...routingLines(scenario).map((line) => `ip ${line}\n`), ...sysctls, ...hairpin, ipsetText(scenario.sets)].join('')
  const before = scenario.openers.map((p) => `sent before: ${JSON.stringify(p)}\n`).join('')
  return before + around + rules.replace(/^:\S+ ACCEPT \[0:0\]\n/gm, '')
}

const stepText = (s: Step): string => {
  const route = s.route ? ` ${s.route.type}${s.route.dev ? ` dev ${s.route.dev}` : ''}${s.route.via ? ` via ${s.route.via}` : ''}` : ''
  return `${s.netns || s.host} ${s.hook} ${s.kind} ${s.table ?? ''}/${s.chain ?? ''}/${s.rule ?? ''} ${s.effect ?? ''}${route} ${s.text}`
    .replace(/ +/g, ' ')
    .replace(' //', '')
}

/** A difference to read: the situation, the packet, the kernel's way and culprit's way. */
export function differenceText(scenario: Scenario, { packet, truth, answer, text }: Difference): string {
  const kernel = truth.path.map((s) => `${s.table}/${s.chain}/${s.rule} ${s.verdict}`)
  const end = truth.delivered
    ? `delivered ${JSON.stringify(truth.delivered)}`
    : `${truth.verdict}${truth.sendError ? ` (errno ${truth.sendError})` : ''}`
  const outcomes =
    typeof answer === 'string'
      ? [answer]
      : answer.outcomes.map((o) =>
          [
            ...o.steps.map(stepText),
            `${o.verdict} (${o.reason}) at ${o.at.netns || o.at.host}:${o.at.interface}, decided by step ${o.decidedBy}${o.missing.map((m) => `, missing ${m.evidence}: ${m.why}`).join('')}`,
          ].join('\n'),
        )
  return [
    `# ${text}`,
    `Packet: \`${JSON.stringify(packet)}\``,
    `## The situation (${scenario.family})\n\`\`\`\n${scenarioText(scenario)}\`\`\``,
    `## The kernel\n\`\`\`\n${[...kernel, `hooks passed: ${truth.passed?.join(' ')}`, `mark ${truth.mark ?? '0'}`, end].join('\n')}\n\`\`\``,
    `## culprit\n\`\`\`\n${outcomes.join('\n-- or --\n')}\n\`\`\``,
    '',
  ].join('\n\n')
}

/** Writes a case as the truth sets are laid out: the bundle, packets.jsonl, truth.jsonl, and README.md with what differs. */
export function writeCase(folder: string, held: Held): void {
  rmSync(folder, { recursive: true, force: true })
  const put = (name: string, text: string): void => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const lines = (list: readonly unknown[]): string => list.map((item) => `${JSON.stringify(item)}\n`).join('')
  for (const [name, text] of held.verified.bundle) put(name, text)
  put('packets.jsonl', lines(held.verified.packets))
  put('truth.jsonl', lines(held.verified.truths))
  if (held.differences.length) put('README.md', held.differences.map((d) => differenceText(held.scenario, d)).join('\n'))
}
