import type { DirectionAnswer, PolicyVerdict } from '../../model/policy/answer.ts'
import { escapeTerminal } from '../escape.ts'
import type { Style } from '../style.ts'
import { type Answered, portText } from './answers.ts'

/** One flow as a story, several as a table by destination. Ends in a line end. */
export function policyText(answered: readonly Answered[], policies: number, style: Style): string {
  const [only, ...more] = answered
  if (!only) return 'No pod is in the evidence to ask about.\n'
  const lines = more.length === 0 ? story(only, style) : table(answered, policies, style)
  return `${lines.map(safe).join('\n')}\n`
}

/** What comes from evidence is escaped; the style's own marks are not text from evidence, so they are put in behind it. */
const safe = (line: Line): string =>
  line.parts.map((part) => (typeof part === 'string' ? escapeTerminal(part) : part.mark(escapeTerminal(part.text)))).join('')

type Part = string | { readonly text: string; readonly mark: (text: string) => string }
interface Line {
  readonly parts: readonly Part[]
}
const line = (...parts: readonly Part[]): Line => ({ parts })

const WORDS: Readonly<Record<PolicyVerdict, string>> = { allowed: 'ALLOWED', denied: 'DENIED', unknown: 'NOT SETTLED' }

function word(verdict: PolicyVerdict, style: Style, text = WORDS[verdict]): Part {
  return { text, mark: verdict === 'allowed' ? style.good : verdict === 'denied' ? style.bad : style.unsure }
}

function story({ question, answer, rules }: Answered, style: Style): readonly Line[] {
  const { from, to } = question
  const head = line(word(answer.verdict, style), `  ${from} → ${to}, ${portText(question)}: by the policies alone.`)
  const lines = [head, line(''), ...side(answer.egress, `${from} may send it`, style), ...side(answer.ingress, `${to} may get it`, style)]
  if (!rules)
    return [
      ...lines,
      line(''),
      line({ text: 'The rules of these hosts were not captured: whether they keep to the policies is not known.', mark: style.dim }),
    ]
  const agrees = rules.kind === 'agrees'
  return [
    ...lines,
    line(''),
    line('The captured rules: ', { text: rules.text, mark: agrees ? style.good : rules.kind === 'unknown' ? style.unsure : style.bad }),
    ...(rules.step?.evidence && !agrees
      ? [line({ text: `  ${rules.step.evidence.file}:${rules.step.evidence.line}`, mark: style.dim })]
      : []),
  ]
}

function side(answer: DirectionAnswer, what: string, style: Style): readonly Line[] {
  return [
    line(
      word(answer.verdict, style, answer.verdict === 'allowed' ? '  yes' : answer.verdict === 'denied' ? '  no ' : '  ?  '),
      `  ${what}: ${answer.why}`,
    ),
    ...answer.by.map(({ source }) => line({ text: `         ${source.file}:${source.line}`, mark: style.dim })),
    ...(answer.missing === undefined ? [] : [line({ text: `         would be settled by ${answer.missing}`, mark: style.dim })]),
  ]
}

const SHOWN = 4

/** Who may reach each destination and who not, those with the same reason on one line. */
function table(answered: readonly Answered[], policies: number, style: Style): readonly Line[] {
  const count = (verdict: PolicyVerdict): number => answered.filter(({ answer }) => answer.verdict === verdict).length
  const head = `${answered.length} flows, ${policies} ${policies === 1 ? 'policy' : 'policies'}: ${count('allowed')} allowed, ${count('denied')} denied, ${count('unknown')} not settled.`
  const lines: Line[] = [line(head)]
  for (const [to, flows] of groupBy(answered, ({ question }) => `${question.to}, ${portText(question)}`)) {
    lines.push(line(''), line({ text: `→ ${to}`, mark: style.strong }))
    for (const [, alike] of groupBy(flows, ({ answer, rules }) => `${answer.verdict} ${reason(answer)} ${rules?.kind ?? ''}`)) {
      const [first] = alike
      if (!first) continue
      const names = alike.slice(0, SHOWN).map(({ question }) => question.from)
      const more = alike.length > SHOWN ? ` and ${alike.length - SHOWN} more` : ''
      const rules = first.rules && first.rules.kind !== 'agrees' ? `; the rules: ${first.rules.text}` : ''
      lines.push(line('  ', word(first.answer.verdict, style, WORDS[first.answer.verdict].toLowerCase()), `  ${names.join(', ')}${more}`))
      lines.push(line({ text: `      ${reason(first.answer)}${rules}`, mark: style.dim }))
    }
  }
  return lines
}

function reason({ verdict, egress, ingress }: Answered['answer']): string {
  if (verdict === 'allowed') return egress.by.length > 0 ? `${egress.why}; ${ingress.why}` : ingress.why
  return [egress, ingress]
    .filter((one) => one.verdict === verdict)
    .map((one) => one.why)
    .join('; ')
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const known = groups.get(key(item))
    if (known) known.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
