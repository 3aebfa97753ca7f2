import { readFileSync } from 'node:fs'
import { certificates } from '@culprit/core/diagnose/checks/control-plane/certificates'
import { runChecks } from '@culprit/core/diagnose/checks/run'
import { createScene } from '@culprit/core/diagnose/checks/scene'
import { readDocuments } from '@culprit/core/intake/documents'
import { describe, expect, it } from 'vitest'
import { readCertificates } from './read.ts'

const data = (name: string): string => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8')
const PKI = 'hosts/m1/files/etc/kubernetes/pki'
const documentsOf = (files: Readonly<Record<string, string>>) =>
  readDocuments(Object.entries(files).map(([path, text]) => ({ path, text, root: 'b' })))
const told = (files: Readonly<Record<string, string>>, now = Date.UTC(2030, 0, 1) / 1000) => {
  const documents = documentsOf(files)
  return runChecks(createScene(documents, { certificates: readCertificates(documents), now }), [certificates]).findings.map(
    ({ severity, text }) => `${severity}: ${text}`,
  )
}
const sound = {
  [`${PKI}/ca.crt`]: data('ca.crt'),
  [`${PKI}/apiserver.crt`]: data('apiserver.crt'),
  [`${PKI}/apiserver.key`]: data('apiserver.key'),
}

describe('certificates', () => {
  it('are read with names, addresses, authority and key', () => {
    const [authority, server] = readCertificates(documentsOf(sound))
    expect(authority).toMatchObject({ host: 'm1', path: '/etc/kubernetes/pki/ca.crt', subject: 'CN=kubernetes', isAuthority: true })
    expect(server).toMatchObject({
      subject: 'CN=kube-apiserver',
      issuer: 'CN=kubernetes',
      names: ['kubernetes', 'kubernetes.default.svc'],
      addresses: ['10.96.0.1', '10.0.0.1'],
      keyMatches: true,
    })
    expect(server?.signedBy).toEqual([authority?.id])
    expect(told(sound)).toEqual([])
  })

  it('an authority of another installation did not sign it', () => {
    expect(told({ ...sound, [`${PKI}/ca.crt`]: data('otherca.crt') })).toEqual([
      'error: the certificate in /etc/kubernetes/pki/apiserver.crt is not signed by /etc/kubernetes/pki/ca.crt, though it names it as its issuer',
    ])
  })

  it('a key of another certificate does not fit', () => {
    expect(told({ ...sound, [`${PKI}/apiserver.key`]: data('other.key') })).toEqual([
      'error: the certificate in /etc/kubernetes/pki/apiserver.crt does not fit the key beside it',
    ])
  })

  it('a masked key tells nothing, and a file that is none is passed over', () => {
    expect(
      told({
        ...sound,
        [`${PKI}/apiserver.key`]: '-----BEGIN PRIVATE KEY----- ***\n',
        [`${PKI}/broken.crt`]: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      }),
    ).toEqual([])
  })

  it('those inside of a kubeconfig are judged too', () => {
    const config = `apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: ${Buffer.from(data('ca.crt')).toString('base64')}\nusers: []\ncontexts: []\n`
    expect(told({ 'hosts/m1/files/etc/kubernetes/admin.conf': config }, Date.UTC(2300, 0, 1) / 1000)).toEqual([
      expect.stringContaining('the certificate in /etc/kubernetes/admin.conf of cluster kubernetes expired on'),
    ])
  })
})
