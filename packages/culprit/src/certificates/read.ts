import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Certificate } from '@culprit/core/diagnose/checks/certificate'
import { hostPath } from '@culprit/core/diagnose/checks/scene'
import type { Document } from '@culprit/core/intake/document'
import type { PemBlock } from '@culprit/core/parse/host/state'

/** A certificate before its signer is looked for. */
interface Read {
  readonly x509: X509Certificate
  readonly fact: Omit<Certificate, 'signedBy' | 'keyMatches'>
}

/** Every certificate of the evidence: PEM files, and those inside of kubeconfigs. What is none is passed over. */
export function readCertificates(documents: readonly Document[]): readonly Certificate[] {
  const all = documents.flatMap(certificatesOf)
  const keys = documents.flatMap(keysOf)
  return all.map(({ x509, fact }) => ({
    ...fact,
    signedBy: all.filter((other) => other.fact.isAuthority && signed(x509, other.x509)).map((other) => other.fact.id),
    keyMatches: keyMatches(fact, keys),
  }))
}

function certificatesOf(document: Document): readonly Read[] {
  const { content, file, place } = document
  if (content.kind !== 'host-state') return []
  const base = { host: place.host, path: hostPath(file) ?? file }
  if (content.state.kind === 'pem')
    return content.state.blocks.flatMap((block) =>
      block.label === 'CERTIFICATE' ? read(block.text, { ...base, inside: undefined, source: { file, line: block.line } }) : [],
    )
  if (content.state.kind !== 'kubeconfig') return []
  const { clusters, users } = content.state.kubeconfig
  const source = { file, line: 1 }
  const inside = [
    ...clusters.map(({ name, ca }) => [`cluster ${name}`, ca] as const),
    ...users.map(({ name, certificate }) => [`user ${name}`, certificate] as const),
  ]
  return inside.flatMap(([name, data]) =>
    data === undefined ? [] : read(Buffer.from(data, 'base64').toString('latin1'), { ...base, inside: name, source }),
  )
}

function read(pem: string, place: Pick<Certificate, 'host' | 'path' | 'inside' | 'source'>): readonly Read[] {
  try {
    const x509 = new X509Certificate(pem)
    const names = [...(x509.subjectAltName ?? '').matchAll(/(DNS|IP Address):([^,\s]+)/g)]
    return [
      {
        x509,
        fact: {
          ...place,
          subject: oneLine(x509.subject),
          issuer: oneLine(x509.issuer),
          from: Date.parse(x509.validFrom) / 1000,
          until: Date.parse(x509.validTo) / 1000,
          isAuthority: x509.ca,
          names: names.flatMap(([, kind, name]) => (kind === 'DNS' && name !== undefined ? [name] : [])),
          addresses: names.flatMap(([, kind, name]) => (kind === 'DNS' || name === undefined ? [] : [name])),
          keyId: idOf(x509.publicKey),
          id: x509.fingerprint256,
        },
      },
    ]
  } catch {
    // Masked or broken: there is nothing to judge.
    return []
  }
}

const oneLine = (name: string): string => name.split('\n').join(', ')
const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

function signed(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.verify(authority.publicKey)
  } catch {
    return false
  }
}

interface Key {
  readonly host: string | undefined
  readonly stem: string
  readonly id: string
}

/** `apiserver.key`, `apiserver-key.pem`: the public half tells whose it is. */
function keysOf({ content, file, place }: Document): readonly Key[] {
  if (content.kind !== 'host-state' || content.state.kind !== 'pem') return []
  return content.state.blocks.flatMap((block: PemBlock) => {
    if (!block.label.endsWith('PRIVATE KEY')) return []
    try {
      return [{ host: place.host, stem: stemOf(hostPath(file) ?? file), id: idOf(createPublicKey(createPrivateKey(block.text))) }]
    } catch {
      return []
    }
  })
}

const stemOf = (path: string): string => path.replace(/(?:-key)?\.(?:crt|pem|key|cert\.pem|key\.pem)$/, '')

function keyMatches(fact: Pick<Certificate, 'host' | 'path' | 'keyId' | 'inside'>, keys: readonly Key[]): boolean | undefined {
  if (fact.inside !== undefined) return undefined
  const own = keys.filter(({ host, stem }) => host === fact.host && stem === stemOf(fact.path))
  return own.length === 0 ? undefined : own.some(({ id }) => id === fact.keyId)
}
