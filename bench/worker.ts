import { createEngine, type TraceOptions } from '@culprit/core/datapath/engine'
import { readDocuments } from '@culprit/core/intake/documents'
import { bundleAround, flows } from './bundle.ts'
import { cluster } from './kube-proxy.ts'

/** Runs in a process of its own, so that its figures are those of a cold start and its memory is its own: `worker.js SERVICES FLOWS`. */
export interface WorkerFigures {
  readonly rules: number
  readonly bytes: number
  /** Milliseconds. */
  readonly parse: number
  readonly load: number
  readonly flows: number
  /** One way for each flow, drawn as the kernel draws. */
  readonly trace: number
  /** All ways of each flow. */
  readonly traceAll: number
  readonly traceWithReply: number
  readonly verdicts: Readonly<Record<string, number>>
  readonly branches: number
  /** Bytes: after loading, and the peak after all. */
  readonly peakLoaded: number
  readonly peak: number
}

const now = (): number => performance.now()
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024

/** Numbers from 0 up to 1, the same ones every time (Numerical Recipes' generator). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function measure(serviceCount: number, flowCount: number): WorkerFigures {
  const { services, text, rules } = cluster({ services: serviceCount, endpoints: serviceCount * 3 })
  const bundle = bundleAround(text)
  const dump = [...bundle].filter(([path]) => path.endsWith('iptables-save.txt')).map(([path, content]) => ({ path, text: content }))
  const rest = [...bundle].filter(([path]) => !path.endsWith('iptables-save.txt')).map(([path, content]) => ({ path, text: content }))
  const start = now()
  const parsed = readDocuments(dump)
  const parse = now() - start
  const engine = createEngine([...parsed, ...readDocuments(rest)])
  engine.trace({ from: 'netns/node1/P1', to: `${services[0]?.clusterIp}:80/tcp` }, { reply: false })
  const load = now() - start
  const peakLoaded = peakBytes()
  const list = flows(services, flowCount)
  const verdicts: Record<string, number> = {}
  let branches = 0
  const run = (options: TraceOptions): number => {
    const from = now()
    for (const flow of list) {
      const result = engine.trace(flow, options)
      if ('kind' in result) throw new Error(`${JSON.stringify(flow)}: ${result.text}`)
      branches += result.outcomes.length
      const verdict = result.outcomes[0]?.verdict ?? 'none'
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    }
    return now() - from
  }
  const draw = numbers(1)
  const trace = run({ reply: false, draw })
  branches = 0
  const traceAll = run({ reply: false })
  const once = { verdicts: { ...verdicts }, branches }
  const traceWithReply = run({ reply: true, draw })
  return {
    rules,
    bytes: text.length,
    parse,
    load,
    flows: flowCount,
    trace,
    traceAll,
    traceWithReply,
    ...once,
    peakLoaded,
    peak: peakBytes(),
  }
}

process.stdout.write(JSON.stringify(measure(Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 100_000))))
