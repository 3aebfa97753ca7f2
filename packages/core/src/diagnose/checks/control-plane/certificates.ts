import { formatAddress, parseAddress } from '../../../net/address.ts'
import type { Certificate } from '../certificate.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import type { CheckScene } from '../scene.ts'

const DAY = 86_400
const SOON = 30 * DAY

export const certificates: Check = {
  id: 'certificates',
  holds:
    'certificates are valid now and for a while, are signed by their authority, fit their keys, and hold the addresses they are asked for',
  why: 'components do not trust each other: the API server, kubelet or etcd cannot be reached',
  evidence: ['hosts/HOST/files/etc/kubernetes/pki/', 'hosts/HOST/files/etc/kubernetes/*.conf'],
  causes: ['node.static-pods', 'host.time'],
  run(scene) {
    const roles = [...scene.hosts.values()].some(({ node }) => node !== undefined)
    if (scene.certificates.length === 0) return roles ? missing('hosts/HOST/files/etc/kubernetes/pki/') : together([])
    return together(
      scene.certificates.map((certificate) =>
        seen(...dates(scene, certificate), chain(scene, certificate), key(certificate), ...names(scene, certificate)),
      ),
    )
  },
}

const finding = (
  certificate: Certificate,
  severity: Found['severity'],
  text: string,
  cause: Found['cause'] = 'node.static-pods',
): Found => ({
  severity,
  cause,
  host: certificate.host,
  object: certificate.inside === undefined ? certificate.path : `${certificate.path} (${certificate.inside})`,
  text: `the certificate in ${certificate.path}${certificate.inside === undefined ? '' : ` of ${certificate.inside}`} ${text}`,
  because: [because(`${certificate.subject}, from ${date(certificate.from)} to ${date(certificate.until)}`, certificate.source)],
})

const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

function dates({ now }: CheckScene, certificate: Certificate): readonly Found[] {
  if (now === undefined) return []
  if (now > certificate.until) return [finding(certificate, 'error', `expired on ${date(certificate.until)}`)]
  if (now < certificate.from)
    return [finding(certificate, 'error', `is not valid before ${date(certificate.from)}: a clock is wrong`, 'host.time')]
  if (certificate.until - now < SOON)
    return [
      finding(certificate, 'warning', `expires on ${date(certificate.until)}, in ${Math.floor((certificate.until - now) / DAY)} days`),
    ]
  return []
}

/** Its authority is in the evidence by name, and another key signed it: the files are of two installations. */
function chain(scene: CheckScene, certificate: Certificate): Found | undefined {
  if (certificate.subject === certificate.issuer || certificate.signedBy.length > 0) return undefined
  const near = scene.certificates.filter((one) => one.isAuthority && one.subject === certificate.issuer && one.host === certificate.host)
  const [authority] = near
  if (!authority) return undefined
  return {
    ...finding(certificate, 'error', `is not signed by ${authority.path}, though it names it as its issuer`),
    because: [
      because(`issuer ${certificate.issuer}`, certificate.source),
      because(`${authority.path}: ${authority.subject}`, authority.source),
    ],
  }
}

function key(certificate: Certificate): Found | undefined {
  return certificate.keyMatches === false ? finding(certificate, 'error', 'does not fit the key beside it') : undefined
}

/** What clients call the API server: its own addresses, the first cluster IP, and its name in the cluster. */
function names(scene: CheckScene, certificate: Certificate): readonly Found[] {
  if (!/(?:^|\/)(?:kube-)?apiserver\.(?:crt|pem)$/.test(certificate.path) || certificate.isAuthority) return []
  const service = scene.cluster.services.find(({ name, namespace }) => name === 'kubernetes' && namespace === 'default')
  const host = [...scene.hosts.values()].find(({ name }) => name === certificate.host)
  const wanted = [...(host?.node?.internalAddresses ?? []), ...(service?.clusterAddresses ?? [])]
  const held = new Set(certificate.addresses.flatMap((address) => parseAddress(address) ?? []))
  const lacking = wanted.filter((address) => !held.has(address)).map(formatAddress)
  const name = certificate.names.some((one) => one === 'kubernetes.default.svc' || one === 'kubernetes.default')
    ? []
    : ['kubernetes.default.svc']
  return [...lacking, ...name].map((one) => finding(certificate, 'error', `does not hold ${one}, which clients ask the API server by`))
}
