import { isChartFile } from '../../parse/host/chart.ts'
import type { Format } from '../format.ts'
import { hintOf } from './hint.ts'
import { HOST_FILES, HOST_OUTPUTS } from './host.ts'
import { recogniseJson } from './json.ts'
import { hasNotesMarks, isProse } from './notes.ts'
import { sampleOf } from './sample.ts'
import { isKubernetesYaml, OUTPUTS, STREAMS } from './text.ts'

/**
 * Tells what a text is: by its content first; its file name settles only what the content leaves open
 * (an empty `ss.txt` is an empty list of sockets, `[]` can be anything). `bytes` are given for captures.
 */
export function recognise(path: string, text: string, bytes?: Uint8Array): Format {
  const binary = bytes && captureFormat(bytes)
  if (binary) return binary
  const hint = hintOf(path)
  if (text.trim() === '') return hint ?? 'empty'
  if (isChartFile(path, text)) return 'helm-chart'
  const json = recogniseJson(text)
  if (json === 'empty-json') return hint ?? 'empty'
  if (json !== undefined && json !== 'json') return json
  if (json === 'json') return hint !== undefined && JSON_FORMATS.has(hint) ? hint : 'unrecognised'
  return recogniseText(text, hint)
}

function recogniseText(text: string, hint: Format | undefined): Format {
  const sample = sampleOf(text)
  const first = (tests: typeof OUTPUTS): Format | undefined => tests.find(([, test]) => test(sample))?.[0]
  const stream = first(STREAMS)
  // a short report around a long capture is a report all the same
  if (stream && (hint === 'log' || !hasNotesMarks(sample))) return stream
  const file = first(HOST_FILES)
  if (file) return file
  // descriptions inside of objects may hold fences and prompts
  if (/^(?:---|apiVersion:|kind:|- apiVersion:)/.test(sample.lines.find((line) => !line.startsWith('#')) ?? '') && isKubernetesYaml(sample))
    return 'kubernetes'
  if (hint !== 'log' && hasNotesMarks(sample)) return 'notes'
  if (isKubernetesYaml(sample)) return 'kubernetes'
  const output = first(OUTPUTS) ?? first(HOST_OUTPUTS)
  if (output) return output
  if (hint === 'k3s-config') return hint
  if (
    hint === 'log' ||
    hint === 'notes' ||
    hint === 'hostname' ||
    hint === 'hosts' ||
    hint === 'counters' ||
    hint === 'resolv.conf' ||
    hint === 'collect-account'
  )
    return hint
  // What a distribution ships says in words what could be configured, and configures nothing.
  if (sample.lines.every((line) => /^\s*(?:[#;]|$)/.test(line))) return 'empty'
  return isProse(sample) ? 'notes' : 'unrecognised'
}

/** Formats whose name may speak for a JSON text that shows no known key. */
const JSON_FORMATS: ReadonlySet<Format> = new Set(['crictl', 'log', 'docker-info', 'docker-version', 'cni-config'])

/** By magic: pcap in both byte orders and with nanoseconds, pcapng's Section Header Block. */
export function captureFormat(bytes: Uint8Array): 'pcap' | 'pcapng' | undefined {
  if (bytes.length < 4) return undefined
  const [a, b, c, d] = bytes as unknown as [number, number, number, number]
  const magic = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  if (magic === 0xa1b2c3d4 || magic === 0xd4c3b2a1 || magic === 0xa1b23c4d || magic === 0x4d3cb2a1) return 'pcap'
  return magic === 0x0a0d0d0a ? 'pcapng' : undefined
}
