import { createReadStream } from 'node:fs'
import { usageError } from './exit.ts'

/** The lines of a file, or of standard input for `-`, one after the other as they come. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, 'utf8')
  // The beginning of a line whose end has not come yet; joined once, so that a file without line ends costs its size and no more.
  let begun: string[] = []
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      const [first = '', ...others] = chunk.split('\n')
      begun.push(first)
      for (const line of others) {
        yield begun.join('')
        begun = [line]
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw usageError(
      `cannot read the requests from ${file}: ${error.message}`,
      'give a file with a JSON object a line, or - for standard input',
    )
  }
  const last = begun.join('')
  if (last !== '') yield last
}
