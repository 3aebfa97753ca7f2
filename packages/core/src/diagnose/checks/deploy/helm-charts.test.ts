import { expect, test } from 'vitest'
import { type Files, report, told } from '../testing/bundle.ts'

const chart = (more: Files = {}): Files => ({
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\n',
  'charts/web/values.yaml': 'replicas: 2\nimage:\n  tag: "1"\n',
  'charts/web/templates/svc.yaml':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.port }}\nspec:\n  ports: [{ port: {{ .Values.port }} }]\n{{- end }}\n',
  ...more,
})

test('a sound chart passes, and its templates are no objects of the cluster', () => {
  expect(told('helm-charts', chart())).toBe('passed')
  expect(told('service-endpoints', chart())).toMatch(/^skipped/)
})

test.each([
  ['a chart without a version', { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\n' }, 'charts/web/Chart.yaml:1: version is required'],
  [
    'a version that is none',
    { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: latest\n' },
    'charts/web/Chart.yaml:1: version "latest" is no semantic version (1.2.3)',
  ],
  ['values that are no YAML', { 'charts/web/values.yaml': 'a: 1\n b: 2\nc: [\n' }, /^charts\/web\/values\.yaml:\d+: /],
  [
    'a block without an end',
    { 'charts/web/templates/svc.yaml': 'kind: Service\n{{- if .Values.port }}\nx: 1\n' },
    'charts/web/templates/svc.yaml:2: "if" has no "end"',
  ],
  [
    'an end without a block',
    { 'charts/web/templates/svc.yaml': 'x: {{ .Values.a }}\n{{ end }}\n' },
    'charts/web/templates/svc.yaml:2: "end" without a block that it ends',
  ],
  [
    'braces that are not closed',
    { 'charts/web/templates/svc.yaml': 'x: {{ .Values.a }\ny: {{ .Values.b }}\n' },
    'charts/web/templates/svc.yaml:1: "{{" is not closed',
  ],
])('%s', (_, more, expected) => {
  const [first] = report('helm-charts', chart(more as Files)).findings
  if (typeof expected === 'string') expect(first?.text).toBe(expected)
  else expect(first?.text).toMatch(expected)
})
