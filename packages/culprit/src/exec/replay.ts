import { type Command, checkCommand, type Executor, LIMIT, type Ran, ran } from './executor.ts'

/** What a command answered once; undefined where it was never asked. */
export type Answers = (command: Command) => Ran | undefined

/** Answers from what was recorded or collected earlier: nothing is run. What was never asked is out of reach, and says so. */
export function replayExecutor(answers: Answers, name = 'a recording'): Executor {
  return {
    name,
    async run(command) {
      checkCommand(command)
      if (command.signal?.aborted) return ran('aborted')
      const answer = answers(command)
      if (answer === undefined) return ran('unreachable', { stderr: `${name} holds no answer to: ${command.argv.join(' ')}` })
      command.onOutput?.(answer.bytes)
      return cut(answer, command.limit ?? LIMIT)
    },
    close: async () => undefined,
  }
}

function cut(answer: Ran, limit: number): Ran {
  const { bytes, stderr, milliseconds } = answer
  return bytes.length <= limit ? answer : ran('limit', { bytes: bytes.subarray(0, limit), stderr, milliseconds })
}

const keyOf = ({ argv, stdin = '' }: Command): string => JSON.stringify([argv, stdin])

/** Runs commands through another executor, and remembers the last answer to each. */
export function recordingExecutor(inner: Executor): { readonly executor: Executor; readonly answers: Answers } {
  const seen = new Map<string, Ran>()
  const executor: Executor = {
    name: inner.name,
    async run(command) {
      const answer = await inner.run(command)
      seen.set(keyOf(command), answer)
      return answer
    },
    close: () => inner.close(),
  }
  return { executor, answers: (command) => seen.get(keyOf(command)) }
}
