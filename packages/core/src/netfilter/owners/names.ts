import type { Source } from '../../facts/source.ts'

/** An object that the evidence names. */
export interface Named {
  readonly kind: 'container' | 'pod' | 'service' | 'network' | 'host' | 'node'
  /** `web`, `default/web`, `default/web:http` */
  readonly name: string
  readonly source?: Source | undefined
}

/** What the rest of the evidence says about addresses, interfaces and ids, so that rules can be told by object. */
export interface Names {
  /** An address as a rule prints it, without its mask. */
  address(text: string): Named | undefined
  /** A bridge (its Docker network) or a pod's interface on the host. */
  interface(name: string): Named | undefined
  /** A container or sandbox by its id or the beginning of it. */
  id(text: string): Named | undefined
  /** The Service port that kube-proxy names chains by with this hash (`KUBE-SVC-…`). */
  service(hash: string): Named | undefined
  /** Bridges of Docker networks, by the names that the evidence gives them. */
  readonly dockerBridges: readonly string[]
}

export const NO_NAMES: Names = {
  address: () => undefined,
  interface: () => undefined,
  id: () => undefined,
  service: () => undefined,
  dockerBridges: [],
}
