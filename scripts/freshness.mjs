// Is the build of this checkout up to date? Asked at every start, so it only looks at the times of the source files (about 2 ms).
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['packages/core/src', 'packages/culprit/src']
const FILES = [
  'package-lock.json',
  'tsconfig.base.json',
  'packages/core/package.json',
  'packages/core/tsconfig.json',
  'packages/culprit/package.json',
  'packages/culprit/tsconfig.json',
]

/** Where a build notes which sources it was made from. */
export const stampFile = (root) => join(root, 'packages/culprit/dist/.built-from')

/** Count and newest time of the sources; a file that is added, removed or changed changes it. Tests are not built. */
export function fingerprint(root) {
  let count = 0
  let newest = 0
  const see = (path) => {
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    count++
    if (time > newest) newest = time
  }
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = `${dir}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) see(path)
    }
  }
  for (const source of SOURCES) walk(join(root, source))
  for (const file of FILES) see(join(root, file))
  return `${count} ${newest}`
}

/** 'fresh'; 'faulty': built from these sources, which do not type-check; 'stale': not built, or from other sources. */
export function buildState(root) {
  try {
    const stamp = readFileSync(stampFile(root), 'utf8')
    const now = fingerprint(root)
    return stamp === now ? 'fresh' : stamp === `${now} faulty` ? 'faulty' : 'stale'
  } catch {
    return 'stale'
  }
}
