import type { HostState } from '../../../parse/host/state.ts'
import { because, type Check, type Found, seen, together } from '../check.ts'
import { contentsOf } from '../scene.ts'
import { type Chart, type ChartFile, chartsOf } from './charts.ts'

export const helmCharts: Check = {
  id: 'helm-charts',
  holds: 'helm charts can be rendered: their YAML, what Chart.yaml must have, blocks, named templates, charts and values that they ask for',
  why: 'the chart does not install',
  evidence: ['charts/NAME/Chart.yaml', 'charts/NAME/values.yaml', 'charts/NAME/templates/'],
  causes: ['deploy.chart'],
  run(scene) {
    const files = contentsOf(scene.documents, 'host-state').flatMap(({ content: { state }, document }): readonly ChartFile[] =>
      state.kind === 'chart-file' ? [{ state, file: document.file, host: document.place.host }] : [],
    )
    return together([
      ...files.map((file) => seen(...file.state.problems.map((problem) => found(file, problem)))),
      ...chartsOf(files).map((chart) => seen(...lackingIn(chart))),
    ])
  },
}

type Problem = Extract<HostState, { kind: 'chart-file' }>['problems'][number]

const found = ({ file, host }: ChartFile, { line, text, severity }: Problem): Found => ({
  severity,
  cause: 'deploy.chart',
  host,
  object: file,
  text: `${file}:${line}: ${text}`,
  because: [because(text, { file, line })],
})

const MOST = 20

/** What the files of a chart lack of each other. Where a chart leans on others that are not here, only what is its own is judged. */
function lackingIn(chart: Chart): readonly Found[] {
  const lacking = chart.dependencies.filter(({ name }) => !chart.below.has(name))
  const charts = lacking.map(({ name, line, file }) =>
    found(file, { line, text: `${name} is a dependency and is not in charts/: helm dependency build`, severity: 'warning' }),
  )
  const templates =
    chart.dependencies.length > 0 || chart.isPart
      ? []
      : chart.includes
          .filter(({ name }) => !chart.defines.has(name))
          .map(({ name, line, file }) => found(file, { line, text: `no template is called "${name}"`, severity: 'error' }))
  const values = chart.values === undefined ? [] : chart.uses.filter(({ path }) => lacks(chart, path))
  return [
    ...charts,
    ...templates,
    ...values.map(({ path, line, file }) =>
      found(file, {
        line,
        text: `.Values.${path.join('.')}: no values file has ${path.slice(0, -1).join('.')}, and rendering ends there unless it is given`,
        severity: 'warning',
      }),
    ),
  ].slice(0, MOST)
}

/** A field of what is not there ends helm with "nil pointer evaluating interface {}". */
function lacks({ values = [], dependencies }: Chart, path: readonly string[]): boolean {
  const [first = ''] = path
  if (first === 'global' || dependencies.some(({ name, alias }) => (alias ?? name) === first)) return false
  return !values.some((value) => {
    let at: unknown = value
    for (const key of path.slice(0, -1)) {
      if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return false
      at = (at as Record<string, unknown>)[key]
    }
    return at !== null && at !== undefined
  })
}
