import type { Check } from '../diagnose/checks/check.ts'

/** docs/reference/checks.md: what `culprit check` looks at. */
export function checksPage(checks: readonly Check[]): string {
  return `${[
    '# Checks',
    '',
    `Made from packages/core/src/diagnose/checks (\`npm run docs\`). \`culprit check\` runs these ${checks.length}; \`--only ID\` runs one. A check whose evidence is missing is skipped, and the`,
    'report says what it needs. Exit code 1: an error was found. Warnings and notes leave it at 0: a sound cluster has some.',
    '',
    '| check | holds where it passes | else | evidence | causes | runbook |',
    '|---|---|---|---|---|---|',
    ...checks.map(({ id, holds, why, evidence, causes, runbook }) =>
      [
        '',
        ` \`${id}\` `,
        ` ${holds} `,
        ` ${why} `,
        ` ${evidence.map((one) => `\`${one}\``).join(', ')} `,
        ` ${causes.map((cause) => `\`${cause}\``).join(', ') || 'those of the signatures'} `,
        ` ${runbook === undefined ? '' : `\`${runbook}\``} `,
        '',
      ].join('|'),
    ),
  ].join('\n')}\n`
}
