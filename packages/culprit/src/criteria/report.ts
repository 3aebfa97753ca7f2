import { expectText, type Judged } from '@culprit/core/report/criteria/criterion'
import { escapeAll } from '@culprit/core/report/escape'
import type { Style } from '@culprit/core/report/style'
import { EXIT, type ExitCode } from '../cli/exit.ts'

/** `culprit.criteria/v1`. */
export function criteriaJson(judged: readonly Judged[]): unknown {
  return {
    schema: 'culprit.criteria/v1',
    criteria: judged.map(({ criterion: { text, command, expect }, status, by, answer }) => ({
      text,
      status,
      by: by ?? null,
      answer,
      command,
      expect,
    })),
    ...counts(judged),
  }
}

/** A line for each, with what was answered; and what a person has to run. */
export function* criteriaText(judged: readonly Judged[], style: Style): Generator<string> {
  for (const { criterion, status, by, answer } of escapeAll(judged)) {
    const mark = status === 'holds' ? style.good('holds    ') : status === 'fails' ? style.bad('fails    ') : style.unsure('undecided')
    yield `${mark} ${criterion.text}`
    yield style.dim(`          ${by === undefined ? '' : `${by}: `}${answer}`)
    if (status === 'undecided' && criterion.command !== '')
      yield `          run by hand: ${criterion.command}  (expect ${expectText(criterion.expect)})`
  }
  const { holds, fails, undecided } = counts(judged)
  yield `${style.strong(`${holds} of ${judged.length} hold`)}, ${fails} fail, ${undecided} undecided`
}

export function exitCodeOf(judged: readonly Judged[]): ExitCode {
  const { fails, undecided } = counts(judged)
  return fails > 0 ? EXIT.fault : undecided > 0 || judged.length === 0 ? EXIT.evidence : EXIT.fine
}

function counts(judged: readonly Judged[]): Readonly<Record<Judged['status'], number>> {
  const count = (status: Judged['status']): number => judged.filter((one) => one.status === status).length
  return { holds: count('holds'), fails: count('fails'), undecided: count('undecided') }
}
