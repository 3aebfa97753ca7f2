import type { CauseBook, CauseText } from '../diagnose/causes/book.ts'
import type { CauseId } from '../diagnose/causes/ids.ts'

/** Headings by the first part of an id. */
const GROUPS: Readonly<Record<string, string>> = {
  filter: 'Filtering',
  policy: 'Policy engines',
  service: 'Services',
  nat: 'Address translation',
  backend: 'Back ends',
  exposure: 'Exposure',
  conntrack: 'Connection tracking',
  route: 'Routing and addressing',
  host: 'The host',
  overlay: 'Overlay networks',
  app: 'The endpoint itself',
  dns: 'Names',
  container: 'Containers',
  image: 'Images',
  pod: 'Pods',
  node: 'Nodes',
  deploy: 'Deployment',
}

/** docs/reference/causes.md: every cause of knowledge/causes.yaml, as Markdown. */
export function causesPage(book: CauseBook): string {
  const groups = new Map<string, CauseText[]>()
  for (const cause of book.values()) {
    const group = cause.id.slice(0, cause.id.indexOf('.'))
    groups.set(group, [...(groups.get(group) ?? []), cause])
  }
  const lines = [
    '# Causes',
    '',
    '<!-- Made from knowledge/causes.yaml by `npm run docs`. Edit that file. -->',
    '',
    `What \`culprit diagnose\` can name: ${book.size} causes. Their ids are stable. A cause hides its mere consequences: where both are found for the same host or object, only the deeper one is told.`,
  ]
  for (const [group, causes] of groups) {
    lines.push('', `## ${GROUPS[group] ?? group}`)
    for (const cause of causes) lines.push('', ...section(cause, book))
  }
  return `${lines.join('\n')}\n`
}

function section(cause: CauseText, book: CauseBook): readonly string[] {
  const hiddenBy = [...book.values()].filter((other) => other.hides.includes(cause.id)).map(({ id }) => id)
  const ids = (list: readonly CauseId[]): string => list.map((id) => `[\`${id}\`](#${id.replace('.', '')})`).join(', ')
  return [
    `### ${cause.id}`,
    '',
    `**${plain(cause.title)}**`,
    '',
    `- What: ${plain(cause.what)}.`,
    `- Seen: ${plain(cause.seen)}.`,
    `- Why: ${plain(cause.why)}.`,
    `- Proved by: ${plain(cause.proves)}.`,
    `- Excluded by: ${plain(cause.excludes)}.`,
    `- Look at: ${cause.look.map(code).join(' · ')}`,
    ...(cause.hides.length > 0 ? [`- Hides: ${ids(cause.hides)}`] : []),
    ...(hiddenBy.length > 0 ? [`- Hidden by: ${ids(hiddenBy)}`] : []),
  ]
}

const plain = (text: string): string => text.replace(/[<*[\]\\]/g, (character) => `\\${character}`)
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)
