import { runChild } from './child.ts'
import { checkCommand, type Executor } from './executor.ts'

/** Runs commands on this machine, in culprit's own namespaces, as culprit's user. */
export function localExecutor(): Executor {
  return {
    name: 'this machine',
    async run(command) {
      checkCommand(command)
      return runChild(command)
    },
    close: async () => undefined,
  }
}
