import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Rooms of core in their order: each uses only itself and those before it (docs/how-it-works.md). */
const ROOMS = ['net', 'facts', 'netfilter', 'parse', 'intake', 'model', 'datapath', 'space', 'diagnose', 'repair', 'report']
/** Types that a room above needs of one below; each with the reason why it may. */
const EXCEPTIONS: readonly string[] = []

const root = dirname(fileURLToPath(import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
const IMPORT =
  /^(?:import|export)\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*\{[^}]*\})?)\s+from\s+'([^']+)'|\bimport\('([^']+)'\)/gm
const imports = (file: string): string[] => [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? '')
const roomOf = (file: string): string => file.split('/')[0] ?? ''

test('every file of core lies in a room', () => {
  expect(files.filter((file) => !ROOMS.includes(roomOf(file)))).toEqual([])
})

test('a room of core uses only rooms above it', () => {
  const wrong = files.flatMap((file) =>
    imports(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => ({ file, target: relative(root, join(root, dirname(file), target)) }))
      .filter(({ target }) => ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(file)))
      .map(({ target }) => `${file} uses ${target}`),
  )
  expect(wrong.filter((line) => !EXCEPTIONS.includes(line))).toEqual([])
})

test('core uses no Node and no package but its declared ones', () => {
  const allowed = ['yaml']
  expect(
    files.flatMap((file) =>
      imports(file)
        .filter((target) => !target.startsWith('.') && !allowed.includes(target))
        .map((target) => `${file} uses ${target}`),
    ),
  ).toEqual([])
})

test('core has no clock, chance or environment of its own', () => {
  const touch = /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|process\.(?:env|argv|cwd))\b/
  const code = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  expect(files.filter((file) => touch.test(code(file)))).toEqual([])
})
