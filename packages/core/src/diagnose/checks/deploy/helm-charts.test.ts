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
    'charts/web/Chart.yaml:3: version "latest" is no semantic version (1.2.3)',
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

test.each<readonly [string, Files, string]>([
  [
    'a named template that nobody defines',
    { 'charts/web/templates/cm.yaml': 'kind: ConfigMap\nname: {{ include "web.fullname" . }}\n' },
    'charts/web/templates/cm.yaml:2: no template is called "web.fullname"',
  ],
  [
    'a field of values that are not there',
    { 'charts/web/templates/cm.yaml': 'kind: ConfigMap\nsize: {{ .Values.persistence.size }}\n' },
    'charts/web/templates/cm.yaml:2: .Values.persistence.size: no values file has persistence, and rendering ends there unless it is given',
  ],
  [
    'a chart that it depends on and does not bring',
    { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\ndependencies:\n  - name: redis\n    version: 1.0.0\n' },
    'charts/web/Chart.yaml:5: redis is a dependency and is not in charts/: helm dependency build',
  ],
  [
    'a version that YAML reads as a number',
    { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0\n' },
    'charts/web/Chart.yaml:3: version is no text: write it in quotes',
  ],
  [
    'values beside Chart.yaml, in a folder of any name',
    { 'web/Chart.yaml': 'apiVersion: v2\nname: w\nversion: 1.0.0\n', 'web/values.yaml': 'a: [\n' },
    'web/values.yaml:',
  ],
])('%s', (_, more, expected) => expect(report('helm-charts', chart(more)).findings[0]?.text).toContain(expected))

test.each<readonly [string, Files]>([
  [
    'a named template that another file, or a chart in charts/, defines',
    {
      'charts/web/templates/cm.yaml': 'name: {{ include "web.fullname" . }}{{ include "redis.name" . }}\n',
      'charts/web/templates/_helpers.tpl': '{{- define "web.fullname" -}}w{{- end -}}\n',
      'charts/web/charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.0.0\n',
      'charts/web/charts/redis/templates/_helpers.tpl': '{{ define "redis.name" }}r{{ end }}\n',
    },
  ],
  [
    'values that are asked for only where they are there',
    { 'charts/web/templates/cm.yaml': '{{ if .Values.tls }}\nkey: {{ .Values.tls.key }}\n{{ end }}\n' },
  ],
  [
    'values that all charts have',
    { 'charts/web/templates/cm.yaml': 'a: {{ .Values.global.name }}{{ .Values.image.tag }}{{ (.Values.x).y }}{{/* .Values.a.b */}}\n' },
  ],
  ['a template that only looks like braces in a comment', { 'charts/web/templates/cm.yaml': '{{/* {{ */}}\na: b\n' }],
])('no fault: %s', (_, more) => expect(told('helm-charts', chart(more))).toBe('passed'))
