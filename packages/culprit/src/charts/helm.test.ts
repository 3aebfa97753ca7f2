import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localExecutor } from '../exec/local.ts'
import { askHelm } from './helm.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-helm-'))
const path = process.env.PATH
beforeAll(() => {
  for (const chart of ['web', 'web/charts/redis', 'more/deep/api']) {
    mkdirSync(join(folder, 'evidence', chart), { recursive: true })
    writeFileSync(join(folder, 'evidence', chart, 'Chart.yaml'), `name: ${chart}\n`)
  }
  mkdirSync(join(folder, 'bin'))
  // helm's own words for a chart that it cannot render; the program itself is in no package of the distribution.
  const helm = join(folder, 'bin/helm')
  writeFileSync(
    helm,
    '#!/bin/sh\ncase "$1 $2" in\n"lint "*web) echo "==> Linting $2"; echo "[INFO] Chart.yaml: icon is recommended"; echo "[ERROR] templates/: parse error at (web/templates/svc.yaml:7): function \\"quot\\" not defined"; exit 1;;\n"template "*) case "$3" in *web) echo "Error: parse error at (web/templates/svc.yaml:7)" >&2; exit 1;; esac;;\nesac\n',
  )
  chmodSync(helm, 0o755)
})
afterAll(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

test('charts are found, those in charts/ of another left to it; only what helm complains of is kept', async () => {
  process.env.PATH = `${join(folder, 'bin')}:${path}`
  expect(await askHelm([join(folder, 'evidence'), '-', '/nonexistent'], localExecutor())).toEqual([
    {
      chart: 'web',
      text: '[ERROR] templates/: parse error at (web/templates/svc.yaml:7): function "quot" not defined\nError: parse error at (web/templates/svc.yaml:7)',
    },
  ])
})

test('without helm nothing is asked', async () => {
  process.env.PATH = path
  expect(await askHelm([join(folder, 'evidence')], localExecutor())).toEqual([])
})
