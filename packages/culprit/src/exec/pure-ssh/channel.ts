/// <reference path="./ssh2.d.ts" />
import type { ClientChannel } from 'ssh2'
import { type Command, type End, LIMIT, type Ran, ran, TIMEOUT } from '../executor.ts'
import { KeptEnds, KeptOutput } from '../kept.ts'

/** From the end of standard input, by which the far side ends the command, until nothing is waited for any more, in milliseconds. */
const PATIENCE = 2000

/** Sees a command on a channel to its end. Its standard input stays open until then: its end is what ends the command there. */
export function followChannel(channel: ClientChannel, command: Command): Promise<Ran> {
  const started = performance.now()
  const out = new KeptOutput(command.limit ?? LIMIT)
  const err = new KeptEnds()
  return new Promise((resolve) => {
    let end: End | undefined
    let done = false
    let patience: NodeJS.Timeout | undefined
    const finish = (): void => {
      if (done) return
      done = true
      clearTimeout(timer)
      clearTimeout(patience)
      command.signal?.removeEventListener('abort', onAbort)
      channel.destroy()
      resolve(ran(end ?? 'exited', { code: 0, bytes: out.bytes(), stderr: err.text(), milliseconds: performance.now() - started }))
    }
    const stop = (why: End): void => {
      if (end !== undefined || done) return
      end = why
      channel.end()
      patience = setTimeout(finish, PATIENCE)
    }
    const onAbort = (): void => stop('aborted')
    const timer = setTimeout(() => stop('timed-out'), command.timeout ?? TIMEOUT)
    command.signal?.addEventListener('abort', onAbort)
    if (command.signal?.aborted) onAbort()
    channel.on('data', (chunk: Buffer) => {
      if (end === 'limit') return
      const fits = out.add(chunk)
      command.onOutput?.(chunk)
      if (!fits) stop('limit')
    })
    channel.stderr.on('data', (chunk: Buffer) => err.add(chunk))
    for (const stream of [channel, channel.stderr]) stream.on('error', () => undefined)
    channel.on('close', finish)
    channel.write(command.stdin ?? '')
  })
}
