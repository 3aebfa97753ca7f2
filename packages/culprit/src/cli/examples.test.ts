import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEngine } from '@culprit/core/datapath/engine'
import type { TraceRequest, TraceResult } from '@culprit/core/datapath/trace'
import { traceJson } from '@culprit/core/report/trace/json'
import { expect, test } from 'vitest'
import { documentsOf } from './evidence.ts'
import { readRequest } from './request.ts'

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url))
const names = readdirSync(examples, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)

/** What examples/NAME/expected.json says of a packet; `decidedBy` and `route` describe a step. */
interface Expected {
  readonly request: TraceRequest
  readonly decidedBy?: object
  readonly route?: object
  readonly [field: string]: unknown
}

test.each(names)('examples/%s: each packet ends as its README tells', async (name) => {
  const { traces } = JSON.parse(readFileSync(join(examples, name, 'expected.json'), 'utf8')) as { readonly traces: readonly Expected[] }
  const engine = createEngine(await documentsOf([join(examples, name, 'bundle')]))
  for (const { request, decidedBy, route, ...rest } of traces) {
    const known = readRequest(request)
    if ('kind' in known) throw new Error(known.text)
    const result = engine.trace(known, { reply: true })
    if ('kind' in result) throw new Error(result.text)
    const [outcome, ...others] = outcomesOf(result)
    expect(others).toEqual([])
    expect(outcome).toMatchObject(rest)
    if (decidedBy) expect(outcome?.steps[outcome.decidedBy ?? -1]).toMatchObject(decidedBy)
    if (route) expect(outcome?.steps).toContainEqual(expect.objectContaining({ kind: 'route', route: expect.objectContaining(route) }))
  }
})

/** As a program that reads the JSON sees them. */
const outcomesOf = (result: TraceResult) =>
  (JSON.parse(JSON.stringify(traceJson(result))) as { outcomes: { steps: object[]; decidedBy: number | null }[] }).outcomes
