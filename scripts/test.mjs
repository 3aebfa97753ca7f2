// npm test: installs, builds, and runs every test; ends with a line `N passed, N failed` (and `, N skipped`). Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './build.mjs'
import { prepareKernelTests } from './kernel-tools.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
if (!(await ensureBuilt(root))) process.exit(70)
const noKernel = await prepareKernelTests()

const scratch = mkdtempSync(join(tmpdir(), 'culprit-test-'))
const report = join(scratch, 'report.json')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
)
if (noKernel !== undefined)
  console.log(
    `\n${'!'.repeat(100)}\nTHE KERNEL TESTS WERE SKIPPED: ${noKernel}.\nThey hold the model against a real kernel; run npm test as root on Linux with namespaces.\n${'!'.repeat(100)}\n`,
  )
const { passed, failed, skipped } = counts()
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
rmSync(scratch, { recursive: true, force: true })
process.exitCode = status || (failed > 0 ? 1 : 0)

/** A test file that could not even be loaded counts as one failure. */
function counts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
    return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
