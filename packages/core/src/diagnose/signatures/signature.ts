import type { Source } from '../../facts/source.ts'
import type { CauseId } from '../causes/ids.ts'

/** Programs and places in whose output a signature is met. */
export const PLACES = [
  'kubelet',
  'containerd',
  'cri-o',
  'dockerd',
  'flanneld',
  'calico',
  'cilium',
  'kube-proxy',
  'coredns',
  'cni',
  'kernel',
  'apiserver',
  'etcd',
  'scheduler',
  'controller-manager',
  'k3s',
  'helm',
  'packages',
  'ansible',
  'systemd',
  'iptables',
  'firewalld',
  'event',
  'terminal',
  'container',
] as const
export type LogPlace = (typeof PLACES)[number]

/** An error text that programs write, and what it means: an entry of knowledge/signatures/*.yaml. */
export interface Signature {
  readonly id: string
  /** JavaScript regular expression with named parts, held within what `pattern.ts` reads; over one line. */
  readonly pattern: string
  /** Upper and lower case are the same. */
  readonly ignoreCase: boolean
  readonly cause: CauseId
  readonly title: string
  readonly means: string
  /** What to look at next: commands and files. */
  readonly look: readonly string[]
  readonly runbook: string | undefined
  readonly places: readonly LogPlace[]
  /** `info`: seen in sound systems too, and told only beside something else. */
  readonly severity: 'error' | 'warning' | 'info'
  /** A wrapper of other errors: left out where another signature matches the same line. */
  readonly general: boolean
  /** Lines that must match, and lines near to it that must not. */
  readonly examples: readonly string[]
  readonly misses: readonly string[]
}

/** Lines of one file that match one signature with the same named parts. */
export interface SignatureMatch {
  readonly signature: Signature
  readonly parts: Readonly<Record<string, string>>
  /** The first such line, cut where it is very long. */
  readonly text: string
  readonly source: Source
  readonly lastLine: number
  readonly count: number
  readonly host: string | undefined
}
