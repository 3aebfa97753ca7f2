import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../../', import.meta.url))
/** Builds a host with a pod in namespaces of its own, and runs a story there. */
export const hostScript = join(root, 'packages/culprit/src/collect/testing/host.sh')

const runs = (...argv: readonly [string, ...string[]]): boolean => spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0

/** Why no real attempts can be made here; undefined: they can. */
export const probesLack =
  process.getuid?.() !== 0 || !runs('unshare', '--net', 'true')
    ? 'no root, or no namespaces'
    : !runs('busybox', 'true')
      ? 'busybox is not installed (Debian package busybox-static)'
      : undefined
