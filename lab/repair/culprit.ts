import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** bin/culprit, from the sources and from dist/. */
const PROGRAM = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../bin/culprit' : '../../bin/culprit', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the program as a user does; `ended` resolves with what it said. */
export function startCulprit(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, SSH_CONNECTION: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout: out.join(''), stderr: err.join('') })))
  return { child, ended }
}

export const culprit = (args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended> => startCulprit(args, environment).ended
