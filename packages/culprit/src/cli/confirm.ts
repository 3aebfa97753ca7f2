import { createInterface } from 'node:readline/promises'
import { escapeTerminal } from '@culprit/core/report/escape'

/** Is there somebody at a terminal who can be asked? */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Tells what it is about and asks, on standard error; anything but yes is no. Ctrl-C and the end of the input are no, too. */
export async function confirm(about: readonly string[], question: string, signal?: AbortSignal): Promise<boolean> {
  for (const line of about) process.stderr.write(`${escapeTerminal(line)}\n`)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(`${question} [y/N] `, signal ? { signal } : {}), closed])
    return /^\s*y(?:es)?\s*$/i.test(answer)
  } catch {
    return false
  } finally {
    lines.close()
  }
}
