import { runChild } from '../exec/child.ts'
import type { Command, Ran } from '../exec/executor.ts'

/** Runs culprit itself with these arguments: what needs much memory, or must survive, is a process of its own. */
export type Self = (args: readonly string[], options?: Pick<Command, 'stdin' | 'timeout' | 'limit' | 'signal' | 'onOutput'>) => Promise<Ran>

/** `program`: what starts culprit, this process's own when left out. */
export function selfRunner(program: readonly string[] = [process.execPath, ...process.argv.slice(1, 2)]): Self {
  // A checkout does not build itself anew while it is watched.
  process.env.CULPRIT_BUILD = 'never'
  return (args, options = {}) => runChild({ ...options, argv: [...program, ...args] })
}
