import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Diagnosed } from './diagnosed.ts'

/** The causes as SARIF 2.1.0, for tools that show findings beside files: each with the lines that it rests on. */
export function diagnosisSarif({ diagnosis: { causes }, book }: Diagnosed, version: string): unknown {
  const ids = [...new Set(causes.map(({ id }) => id))]
  const titleOf = (id: CauseId): string => book.get(id)?.title ?? id
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'culprit',
            version,
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: titleOf(id) },
              fullDescription: { text: book.get(id)?.what ?? titleOf(id) },
            })),
          },
        },
        results: causes.map(({ id, status, confidence, where, because }) => ({
          ruleId: id,
          level: status === 'proved' ? 'error' : status === 'supported' ? 'warning' : 'note',
          rank: Math.round(confidence * 100),
          message: {
            text: `${titleOf(id)}: ${where.object}${where.host === '' ? '' : ` on ${where.host}`}. ${because.map(({ text }) => text).join('; ')}`,
          },
          locations: [where.rule?.source ?? where.source, ...because.map(({ source }) => source)]
            .filter((source) => source !== undefined)
            .slice(0, 8)
            .map(({ file, line }) => ({
              physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: Math.max(1, line) } },
            })),
        })),
      },
    ],
  }
}
