import { expectText } from '../criteria/criterion.ts'
import { criteriaOf } from '../criteria/make.ts'
import { type Block, heading, sourceText } from './block.ts'
import { type Diagnosed, impactOf, timelineOf } from './diagnosed.ts'

/** Who is hit, and who is not. */
export function impactPart({ diagnosis, options }: Diagnosed): readonly Block[] {
  const { affected, unaffected } = impactOf(diagnosis, options)
  if (affected.length + unaffected.length === 0) return []
  return [
    heading('Who is hit'),
    {
      kind: 'list',
      items: [
        ...affected.map((text) => ({ text: `Hit: ${text}` })),
        ...unaffected.map(({ what, why }) => ({ text: `Not hit: ${what} (${why})` })),
      ],
    },
  ]
}

/** What was seen when. */
export function timelinePart({ diagnosis }: Diagnosed): readonly Block[] {
  const rows = timelineOf(diagnosis).map(({ time, text, observation }) => [time, text, observation])
  return rows.length === 0 ? [] : [heading('When'), { kind: 'table', head: ['Time', 'What', 'Observation'], rows }]
}

/** What has to hold once it is mended. */
export function criteriaPart({ diagnosis, failing }: Diagnosed): readonly Block[] {
  const rows = criteriaOf(diagnosis, failing).map(({ text, command, expect }) => [text, command, expectText(expect)])
  return rows.length === 0 ? [] : [heading('Mended when'), { kind: 'table', head: ['What', 'Command at the sender', 'Expect'], rows }]
}

/** Everything that it rests on. */
export function observationsPart({ diagnosis: { observations } }: Diagnosed): readonly Block[] {
  const rows = observations.map(({ id, kind, text, source }) => [id, kind, text, sourceText(source) ?? 'command line'])
  return rows.length === 0 ? [] : [heading('What was observed'), { kind: 'table', head: ['', 'Kind', 'What', 'Where'], rows }]
}
