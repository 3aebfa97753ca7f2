// Installs what is missing and builds, once, however many ask at the same time. All output goes to standard error.
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildState, fingerprint, stampFile } from './freshness.mjs'

const say = (text) => process.stderr.write(`${text}\n`)
const MAIN = 'packages/culprit/dist/cli/main.js'
const JOINED = 'packages/culprit/dist/bundled/main.js'

/** True when there is a build to run. Two at once: one builds, the other waits for it. */
export async function ensureBuilt(root) {
  const release = await lock(join(dirname(stampFile(root)), '.building'))
  try {
    return buildState(root) !== 'stale' || (ensureInstalled(root) && (await build(root)))
  } finally {
    release()
  }
}

async function build(root) {
  const from = fingerprint(root)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = run(root, process.execPath, [tsc, '-b', '--pretty', 'false'])
  const built = existsSync(join(root, MAIN))
  if (status !== 0)
    say(`error: the sources do not type-check${built ? '' : ', and nothing could be built'}\nhint: npm run build shows it alone`)
  if (!built) return false
  const joined = await joinFiles(root)
  writeFileSync(`${stampFile(root)}.${process.pid}`, status === 0 && joined ? from : `${from} faulty`)
  renameSync(`${stampFile(root)}.${process.pid}`, stampFile(root))
  return true
}

const HOUR = 3_600_000

/** Packages with optional native parts, which nothing but Node can leave out. */
const APART = ['ssh2']

/**
 * Joins the hundreds of built files into a few, one for each command that is loaded lazily: a start takes half the time.
 * Files have their content's hash in their names; those of earlier builds stay for an hour, for who still runs them.
 */
async function joinFiles(root) {
  const dir = join(root, dirname(JOINED))
  try {
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: join(root, MAIN), platform: 'node', logLevel: 'silent', external: APART })
    const { output } = await bundle.write({ dir, format: 'esm' })
    await bundle.close()
    const now = new Set(output.map((file) => file.fileName))
    for (const name of readdirSync(dir))
      if (!now.has(name) && Date.now() - statSync(join(dir, name)).mtimeMs > HOUR) rmSync(join(dir, name))
    return true
  } catch (error) {
    rmSync(join(root, JOINED), { force: true })
    say(`warning: the built files could not be joined: ${error.message}`)
    return false
  }
}

/** npm ci where a package that the lock file names is missing or of another version. */
export function ensureInstalled(root) {
  if (installed(root)) return true
  say('culprit: installing packages (once)')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = npm ? run(root, process.execPath, [npm, ...args]) : run(root, 'npm', args)
  if (status === 0) return true
  say('error: npm ci failed\nhint: check that the npm registry can be reached, then run npm ci by hand')
  return false
}

function installed(root) {
  try {
    const packages = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
    const have = packages('node_modules/.package-lock.json')
    return Object.entries(packages('package-lock.json')).every(
      ([path, want]) =>
        !path.startsWith('node_modules/') ||
        want.link ||
        want.optional ||
        (have[path]?.version === want.version && existsSync(join(root, path))),
    )
  } catch {
    return false
  }
}

// stdout of the tools goes to our stderr: what culprit prints must stay clean for pipes.
const run = (cwd, command, args) => spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] })

/** A lock file with the holder's process number; one whose holder has died is taken over. */
async function lock(path) {
  mkdirSync(dirname(path), { recursive: true })
  for (let waited = 0; ; waited += 50) {
    try {
      const file = openSync(path, 'wx')
      writeSync(file, `${process.pid}`)
      closeSync(file)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (abandoned(path)) rmSync(path, { force: true })
    else await sleep(50)
    if (waited === 2000) say('culprit: waiting for another build of this checkout')
  }
}

function abandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // Between creating the file and writing its number it is empty.
    if (!pid) return Date.now() - statSync(path).mtimeMs > 5000
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
