/** knowledge/components.yaml: what a cluster consists of, by role, and the ports that its parts listen on. */
export interface ComponentBook {
  readonly components: readonly Component[]
  readonly ports: readonly ComponentPort[]
}

export interface Component {
  readonly id: string
  readonly name: string
  /** Where it belongs: on every control plane, every node, or once in the cluster. */
  readonly role: 'control-plane' | 'node' | 'cluster'
  /** Without it nothing works; else it is an addition that may be another's. */
  readonly needed: boolean
  /** Regular expressions over the whole name of what it runs as. */
  readonly pod?: string | undefined
  readonly container?: string | undefined
  readonly unit?: string | undefined
  readonly process?: string | undefined
  /** Ids of others that do the same work. */
  readonly instead: readonly string[]
}

export interface ComponentPort {
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  readonly role: 'control-plane' | 'node' | 'overlay'
  readonly what: string
  /** Regular expression over the names of processes that may hold it. */
  readonly process: string
}
