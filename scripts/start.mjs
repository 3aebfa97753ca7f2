// npm start: installs and builds what is missing, then shows a real incident; npm start -- ARGS runs culprit with ARGS instead.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
if (!(await ensureBuilt(root))) process.exit(70)

// npm runs scripts in the project's folder; paths on the command line are meant from where the user stands.
const here = process.env.INIT_CWD ?? process.cwd()
const culprit = (args, cwd) => spawnSync(process.execPath, [join(root, 'bin/culprit'), ...args], { cwd, stdio: 'inherit' }).status ?? 70

const args = process.argv.slice(2)
process.exitCode = args.length > 0 ? culprit(args, here) : show()

/** Two commands on the bundle of a real incident; the exit code is the trace's. */
function show() {
  const bundle = 'examples/docker-forward-policy/bundle'
  console.log('A pod cannot reach the internet since Docker was installed on its node. A bundle was taken; where does the packet end?\n')
  const status = told(['trace', bundle, '--from', 'netns/h/p1', '--to', '203.0.113.80:443'])
  console.log(`(exit code ${status})\n\nWhose rules are those?\n`)
  const explained = told(['explain', bundle, '--table', 'filter', '--chain', 'FORWARD'])
  console.log('\nMore incidents: examples/. Your own machine: docs/evidence-formats.md. All commands: npm start -- --help')
  return explained > 1 ? explained : status
}

function told(args) {
  console.log(`$ culprit ${args.join(' ')}`)
  return culprit(args, root)
}
