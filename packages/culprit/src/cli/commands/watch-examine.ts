import { setPriority } from 'node:os'
import { examine } from '../../watch/examine/examine.ts'
import type { ExamineRequest } from '../../watch/examine/exchange.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { linesOf } from '../lines.ts'
import { withSignals } from '../signals.ts'

/** `culprit watch examine`: what the watch runs as a process of its own. A request on standard input, an answer on standard output. */
export async function watchExamine(context: Context): Promise<ExitCode> {
  // The host's own work goes first.
  setPriority(10)
  const lines: string[] = []
  for await (const line of linesOf('-')) lines.push(line)
  const request = requestIn(lines.join('\n'))
  const answer = await withSignals((signal) => examine(request, signal))
  await context.out.write(`${JSON.stringify(answer)}\n`)
  return EXIT.fine
}

function requestIn(text: string): ExamineRequest {
  try {
    const request = JSON.parse(text) as ExamineRequest
    if (request.schema === 'culprit.examine/v1') return request
  } catch {
    // It is told below.
  }
  throw usageError('watch examine is run by culprit watch, and not by hand', 'culprit watch --config FILE --once makes one round')
}
