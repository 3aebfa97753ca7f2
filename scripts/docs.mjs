// Writes the pages of docs/ that are made from knowledge/. Their tests fail when page and knowledge drift.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { ensureBuilt } from './build.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
if (!(await ensureBuilt(root))) process.exit(1)
const core = (path) => import(pathToFileURL(join(root, 'packages/core/dist', `${path}.js`)).href)
const knowledge = (name) => parse(readFileSync(join(root, 'knowledge', name), 'utf8'))

function write(page, text) {
  writeFileSync(join(root, 'docs', page), text)
  process.stdout.write(`docs/${page}\n`)
}

const { readCauses } = await core('diagnose/causes/book')
const { causesPage } = await core('report/causes-page')
write('reference/causes.md', causesPage(readCauses(knowledge('causes.yaml')).book))

const culprit = (path) => import(pathToFileURL(join(root, 'packages/culprit/dist', `${path}.js`)).href)
const { loadSignatures } = await culprit('knowledge/signatures')
const { signaturesPage } = await core('report/signatures-page')
write('reference/signatures.md', signaturesPage(loadSignatures()))

const { CHECKS } = await core('diagnose/checks/registry')
const { checksPage } = await core('report/checks-page')
write('reference/checks.md', checksPage(CHECKS))
