import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import { type CheckScene, type HostView, hostPath, statesOf } from '../scene.ts'
import { rolesOf } from './roles.ts'

/** One file in any of several ways in which clusters are installed. */
interface Needed {
  readonly what: string
  readonly any: readonly RegExp[]
  readonly on: 'control-plane' | 'node'
}

const ROOT = '/etc/kubernetes'
const manifest = (name: string): Needed => ({
  what: `the manifest of ${name}`,
  any: [new RegExp(`^${ROOT}/manifests/${name}\\.(?:ya?ml|manifest|json)$`)],
  on: 'control-plane',
})
/** kubeadm: `apiserver.crt` and `apiserver.key`; kubespray: `apiserver.pem` and `apiserver-key.pem`. */
const pki = (what: string, ...files: readonly string[]): Needed => ({
  what,
  any: files.map((file) => new RegExp(`^${ROOT}/(?:pki|ssl)/${file}$`)),
  on: 'control-plane',
})
const certificate = (name: string): string => `${name}\\.(?:crt|pem|cert\\.pem)`
const config = (what: string, ...names: readonly string[]): Needed => ({
  what,
  any: names.map((name) => new RegExp(`^${ROOT}/${name}$`)),
  on: 'control-plane',
})

/** What kubeadm and kubespray put under /etc/kubernetes. */
const NEEDED: readonly Needed[] = [
  manifest('kube-apiserver'),
  manifest('kube-controller-manager'),
  manifest('kube-scheduler'),
  config('the administrator’s kubeconfig', 'admin\\.conf', 'super-admin\\.conf'),
  config('the kubeconfig of the controller manager', 'controller-manager\\.conf', 'kube-controller-manager-kubeconfig\\.ya?ml'),
  config('the kubeconfig of the scheduler', 'scheduler\\.conf', 'kube-scheduler-kubeconfig\\.ya?ml'),
  {
    ...config('kubelet’s kubeconfig', 'kubelet\\.conf', 'node-kubeconfig\\.ya?ml', 'bootstrap-kubelet\\.conf', 'kubelet\\.kubeconfig'),
    on: 'node',
  },
  pki('the cluster’s certificate authority', certificate('ca')),
  pki('the API server’s certificate', certificate('apiserver')),
  pki('the key of the API server', 'apiserver\\.key', 'apiserver-key\\.pem'),
  pki('the key of service accounts', 'sa\\.(?:key|pub)', 'service-account-key\\.pem'),
  pki('the certificate authority of the aggregation layer', certificate('front-proxy-ca')),
]

export const controlPlaneFiles: Check = {
  id: 'control-plane-files',
  holds: 'the files that a control plane needs under /etc/kubernetes are there',
  why: 'kubelet does not start the component whose manifest is missing; without certificates and kubeconfigs it cannot reach the API server',
  evidence: ['hosts/HOST/files/etc/kubernetes/', 'a listing of /etc/kubernetes'],
  causes: ['node.static-pods'],
  run: (scene) => together([...scene.hosts.values()].flatMap((host) => examine(scene, host))),
}

function examine(scene: CheckScene, host: HostView): readonly Examined[] {
  const listings = statesOf(host, 'file-listing').filter(({ paths }) => [...paths.keys()].some((path) => path.startsWith(`${ROOT}/`)))
  const files = host.documents.flatMap(({ file }) => hostPath(file) ?? []).filter((path) => path.startsWith(`${ROOT}/`))
  const roles = rolesOf(scene, host.name)
  const paths = new Set([...files, ...listings.flatMap((listing) => [...listing.paths.keys()])])
  const controls =
    roles.has('control-plane') || [...paths].some((path) => /\/manifests\/kube-(?:apiserver|scheduler|controller-manager)\./.test(path))
  if (paths.size === 0) return controls ? [missing(`${host.folder}/files/etc/kubernetes/`)] : []
  // Of a bundle's files only those count that were all taken: keys never are.
  const listed = listings.length > 0
  const wanted = NEEDED.filter((need) => need.on === 'node' || controls).filter(
    (need) => listed || (!/\bkey\b/.test(need.what) && taken(paths, need)),
  )
  const at = listings[0]?.source ?? { file: host.documents.find(({ file }) => hostPath(file)?.startsWith(ROOT))?.file ?? '', line: 1 }
  return [
    seen(
      ...wanted
        .filter((need) => ![...paths].some((path) => need.any.some((pattern) => pattern.test(path))))
        .map((need) => ({
          severity: listed ? ('error' as const) : ('warning' as const),
          cause: 'node.static-pods' as const,
          host: host.name,
          object: need.what,
          text: `${need.what} is missing under ${ROOT} of ${host.name}`,
          because: [because(`${paths.size} files and folders of ${ROOT}, none of them ${need.what}`, at)],
        })),
    ),
  ]
}

/** Another file of the same folder was taken, so this one would have been. */
function taken(paths: ReadonlySet<string>, { any }: Needed): boolean {
  const manifests = any.some((pattern) => pattern.source.includes('manifests'))
  return [...paths].some((path) =>
    manifests
      ? path.startsWith(`${ROOT}/manifests/`)
      : any.some((pattern) => pattern.source.includes('pki'))
        ? /\/(?:pki|ssl)\//.test(path)
        : /\/etc\/kubernetes\/[^/]+\.(?:conf|ya?ml)$/.test(path),
  )
}
