import { appBacklog } from './app-backlog.ts'
import { appCrash } from './app-crash.ts'
import { appLoopbackOnly } from './app-loopback-only.ts'
import { appNotListening } from './app-not-listening.ts'
import type { Cause, Family, Suspect } from './cause.ts'
import { conntrackFull } from './conntrack-full.ts'
import { conntrackStale } from './conntrack-stale.ts'
import { containerDependency } from './container-dependency.ts'
import { containerNetnsOwner } from './container-netns-owner.ts'
import { containerNetworkMode } from './container-network-mode.ts'
import { dnsConfig } from './dns-config.ts'
import { dnsUnreachable } from './dns-unreachable.ts'
import { hostHostsFile } from './host-hosts-file.ts'
import { hostNameChanged } from './host-name-changed.ts'
import { hostOffload } from './host-offload.ts'
import { hostPortConflict } from './host-port-conflict.ts'
import { imageMissing } from './image-missing.ts'
import { imageRegistry } from './image-registry.ts'
import { LOGGED } from './logged.ts'
import { natPortExhausted } from './nat-port-exhausted.ts'
import { nodeKubeletDown } from './node-kubelet-down.ts'
import { nodeStaticPods } from './node-static-pods.ts'
import { overlayLease } from './overlay-lease.ts'
import { podIpExhausted } from './pod-ip-exhausted.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { policyStale } from './policy-stale.ts'
import { serviceNoEndpoints } from './service-no-endpoints.ts'
import { serviceProxyConflict } from './service-proxy-conflict.ts'
import { serviceSelector } from './service-selector.ts'
import { serviceTargetPort } from './service-target-port.ts'

const RECOGNISED: readonly (Cause | Family)[] = [
  serviceSelector,
  serviceTargetPort,
  serviceNoEndpoints,
  serviceProxyConflict,
  policyStale,
  natPortExhausted,
  conntrackFull,
  conntrackStale,
  hostOffload,
  hostNameChanged,
  hostHostsFile,
  overlayLease,
  appNotListening,
  appLoopbackOnly,
  appCrash,
  appBacklog,
  hostPortConflict,
  dnsUnreachable,
  dnsConfig,
  containerNetnsOwner,
  containerDependency,
  containerNetworkMode,
  imageMissing,
  imageRegistry,
  podNodeSelector,
  podIpExhausted,
  nodeKubeletDown,
  nodeStaticPods,
  LOGGED,
]

/** Of one cause so many are told, and so many of those that have nothing to do with what fails: a large cluster always has some. */
const MOST = 20
const MOST_BESIDE = 5
const BESIDE = 0.3

function likeliest(suspects: readonly Suspect[]): readonly Suspect[] {
  if (suspects.length <= MOST_BESIDE) return suspects
  const sorted = [...suspects].sort((a, b) => b.likelihood - a.likelihood)
  const about = sorted.filter(({ likelihood }) => likelihood > BESIDE).slice(0, MOST)
  return [...about, ...sorted.filter(({ likelihood }) => likelihood <= BESIDE).slice(0, Math.max(0, MOST_BESIDE - about.length))]
}

/** Causes that show in the state of objects, sockets and tables, and, for every cause, in what programs log. */
export const OBJECT_CAUSES: readonly (Cause | Family)[] = RECOGNISED.map((cause) =>
  'id' in cause ? { ...cause, suspects: (scene) => likeliest(cause.suspects(scene)) } : cause,
)
