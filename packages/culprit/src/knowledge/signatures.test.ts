import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { costProblems } from '@culprit/core/diagnose/signatures/cost'
import { matchText } from '@culprit/core/diagnose/signatures/match'
import { parsePattern } from '@culprit/core/diagnose/signatures/pattern'
import { expect, test } from 'vitest'
import { loadSignatures } from './signatures.ts'

const signatures = loadSignatures()
const found = (line: string, of = signatures) =>
  matchText(compileSignatures(of), line, { file: 'f', host: undefined }).map(({ signature }) => signature.id)

test('an id is there once', () => {
  const ids = signatures.map(({ id }) => id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
})

test('every signature matches its examples and not its near misses', () => {
  const wrong = signatures.flatMap((signature) => [
    ...signature.examples.filter((line) => !found(line, [signature]).length).map((line) => `${signature.id} does not match ${line}`),
    ...signature.misses.filter((line) => found(line, [signature]).length).map((line) => `${signature.id} matches ${line}`),
  ])
  expect(wrong).toEqual([])
})

test('among all others a signature is still found in its examples, unless it is a general one', () => {
  const book = compileSignatures(signatures)
  const wrong = signatures
    .filter(({ general }) => !general)
    .flatMap((signature) =>
      signature.examples
        .filter((line) => !matchText(book, line, { file: 'f', host: undefined }).some((match) => match.signature.id === signature.id))
        .map((line) => `${signature.id}: ${line}`),
    )
  expect(wrong).toEqual([])
})

test('no pattern can be made slow by a hostile line', () => {
  expect(signatures.flatMap(({ id, pattern }) => costProblems(parsePattern(pattern)).map((problem) => `${id}: ${problem}`))).toEqual([])
})

/** Error texts of a repair manual for clusters deployed with Ansible, Docker, flannel and helm. */
const MANUAL: readonly (readonly [text: string, cause: string])[] = [
  ['WARNING:ericsson.mdt.kube.mongo:Failed to connect to mongodb, retry in 1 second', 'container.dependency'],
  ['Messaging Server Connection error on [rabbitmq]', 'container.dependency'],
  ['Proxy error: DNS lookup failure', 'dns.unreachable'],
  [
    "Deploying Kube cluster failed: cfg -Failed to get bundle configurations: HTTPConnectionPool(host='api', port=8060): Max retries exceeded with url: /x",
    'deploy.not-ready',
  ],
  ['Deploying pattern failed: too many values to unpack', 'host.hosts-file'],
  ['fatal: [localhost]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh:..', 'deploy.ssh'],
  ['    attribute \'address\'"}**"ansible_default_ipv4"**: {},', 'route.missing-default'],
  ['TASK [kubernetes/preinstall : Update package management cache (YUM)]', 'deploy.package-manager'],
  ['The following packages have pending transactions: ...', 'deploy.package-manager'],
  ['TASK [kubernetes/preinstall : Install packages requirements', 'deploy.package-missing'],
  ['TASK [docker : ensure docker packages are installed]', 'deploy.package-conflict'],
  ['"stderr": "The connection to the server localhost:8080 was refused - did you specify the right host or port?",', 'node.kubeconfig'],
  [
    'Error response from daemon: Cannot restart container f9cd281b68d2: cannot join network of a non running container: 8a4092ea2176007842ba0fcc53aad736e44ab3581dd0b51a6284e3544f46e36e',
    'container.netns-owner',
  ],
  [
    'Unable to start service network: Job for network.service failed because the control process exited with error code.',
    'deploy.network-service',
  ],
  ['pod1   0/2     MatchNodeSelector   0          15h     <none>          172.30.41.13    <none>', 'pod.node-selector'],
  ['redis    0/1       ImagePullBackOff   0          44s', 'image.missing'],
  ['mongo-0    0/1       ErrImagePull0          44s', 'image.missing'],
  ['Failed to pull image "10.10.10.10:5000/redis:1.2.0": Error: image redis:1.2.0 not found', 'image.missing'],
  ['mas3-214               NotReady   2d        v1.7.0', 'node.kubelet-down'],
  ['    returned non-zero exit status 1. Error: b\'\'Error: failed to download "helm_repo/etcd"', 'deploy.helm-repo'],
  ['*Another app is currently holding the xtables lock. Perhaps you want to use the -w option?*', 'host.lock'],
  [
    "- ERROR: There is no HA Docker registry, deploy Kube cluster before get container: local variable 'result' referenced before assignment",
    'nat.rules-flushed',
  ],
  ['[ERROR] templates/: parse error at (web/templates/svc.yaml:7): function "quot" not defined', 'deploy.chart'],
]

test.each(MANUAL)('%s', (text, cause) => {
  expect(matchText(compileSignatures(signatures), text, { file: 'f', host: undefined }).map((match) => match.signature.cause)).toContain(
    cause,
  )
})
