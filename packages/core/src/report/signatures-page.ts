import { PLACES, type Signature } from '../diagnose/signatures/signature.ts'

/** docs/reference/signatures.md: every error text that is known, by the program that writes it. */
export function signaturesPage(signatures: readonly Signature[]): string {
  const groups = PLACES.map((place) => [place, signatures.filter(({ places }) => places[0] === place)] as const).filter(
    ([, own]) => own.length > 0,
  )
  return `${[
    '# Log signatures',
    '',
    `Made from knowledge/signatures (\`npm run docs\`). ${signatures.length} error texts; \`culprit check\` and \`culprit diagnose\` find them in logs, notes, terminal output, events and`,
    'the states of pods. How one is written: [knowledge/signatures/README.md](../../knowledge/signatures/README.md).',
    ...groups.flatMap(([place, own]) => ['', `## ${place}`, ...own.flatMap(entry)]),
  ].join('\n')}\n`
}

function entry({ id, title, means, cause, runbook, look, places, severity, general, pattern, examples }: Signature): readonly string[] {
  const also = places.slice(1)
  return [
    '',
    `### ${id}`,
    '',
    `**${title}.** ${means}`,
    '',
    '```text',
    ...examples.slice(0, 2),
    '```',
    '',
    `- cause: [\`${cause}\`](causes.md)${runbook === undefined ? '' : `; runbook: \`${runbook}\``}; severity: ${severity}${general ? '; told only where no other signature matches the line' : ''}`,
    ...(also.length > 0 ? [`- also in: ${also.join(', ')}`] : []),
    `- look at: ${look.map((one) => `\`${one.replaceAll('`', "'")}\``).join(', ')}`,
    `- pattern: \`${pattern.replaceAll('`', '\\x60')}\``,
  ]
}
