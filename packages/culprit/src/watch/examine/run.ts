import { failureOf } from '../../exec/executor.ts'
import { childSeconds } from '../governor.ts'
import type { Self } from '../self.ts'
import type { ExamineAnswer, ExamineRequest } from './exchange.ts'

export interface Examined {
  readonly answer: ExamineAnswer | undefined
  readonly problem: string | undefined
  readonly milliseconds: number
  /** Its own processor time and that of what it ran. Other children that end meanwhile are counted, too. */
  readonly cpuSeconds: number
}

const LONGEST = 300_000

/** Has an examination made by a process of its own, and waits for it. */
export async function runExamination(self: Self, request: ExamineRequest, signal?: AbortSignal): Promise<Examined> {
  const before = childSeconds()
  const ran = await self(['watch', 'examine'], { stdin: JSON.stringify(request), timeout: LONGEST, limit: 16 << 20, signal })
  const cost = { milliseconds: Math.round(ran.milliseconds), cpuSeconds: childSeconds() - before }
  const answer = answerOf(ran.stdout)
  return answer
    ? { ...cost, answer, problem: undefined }
    : { ...cost, answer: undefined, problem: failureOf(ran, 'the examination') ?? 'the examination gave no answer' }
}

function answerOf(text: string): ExamineAnswer | undefined {
  try {
    const answer = JSON.parse(text) as ExamineAnswer
    return answer.schema === 'culprit.examine/v1' ? answer : undefined
  } catch {
    return undefined
  }
}
