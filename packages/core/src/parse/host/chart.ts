import { LineCounter, parseDocument } from 'yaml'
import { fields, string } from '../kubernetes/fields.ts'
import { dependenciesIn, templateParts, valuesIn } from './chart-parts.ts'
import type { ChartParts, ChartProblem, HostState } from './state.ts'

/** A file of a helm chart: Chart.yaml, values, or a template. What `helm lint` and `helm template` would stumble over is told with its line. */
export function readChartFile(text: string, file: string): HostState {
  const source = { file, line: 1 }
  if (/(?:^|\/)Chart\.yaml$/.test(file)) {
    const problems = [...yamlProblems(text), ...chartProblems(text)]
    return { kind: 'chart-file', part: 'chart', problems, parts: { ...NO_PARTS, dependencies: dependenciesIn(text) }, source }
  }
  if (/(?:^|\/)templates\//.test(file))
    return {
      kind: 'chart-file',
      part: 'template',
      problems: templateProblems(text),
      parts: { ...NO_PARTS, ...templateParts(text) },
      source,
    }
  return { kind: 'chart-file', part: 'values', problems: yamlProblems(text), parts: { ...NO_PARTS, values: valuesIn(text) }, source }
}

const NO_PARTS: ChartParts = { dependencies: [], uses: [], includes: [], defines: [] }

function yamlProblems(text: string): readonly ChartProblem[] {
  const lineCounter = new LineCounter()
  const { errors } = parseDocument(text, { lineCounter, logLevel: 'silent', strict: true })
  return errors
    .slice(0, 5)
    .map((error) => ({ line: lineCounter.linePos(error.pos[0]).line, text: error.message.split('\n')[0] ?? '', severity: 'error' }))
}

/** What every chart must have (helm's chart.Metadata.Validate). */
function chartProblems(text: string): readonly ChartProblem[] {
  const chart = fields(valuesIn(text))
  const problem = (what: string): ChartProblem => ({ line: lineOf(text, what.split(' ')[0] ?? ''), text: what, severity: 'error' })
  const version = string(chart.version)
  return [
    ...(string(chart.name) === undefined ? [problem('name is required')] : []),
    ...(chart.version === undefined || chart.version === null
      ? [problem('version is required')]
      : version === undefined
        ? [problem('version is no text: write it in quotes')]
        : /^v?\d+(?:\.\d+){0,2}(?:[-+][\w.+-]+)?$/.test(version)
          ? []
          : [problem(`version "${version}" is no semantic version (1.2.3)`)]),
    ...(/^v[12]$/.test(string(chart.apiVersion) ?? '') ? [] : [problem('apiVersion must be v1 or v2')]),
  ]
}

const lineOf = (text: string, key: string): number =>
  Math.max(
    0,
    text.split('\n').findIndex((line) => line.startsWith(`${key}:`)),
  ) + 1

/** Go templates: braces that close, blocks that end, and no tabs where YAML begins. */
function templateProblems(text: string): readonly ChartProblem[] {
  const problems: ChartProblem[] = []
  const open: { readonly word: string; readonly line: number }[] = []
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', at)) {
    const comment = /^\{\{-?\s*\/\*/.test(text.slice(at, at + 20))
    const close = comment ? text.indexOf('*/', at) : at
    const end = close < 0 ? -1 : text.indexOf('}}', close)
    if (end < 0 || (!comment && text.slice(at + 2, end).includes('{{'))) {
      problems.push({ line: lineAt(at), text: '"{{" is not closed', severity: 'error' })
      at += 2
      continue
    }
    const word = comment ? '' : (/^\{\{-?\s*([a-z]+)\b/.exec(text.slice(at, at + 80))?.[1] ?? '')
    if (/^(?:if|range|with|define|block)$/.test(word)) open.push({ word, line: lineAt(at) })
    else if (word === 'end' && !open.pop())
      problems.push({ line: lineAt(at), text: '"end" without a block that it ends', severity: 'error' })
    at = end + 2
  }
  for (const { word, line } of open) problems.push({ line, text: `"${word}" has no "end"`, severity: 'error' })
  const tab = text.split('\n').findIndex((line) => /^ *\t+ *[\w-]+:/.test(line))
  if (tab >= 0) problems.push({ line: tab + 1, text: 'a tab where YAML wants blanks', severity: 'error' })
  return problems
}

/** By its place in a chart, and by what such a file holds. An object of Kubernetes is none. */
export function isChartFile(path: string, text: string): boolean {
  if (/(?:^|\/)Chart\.yaml$/.test(path)) return !/^kind:/m.test(text)
  if (/(?:^|\/)templates\/[\w./-]+\.(?:ya?ml|tpl|txt)$/.test(path)) return text.includes('{{') || /(?:^|\/)charts?\//.test(path)
  return /(?:^|\/)values[\w.-]*\.ya?ml$/.test(path) && !(/^kind:/m.test(text) && /^apiVersion:/m.test(text))
}
