import { fields, items, string, strings } from '../kubernetes/fields.ts'
import { readYaml } from '../kubernetes/yaml.ts'
import type { ComposeService, HostState, Kubeconfig } from './state.ts'

/** A kubeconfig. Certificates stay as they stand (base64 of PEM); secrets are not kept. */
export function readKubeconfig(text: string, file: string): HostState {
  const { value, line } = firstOf(text, file)
  const named = (list: unknown, key: string) =>
    items(list).map((item) => ({ name: string(fields(item).name) ?? '', own: fields(fields(item)[key]) }))
  const kubeconfig: Kubeconfig = {
    clusters: named(value.clusters, 'cluster').map(({ name, own }) => ({
      name,
      server: string(own.server),
      ca: string(own['certificate-authority-data']),
      caFile: string(own['certificate-authority']),
    })),
    users: named(value.users, 'user').map(({ name, own }) => ({
      name,
      certificate: string(own['client-certificate-data']),
      certificateFile: string(own['client-certificate']),
      key: string(own['client-key-data']),
    })),
    contexts: named(value.contexts, 'context').map(({ name, own }) => ({
      name,
      cluster: string(own.cluster) ?? '',
      user: string(own.user) ?? '',
    })),
    current: string(value['current-context']),
  }
  return { kind: 'kubeconfig', kubeconfig, source: { file, line } }
}

/** A compose file: what its services depend on, and whose network they use. */
export function readCompose(text: string, file: string): HostState {
  const { value, line } = firstOf(text, file)
  const services = Object.entries(fields(value.services)).map(([name, given]): ComposeService => {
    const own = fields(given)
    return {
      name,
      dependsOn: [...namesOf(own.depends_on), ...strings(own.links).map((link) => link.split(':')[0] ?? link)],
      networkMode: string(own.network_mode),
      networks: namesOf(own.networks),
      containerName: string(own.container_name),
    }
  })
  return { kind: 'compose', services, project: string(value.name), source: { file, line } }
}

/** A list of names, or a map by name. */
const namesOf = (value: unknown): readonly string[] => (Array.isArray(value) ? strings(value) : Object.keys(fields(value)))

/** /etc/rancher/k3s/config.yaml: flags without their dashes. */
export function readK3sConfig(text: string, file: string): HostState {
  const { value, line } = firstOf(text, file)
  const options = Object.fromEntries(
    Object.entries(value).map(([key, given]) => [key, (Array.isArray(given) ? given : [given]).map((one) => String(one))] as const),
  )
  return { kind: 'k3s-config', options, source: { file, line } }
}

function firstOf(text: string, file: string): { readonly value: Readonly<Record<string, unknown>>; readonly line: number } {
  const [first] = readYaml(text, file).found
  return { value: fields(first?.value), line: first?.line ?? 1 }
}
