// Runs every `$ culprit …` of the README and writes down what it prints; with --check tells which are out of date (exit code 1) and writes nothing.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const page = join(root, 'README.md')
const before = readFileSync(page, 'utf8')
const after = before.replace(
  /^```\n(\$ culprit [\s\S]*?)^```$/gm,
  (_, sessions) => `\`\`\`\n${commands(sessions).map(session).join('\n\n')}\n\`\`\``,
)

function commands(sessions) {
  return [...sessions.matchAll(/^\$ culprit (.*)$/gm)].map((match) => match[1])
}

function session(line) {
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/culprit'), ...line.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return `$ culprit ${line}\n${(stdout || stderr).trimEnd()}`
}

if (process.argv.includes('--check')) {
  if (after !== before) console.log('README.md shows what culprit no longer prints; node scripts/sessions.mjs mends it')
  process.exitCode = after === before ? 0 : 1
} else writeFileSync(page, after)
