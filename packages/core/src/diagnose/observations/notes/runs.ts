import { type Command, commandsOf } from '../../../intake/notes/command.ts'
import type { Pasted } from '../../../intake/notes/pasted.ts'
import { isKnownCommand } from '../../../intake/notes/prompt.ts'
import { outcomesOf } from './outcome.ts'
import { targetOf } from './target.ts'

/** A command with the lines that it printed. */
export interface Run {
  readonly command: Command | undefined
  readonly commandText: string
  readonly line: number
  readonly lines: readonly string[]
}

const PRINTED = /^(?:\S+: |curl: |\S+ v\d)/

/** Cuts an output where a further command stands without a prompt. */
export function runsOf(pasted: Pasted): readonly Run[] {
  const runs: { command: Command | undefined; commandText: string; line: number; lines: string[] }[] = []
  const tries = pasted.commands.filter((command) => targetOf(command) !== undefined)
  const command = tries.length === 1 ? tries[0] : tries.length === 0 ? pasted.commands.at(-1) : undefined
  if (tries.length > 1) return severalAtOnce(pasted, tries)
  runs.push({
    command: tries.length === 0 ? (bashConnection(pasted) ?? command) : command,
    commandText: pasted.commandText,
    line: pasted.commandLine || pasted.line,
    lines: [],
  })
  let started = pasted.line
  for (const [i, line] of pasted.lines.entries()) {
    const typed = line.trim()
    const further = isKnownCommand(typed) && !PRINTED.test(typed) ? commandsOf(typed).find((one) => targetOf(one)) : undefined
    if (further) {
      started = pasted.line + i
      runs.push({ command: further, commandText: typed, line: started, lines: [] })
    } else runs.at(-1)?.lines.push(line)
  }
  return runs
}

/** `timeout 3 bash -c '</dev/tcp/10.0.0.9/80'`: as netcat would try it. */
function bashConnection({ commandText, commands }: Pasted): Command | undefined {
  const device = /\/dev\/(tcp|udp)\/([\w.:-]+)\/(\d{1,5})\b/.exec(commandText)
  if (!device) return undefined
  const args = [...(device[1] === 'udp' ? ['-u'] : []), device[2] as string, device[3] as string]
  return {
    program: 'nc',
    args,
    shell: false,
    filtered: false,
    redirected: false,
    host: commands[0]?.host,
    netns: commands[0]?.netns,
    inside: commands[0]?.inside,
    namespace: commands[0]?.namespace,
  }
}

/** `curl a; curl b`: their outcomes in the same order, where there are as many. */
function severalAtOnce(pasted: Pasted, tries: readonly Command[]): readonly Run[] {
  const outcomes = outcomesOf(pasted.lines)
  if (outcomes.length !== tries.length)
    return [{ command: undefined, commandText: pasted.commandText, line: pasted.line, lines: pasted.lines }]
  return tries.map((command, i) => {
    const at = outcomes[i]?.line ?? 0
    const from = i === 0 ? 0 : (outcomes[i - 1]?.line ?? 0) + 1
    return { command, commandText: pasted.commandText, line: pasted.line + from - 1, lines: pasted.lines.slice(from, at + 1) }
  })
}
