import { execFileSync } from 'node:child_process'
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { Scanner } from '@culprit/core/diagnose/signatures/scanner'
import type { Signature } from '@culprit/core/diagnose/signatures/signature'
import { textOfBytes } from '@culprit/core/diagnose/signatures/utf8'

/** What the search for log signatures costs: `signatures.js FILE` in a process of its own. */
export interface SignatureFigures {
  readonly bytes: number
  readonly matches: number
  readonly signatures: number
  /** Milliseconds of processor time, reading from the disk included: what one core needs, whoever else uses the machine. */
  readonly ms: number
  /** Bytes of memory: before the file, and the most after. */
  readonly before: number
  readonly peak: number
}

const LINES = [
  'Nov 21 08:00:00 node1 kubelet[1234]: I1121 08:00:00.000000    1234 kubelet.go:2345] "SyncLoop (PLEG): event for pod" pod="default/web-7d4b9c6f5-abcde" event={"ID":"3acf53e3-d946-11e7-a964-02b983f0a4db","Type":"ContainerStarted"}\n',
  'Nov 21 08:00:00 node1 kube-proxy[99]: I1121 08:00:00.000000      99 proxier.go:820] "SyncProxyRules complete" elapsed="54.321ms"\n',
  'time="2026-11-21T08:00:00.000000000Z" level=info msg="RunPodSandbox for &PodSandboxMetadata{Name:web,Uid:3b12e32d,Namespace:default,Attempt:0,} returns sandbox id \\"d682b478b7df\\""\n',
  '[INFO] 10.244.0.5:36807 - 4 "A IN example.com.default.svc.cluster.local. udp 41 false 512" NXDOMAIN qr,aa,rd 134 0.000123s\n',
  'INFO:api.main:GET /v1/items?page=3 200 12ms client=10.244.1.7 agent="curl/7.88"\n',
  'I1121 08:00:00.000000       1 vxlan_network.go:145] Received Subnet Event with VxLan: BackendType: vxlan, PublicIP: 10.0.0.2\n',
  'Get "http://10.244.1.7:8080/": dial tcp 10.244.1.7:8080: connect: connection refused\n',
]

/** `megabytes` of log as clusters write it; one line in a few hundred is an error. */
export function writeLog(file: string, megabytes: number): void {
  const many = Array.from({ length: 6000 }, (_, i) => LINES[i % 499 === 0 ? 6 : i % 6] as string)
  const block = Buffer.from(many.join(''))
  const out = openSync(file, 'w')
  for (let size = 0; size < megabytes * 1e6; size += block.length) writeSync(out, block)
  closeSync(out)
}

/** The program's own reader of knowledge/, as built. */
const BUILT = new URL('../../packages/culprit/dist/knowledge/signatures.js', import.meta.url).href

async function measure(file: string): Promise<SignatureFigures> {
  const { loadSignatures } = (await import(BUILT)) as { readonly loadSignatures: () => readonly Signature[] }
  const signatures = loadSignatures()
  const book = compileSignatures(signatures)
  const before = process.resourceUsage().maxRSS * 1024
  const scanner = new Scanner(book, { file, host: undefined }, textOfBytes)
  let bytes = 0
  const start = process.cpuUsage()
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    scanner.push(chunk)
  }
  const found = scanner.end()
  const used = process.cpuUsage(start)
  const ms = (used.user + used.system) / 1000
  const matches = found.reduce((sum, { count }) => sum + count, 0)
  return { bytes, matches, signatures: signatures.length, ms, before, peak: process.resourceUsage().maxRSS * 1024 }
}

/** Writes the log into `folder`, measures in a fresh process, and takes the log away again. */
export function benchSignatures(folder: string): SignatureFigures {
  const file = join(folder, 'signatures.log')
  writeLog(file, 200)
  try {
    return JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), file], { stdio: ['ignore', 'pipe', 'inherit'] }).toString(),
    )
  } finally {
    rmSync(file)
  }
}

export interface Row {
  readonly what: string
  readonly figure: string
  readonly target: string
  readonly met: boolean | undefined
}

export function signatureRows({ bytes, ms, signatures, matches, before, peak }: SignatureFigures): readonly Row[] {
  const rate = bytes / 1e6 / (ms / 1000)
  const grown = peak - before
  return [
    {
      what: `${signatures} log signatures over ${(bytes / 1e6).toFixed(0)} MB`,
      figure: `${rate.toFixed(0)} MB/s a core, ${matches} lines`,
      target: '100 MB/s or more',
      met: rate >= 100,
    },
    { what: '  memory that the file takes', figure: `${(grown / 1e6).toFixed(0)} MB`, target: 'under 64 MB', met: grown < 64e6 },
  ]
}

const given = process.argv[2]
if (process.argv[1] === fileURLToPath(import.meta.url) && given) console.log(JSON.stringify(await measure(given)))
