import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import { diagnose } from '@culprit/core/diagnose/diagnose'
import { type Question, WORTH_A_LOOK } from '@culprit/core/diagnose/diagnosis'
import { readDocuments } from '@culprit/core/intake/documents'
import type { TextFile } from '@culprit/core/intake/format'
import { captureFormat } from '@culprit/core/intake/recognise/recognise'
import type { Random } from '../random.ts'
import { knowledge } from './knowledge.ts'

/** An incident with its whole evidence, and what is asked of it. */
export interface Incident {
  readonly name: string
  readonly files: readonly TextFile[]
  readonly causes: readonly CauseId[]
  readonly questions: readonly (Question | undefined)[]
}

/** What came of a diagnosis on a part of the evidence; `wrong`: what it should not have said. */
export interface Thinned {
  readonly kept: readonly string[]
  readonly question: string
  readonly wrong: string | undefined
  readonly first: { readonly right: boolean; readonly confidence: number } | undefined
}

/** A first cause above this that is wrong misleads. */
const MISLEADS = 0.6

/** Incidents of a folder, as acceptance and `lab:diagnose --keep` have them. */
export function incidentsOf(folder: string, wanted: (name: string) => boolean): readonly Incident[] {
  return readdirSync(folder)
    .filter(wanted)
    .flatMap((name) => {
      const text = readOr(join(folder, name, 'expect.json'))
      if (text === undefined) return []
      const expected = JSON.parse(text)
      const bundle = join(folder, name, 'bundle')
      const entries = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const files = entries.map((entry) => fileOf(join(entry.parentPath, entry.name), bundle))
      return [{ name, files, causes: expected.causes, questions: questionsOf(expected) }]
    })
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function fileOf(path: string, bundle: string): TextFile {
  const bytes = readFileSync(path)
  const at = { path: relative(bundle, path), root: '' }
  return captureFormat(bytes) ? { ...at, text: '', bytes } : { ...at, text: bytes.toString('utf8') }
}

// biome-ignore lint/suspicious/noExplicitAny: the two forms of expect.json.
function questionsOf({ question, probes, causes }: any): readonly Question[] {
  if (question === undefined)
    return (
      probes
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        .filter(({ symptom }: any) => causes.length === 0 || symptom !== undefined)
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        .map(({ request, symptom }: any) => ({ request, symptom }))
    )
  const { symptom, ...request } = question
  return [{ request, symptom: causes.length > 0 ? symptom : undefined }]
}

/** Takes files away, renames what they lie in, and adds what is none of them; then asks. Throws only if the diagnosis does. */
export function diagnoseThinned({ files, causes, questions }: Incident, random: Random): Thinned {
  const question = questions.length > 0 ? random.pick(questions) : undefined
  const kept = spoiled(thinned(files, random), random)
  const told = diagnose(readDocuments(kept), knowledge(), { question }).causes
  const [first] = told
  // What is proved of another connection that the evidence tells of is not about this one.
  const about = told.filter(({ explains }) => explains.length === 0 || explains.includes('o1'))
  const loud = about.filter(({ status, confidence, id }) => status === 'proved' && confidence > WORTH_A_LOOK && !causes.includes(id))
  const misleads = first && about.includes(first) && first.confidence > MISLEADS && !causes.includes(first.id)
  const wrong = [...loud, ...(misleads ? [first] : [])].map(({ id, status, confidence }) => `${id} ${status} ${confidence}`)
  return {
    kept: kept.map(({ path }) => path),
    question: question ? `${question.request.from} ${question.request.to} ${question.symptom}` : '',
    wrong: wrong.length > 0 ? [...new Set(wrong)].join(', ') : undefined,
    first: first && { right: causes.includes(first.id), confidence: first.confidence },
  }
}

/** Each file goes with the same chance; or those of one kind; or of all of a host only two stay. */
function thinned(files: readonly TextFile[], random: Random): readonly TextFile[] {
  const chance = random.pick([0.1, 0.3, 0.5, 0.8])
  switch (random.int(0, 3)) {
    case 0: {
      const kinds = [...new Set(files.map(kindOf))].filter(() => random.number() < chance)
      return files.filter((file) => !kinds.includes(kindOf(file)))
    }
    case 1: {
      const kinds = new Set(random.pick(FEW))
      return files.filter((file) => kinds.has(kindOf(file)))
    }
    case 2:
      return files.filter(({ path }) => !path.includes('/netns/') || random.number() > chance)
    default:
      return files.filter(() => random.number() > chance)
  }
}

const FEW = [
  ['iptables-save', 'ip-addr'],
  ['iptables-save', 'ip-addr', 'ip-route'],
  ['nft', 'ip-addr', 'ip-route'],
  ['iptables-save'],
  ['ip-route', 'ip-addr', 'sysctl'],
  ['iptables-legacy-save', 'ip-addr', 'ip-route'],
  ['iptables-save', 'ip-link', 'ip-neigh', 'bridge-fdb', 'ss'],
]

const kindOf = ({ path }: TextFile): string => (path.split('/').at(-1) ?? '').replace(/\..*$/, '')

const GARBAGE: readonly TextFile[] = [
  { path: 'README.txt', text: 'collected by hand on Monday, see ticket\n', root: '' },
  { path: 'hosts/h/core.dump.txt', text: `${'\u0001\u0002 %s {"a": [}\n'.repeat(50)}`, root: '' },
  { path: 'hosts/h/ip-route.json.bak', text: '[{"dst":"default","gate', root: '' },
  { path: 'hosts/h/logs/app.log', text: 'error: connection reset by peer\n'.repeat(20), root: '' },
  { path: 'empty.json', text: '', root: '' },
]

function spoiled(files: readonly TextFile[], random: Random): readonly TextFile[] {
  const top = random.pick(['', '', 'support-2026-11-21/', 'a/b/'])
  const garbage = random.number() < 0.3 ? [random.pick(GARBAGE)] : []
  const cut = random.number() < 0.1 ? random.int(0, files.length) : -1
  return [...files.map((file, i) => (i === cut ? { ...file, text: file.text.slice(0, file.text.length >> 1) } : file)), ...garbage].map(
    (file) => ({
      ...file,
      path: `${top}${file.path}`,
    }),
  )
}
