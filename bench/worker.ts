import { createEngine, type TraceOptions } from '@culprit/core/datapath/engine'
import { readDocuments } from '@culprit/core/intake/documents'
import { bundleAround, type Flow, flows } from './bundle.ts'
import { cluster } from './kube-proxy.ts'

/**
 * Runs in a process of its own, so that its figures are those of a cold start and its memory is its own: `worker.js SERVICES FLOWS [there|back]`.
 * `there`: each flow one way, which is one packet. `back`: each flow with its answer, which is two.
 */
export interface WorkerFigures {
  readonly rules: number
  readonly bytes: number
  /** Milliseconds. */
  readonly parse: number
  readonly load: number
  readonly flows: number
  /** The first packets after loading: one way for each flow, drawn as the kernel draws. */
  readonly fresh: Timed
  /** As many other flows after them, over the same Services. */
  readonly second: Timed
  /** All ways of each flow. */
  readonly all: Timed
  readonly verdicts: Readonly<Record<string, number>>
  readonly branches: number
  /** Bytes: after loading, and the peak after all. */
  readonly peakLoaded: number
  readonly peak: number
}

/** Milliseconds by the clock, and of processor time over all threads. */
export interface Timed {
  readonly wall: number
  readonly processor: number
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

function measure(serviceCount: number, flowCount: number, reply: boolean): WorkerFigures {
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
  // As `trace --requests` reads them from a file.
  const list: readonly Flow[] = JSON.parse(JSON.stringify(flows(services, 2 * flowCount)))
  const [first, others] = [list.slice(0, flowCount), list.slice(flowCount)]
  const verdicts: Record<string, number> = {}
  let branches = 0
  const run = (some: readonly Flow[], options: TraceOptions): Timed => {
    const [from, used] = [now(), process.cpuUsage()]
    for (const flow of some) {
      const result = engine.trace(flow, options)
      if ('kind' in result) throw new Error(`${JSON.stringify(flow)}: ${result.text}`)
      branches += result.outcomes.length
      const verdict = result.outcomes[0]?.verdict ?? 'none'
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    }
    const wall = now() - from
    const { user, system } = process.cpuUsage(used)
    return { wall, processor: (user + system) / 1000 }
  }
  const draw = numbers(1)
  const fresh = run(first, { reply, draw })
  const second = run(others, { reply, draw })
  branches = 0
  const all = run(first, { reply })
  return { rules, bytes: text.length, parse, load, flows: flowCount, fresh, second, all, verdicts, branches, peakLoaded, peak: peakBytes() }
}

const [serviceCount = '10000', flowCount = '100000', way = 'there'] = process.argv.slice(2)
process.stdout.write(JSON.stringify(measure(Number(serviceCount), Number(flowCount), way === 'back')))
