import { type Check, fulfils } from '@culprit/core/repair/plan'
import type { Executor } from '../exec/executor.ts'

/** What a check came to: it holds, or what was answered instead. */
export type Asked = { readonly kind: 'holds' } | { readonly kind: 'fails'; readonly answer: string }

/** Asks until the check holds or its time is over. */
export async function ask(executor: Executor, check: Check): Promise<Asked> {
  const end = performance.now() + check.within * 1000
  for (;;) {
    const ran = await executor.run({ argv: check.command, timeout: Math.max(5000, end - performance.now()) })
    const output = `${ran.stdout}${ran.stderr}`
    if (fulfils(check.expect, { code: ran.code, output })) return { kind: 'holds' }
    if (performance.now() >= end) return { kind: 'fails', answer: answerOf(output, ran.code, ran.end) }
    await new Promise((later) => setTimeout(later, Math.min(500, Math.max(50, end - performance.now()))))
  }
}

function answerOf(output: string, code: number | null, end: string): string {
  const last = output.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
  return `${code === null ? end : `exit code ${code}`}${last === '' ? '' : `, ${last}`}`
}
