import type { Source } from '../../facts/source.ts'

/** What single files and commands tell of a machine beside its network: one kind for each of them. */
export type HostState =
  /** Modules that are loaded (lsmod, /proc/modules), as the kernel names them. */
  | { readonly kind: 'modules'; readonly names: ReadonlySet<string>; readonly source: Source }
  /** `now`: in force; `configured`: after the next start. */
  | { readonly kind: 'selinux'; readonly now: string | undefined; readonly configured: string | undefined; readonly source: Source }
  | { readonly kind: 'apparmor'; readonly enforced: readonly string[]; readonly source: Source }
  | { readonly kind: 'clock'; readonly clock: Clock; readonly source: Source }
  | { readonly kind: 'units'; readonly units: readonly Unit[]; readonly source: Source }
  | { readonly kind: 'processes'; readonly processes: readonly Process[]; readonly source: Source }
  | {
      readonly kind: 'network-manager'
      readonly devices: readonly ManagedDevice[]
      readonly unmanaged: readonly string[]
      readonly source: Source
    }
  /** Images that lie on the host. */
  | { readonly kind: 'images'; readonly images: readonly LocalImage[]; readonly source: Source }
  | {
      readonly kind: 'registry'
      readonly repositories: readonly string[] | undefined
      readonly tags: readonly { readonly name: string; readonly tags: readonly string[] }[]
      readonly source: Source
    }
  /** Paths of files and folders, from `ls -R`, `find` or `tree`. */
  | { readonly kind: 'file-listing'; readonly paths: ReadonlyMap<string, number>; readonly source: Source }
  | { readonly kind: 'pem'; readonly blocks: readonly PemBlock[]; readonly source: Source }
  | { readonly kind: 'kubeconfig'; readonly kubeconfig: Kubeconfig; readonly source: Source }
  | {
      readonly kind: 'compose'
      readonly services: readonly ComposeService[]
      readonly project: string | undefined
      readonly source: Source
    }
  /** A file of a helm chart, and what is wrong in it. */
  | {
      readonly kind: 'chart-file'
      readonly part: 'chart' | 'values' | 'template'
      readonly problems: readonly ChartProblem[]
      readonly parts: ChartParts
      readonly source: Source
    }
  /** /etc/rancher/k3s/config.yaml. */
  | { readonly kind: 'k3s-config'; readonly options: Readonly<Record<string, readonly string[]>>; readonly source: Source }

export interface Clock {
  readonly synchronized: boolean | undefined
  /** Seconds that the clock is ahead of its reference (chronyc, ntpq); undefined: not told. */
  readonly offset: number | undefined
  /** Seconds since 1970, UTC, as the host's clock showed. */
  readonly time: number | undefined
}

export interface Unit {
  /** With its suffix: `docker.service`. */
  readonly name: string
  /** active, inactive, failed, activating … */
  readonly active: string
  readonly sub: string | undefined
  readonly enabled: string | undefined
  readonly source: Source
}

export interface Process {
  readonly pid: number | undefined
  readonly command: string
  /** The command's words. */
  readonly args: readonly string[]
  readonly source: Source
}

export interface ManagedDevice {
  readonly device: string
  readonly type: string
  /** connected, disconnected, unmanaged, connected (externally) … */
  readonly state: string
  readonly source: Source
}

export interface LocalImage {
  readonly repository: string
  readonly tag: string
}

export interface PemBlock {
  /** CERTIFICATE, RSA PRIVATE KEY … */
  readonly label: string
  readonly text: string
  readonly line: number
}

export interface Kubeconfig {
  readonly clusters: readonly {
    readonly name: string
    readonly server: string | undefined
    readonly ca: string | undefined
    readonly caFile: string | undefined
  }[]
  readonly users: readonly {
    readonly name: string
    readonly certificate: string | undefined
    readonly certificateFile: string | undefined
    readonly key: string | undefined
  }[]
  readonly contexts: readonly { readonly name: string; readonly cluster: string; readonly user: string }[]
  readonly current: string | undefined
}

export interface ComposeService {
  readonly name: string
  readonly dependsOn: readonly string[]
  /** `service:OTHER` and `container:NAME` share another's network. */
  readonly networkMode: string | undefined
  readonly networks: readonly string[]
  readonly containerName: string | undefined
}

export interface ChartProblem {
  readonly line: number
  readonly text: string
  readonly severity: 'error' | 'warning'
}

/** What files of a chart say of each other. */
export interface ChartParts {
  /** Of a values file. */
  readonly values?: unknown
  /** Of Chart.yaml: charts that must lie in charts/. */
  readonly dependencies: readonly { readonly name: string; readonly alias: string | undefined; readonly line: number }[]
  /** Of a template: `.Values.a.b` as ['a', 'b'], where nothing in the file asks first whether `a` is there. */
  readonly uses: readonly { readonly path: readonly string[]; readonly line: number }[]
  readonly includes: readonly { readonly name: string; readonly line: number }[]
  readonly defines: readonly string[]
}
