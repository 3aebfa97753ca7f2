import { createEngine } from '@culprit/core/datapath/engine'
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
  readonly trace: number
  readonly traceWithReply: number
  readonly verdicts: Readonly<Record<string, number>>
  readonly branches: number
  /** Bytes: after loading, and the peak after all. */
  readonly peakLoaded: number
  readonly peak: number
}

const now = (): number => performance.now()
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024

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
  const run = (reply: boolean): number => {
    const from = now()
    for (const flow of list) {
      const result = engine.trace(flow, { reply })
      if ('kind' in result) throw new Error(`${JSON.stringify(flow)}: ${result.text}`)
      branches += result.outcomes.length
      const verdict = result.outcomes[0]?.verdict ?? 'none'
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    }
    return now() - from
  }
  const trace = run(false)
  const once = { verdicts: { ...verdicts }, branches }
  const traceWithReply = run(true)
  return { rules, bytes: text.length, parse, load, flows: flowCount, trace, traceWithReply, ...once, peakLoaded, peak: peakBytes() }
}

process.stdout.write(JSON.stringify(measure(Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 100_000))))
