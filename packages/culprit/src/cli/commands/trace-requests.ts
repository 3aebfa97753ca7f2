import type { BadRequest, Engine } from '@culprit/core/datapath/engine'
import type { TraceResult } from '@culprit/core/datapath/trace'
import { escapeTerminal } from '@culprit/core/report/escape'
import { badRequestJson, type Json, traceJson } from '@culprit/core/report/trace/json'
import { judgeResult } from '@culprit/core/report/trace/judge'
import { traceText } from '@culprit/core/report/trace/text'
import type { Whose } from '@culprit/core/report/trace/words'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { linesOf } from '../lines.ts'
import { readRequest } from '../request.ts'
import { exitCodeOf, type TraceFlags } from './trace.ts'

/** An answer to one line: traced, or what is wrong with the line. */
type Answer = { readonly request: Json; readonly result: TraceResult | BadRequest }

/**
 * Traces a request a line, in order, holding one at a time. A line that cannot be read has its answer too, with `error`, and makes the
 * exit code 2: whoever counts answers finds as many as lines. Else 1 when one is not delivered, 3 when one is open, 0 when all arrive.
 */
export async function traceRequests(engine: Engine, file: string, flags: TraceFlags, whose: Whose, context: Context): Promise<ExitCode> {
  const seen = new Set<ExitCode>()
  let number = 0
  for await (const line of linesOf(file)) {
    number++
    if (line.trim() === '') continue
    const answer = answerTo(line, engine, context)
    if (isBad(answer.result)) {
      seen.add(EXIT.usage)
      context.warn(`${file}:${number}: ${answer.result.text}`)
    } else seen.add(exitCodeOf(judgeResult(answer.result)))
    await context.out.write(printed(answer, flags, whose, context))
  }
  if (number === 0) context.warn(`${file} holds no request`)
  return [EXIT.usage, EXIT.fault, EXIT.evidence].find((code) => seen.has(code)) ?? EXIT.fine
}

function answerTo(line: string, engine: Engine, context: Context): Answer {
  let value: Json
  try {
    value = JSON.parse(line)
  } catch (error) {
    return {
      request: line,
      result: {
        kind: 'bad-request',
        text: `not JSON: ${error instanceof Error ? error.message : ''}`,
        hint: 'write one JSON object a line',
      },
    }
  }
  const request = readRequest(value)
  return { request: value, result: 'kind' in request ? request : engine.trace(request, { verbose: context.verbose, reply: true }) }
}

const isBad = (result: TraceResult | BadRequest): result is BadRequest => 'kind' in result

function printed({ request, result }: Answer, flags: TraceFlags, whose: Whose, context: Context): string {
  if (flags.output === 'jsonl') return `${JSON.stringify(isBad(result) ? badRequestJson(request, result) : traceJson(result, request))}\n`
  if (isBad(result)) return `${context.style.bad('not traced')} | ${escapeTerminal(result.text)}\n`
  const detail = flags.detail ?? 'minimal'
  return `${traceText(result, { detail, style: context.style, whose })}${detail === 'minimal' ? '' : '\n'}`
}
