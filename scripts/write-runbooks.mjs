// npm run docs:runbooks: writes docs/reference/runbooks.md from knowledge/runbooks.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runbooksMarkdown } from '@culprit/core/report/repair/runbooks'
import { loadRunbooks } from '../packages/culprit/dist/knowledge/runbooks.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
writeFileSync(join(root, 'docs/reference/runbooks.md'), runbooksMarkdown([...loadRunbooks().values()]))
