import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { SYSTEM_FOLDERS } from '../../exec/child.ts'

/**
 * Only one watch works on a state folder. The kernel holds the lock (flock of util-linux or busybox) for as long as this process lives: its keeper ends with
 * the pipe to it, whatever kills the watch.
 */
export type Locked =
  | { readonly kind: 'held'; readonly release: () => Promise<void> }
  | { readonly kind: 'taken' }
  /** It cannot be told: no flock, no room, no right. */
  | { readonly kind: 'failed'; readonly why: string }

/** Tries for a moment: the keeper of one that was killed just now ends at once. */
export async function lockFile(path: string, patience = 1500): Promise<Locked> {
  const end = performance.now() + patience
  for (;;) {
    const locked = await once(path)
    if (locked.kind !== 'taken' || performance.now() >= end) return locked
    await new Promise((later) => setTimeout(later, 100))
  }
}

function once(path: string): Promise<Locked> {
  return new Promise((resolve) => {
    const keeper = spawn('flock', ['-n', path, 'cat'], {
      detached: true,
      env: { PATH: `${process.env.PATH ?? ''}:${SYSTEM_FOLDERS.join(':')}`, LC_ALL: 'C' },
    })
    let said = ''
    keeper.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-300)
    })
    keeper.stdin.on('error', () => undefined)
    keeper.on('error', (error) => resolve({ kind: 'failed', why: `flock cannot be run: ${error.message}` }))
    keeper.once('close', (code) =>
      resolve(code === 1 && said === '' ? { kind: 'taken' } : { kind: 'failed', why: said.trim() || `flock ended with exit code ${code}` }),
    )
    // What comes back has passed through the program that flock starts once the lock is its own.
    keeper.stdout.once('data', () => {
      // From here on it keeps nobody waiting.
      keeper.unref()
      for (const stream of [keeper.stdin, keeper.stdout, keeper.stderr]) (stream as { unref?: () => void }).unref?.()
      resolve({ kind: 'held', release: () => release(keeper) })
    })
    keeper.stdin.write('held\n')
  })
}

async function release(keeper: ChildProcessWithoutNullStreams): Promise<void> {
  if (keeper.exitCode !== null) return
  const ended = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
  keeper.ref()
  keeper.stdin.end()
  await ended
}
