import type { Check } from '../../diagnose/checks/check.ts'
import type { CheckReport } from '../../diagnose/checks/run.ts'
import type { Finding } from '../../diagnose/finding.ts'

const LEVELS: Readonly<Record<Finding['severity'], string>> = { error: 'error', warning: 'warning', info: 'note' }

/** SARIF 2.1.0, as code hosts read it: a rule for each check, a result for each finding, at the line that it rests on. */
export function checkSarif({ findings }: CheckReport, checks: readonly Check[], version: string): unknown {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'culprit',
            version,
            rules: checks.map(({ id, holds, why }) => ({ id, shortDescription: { text: holds }, fullDescription: { text: why } })),
          },
        },
        results: findings.map(({ id, severity, text, where, because }) => ({
          ruleId: id,
          level: LEVELS[severity],
          message: { text: where.host === '' ? text : `${where.host}: ${text}` },
          locations: because
            .flatMap(({ source }) => source ?? [])
            .slice(0, 1)
            .map(({ file, line }) => ({
              physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: Math.max(1, line) } },
            })),
        })),
      },
    ],
  }
}
