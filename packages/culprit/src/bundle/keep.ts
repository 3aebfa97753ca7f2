import type { Budget } from './budget.ts'
import type { Collected } from './collect.ts'
import { decode } from './decode.ts'
import { formatBytes } from './limits.ts'

/** Where a file goes: its path in the tree, the bundle that it is inside of, and how it is called in messages. */
export interface Target {
  readonly path: string
  readonly root: string | undefined
  readonly named: string
}

/** Turns what was collected into a file of the tree, or into an error or note that names it. */
export function keep(collected: Collected, target: Target, budget: Budget): void {
  const { path, root, named } = target
  if (collected.kind === 'refused') {
    budget.error(named, collected.text, collected.hint)
    return
  }
  const { size } = collected
  if (collected.kind === 'whole') {
    const decoded = decode(collected.bytes)
    if (decoded.kind === 'binary') budget.note(named, `is ${decoded.why}: not read`)
    else if (decoded.kind === 'capture') budget.keep({ path, root, size, text: '', bytes: decoded.bytes }, size)
    else budget.keep({ path, root, size, text: decoded.text }, size)
    return
  }
  const head = decode(collected.head)
  if (head.kind !== 'text') {
    budget.note(named, head.kind === 'binary' ? `is ${head.why}: not read` : 'is a capture that is too long: not read')
    return
  }
  const tail = decode(collected.tail)
  const keptBytes = collected.head.length + collected.tail.length
  const end = tail.kind === 'text' ? tail.text.slice(tail.text.indexOf('\n') + 1) : ''
  budget.note(
    named,
    `has ${formatBytes(size)}: read its first ${formatBytes(collected.head.length)} and its last ${formatBytes(collected.tail.length)}`,
  )
  budget.keep(
    { path, root, size, text: `${head.text.slice(0, head.text.lastIndexOf('\n') + 1)}${end}`, truncated: { keptBytes, ofBytes: size } },
    keptBytes,
  )
}
