import type { Check } from './check.ts'
import { composeDependencies } from './container/compose-dependencies.ts'
import { containerStates } from './container/container-states.ts'
import { networkOwner } from './container/network-owner.ts'
import { certificates } from './control-plane/certificates.ts'
import { controlPlaneFiles } from './control-plane/files.ts'
import { kubeconfigs } from './control-plane/kubeconfigs.ts'
import { helmCharts } from './deploy/helm-charts.ts'
import { k3sFlags } from './deploy/k3s.ts'
import { leftoverPolicies } from './deploy/leftover-policies.ts'
import { logSignatures } from './deploy/log-signatures.ts'
import { addressOverlap } from './host/address-overlap.ts'
import { addressesUnique } from './host/addresses-unique.ts'
import { bridgeNetfilter } from './host/bridge-netfilter.ts'
import { conntrackFill } from './host/conntrack-fill.ts'
import { defaultRoute } from './host/default-route.ts'
import { hostName } from './host/host-name.ts'
import { hostsFile } from './host/hosts-file.ts'
import { ipForward } from './host/ip-forward.ts'
import { kernelModules } from './host/kernel-modules.ts'
import { linksUp } from './host/links-up.ts'
import { mtuFits } from './host/mtu-chains.ts'
import { networkManager } from './host/network-manager.ts'
import { portsHeld } from './host/ports-held.ts'
import { rpFilter } from './host/rp-filter.ts'
import { savedSettings } from './host/saved-settings.ts'
import { securityModules } from './host/security.ts'
import { time } from './host/time.ts'
import { imageInRegistry } from './image/image-in-registry.ts'
import { components } from './node/components.ts'
import { nodeDuplicates } from './node/node-duplicates.ts'
import { nodeReady } from './node/node-ready.ts'
import { flannelLease } from './overlay/flannel-lease.ts'
import { flannelMtu } from './overlay/flannel-mtu.ts'
import { flannelSingleAddress } from './overlay/flannel-single-address.ts'
import { flannelSubnetAgrees } from './overlay/flannel-subnet-agrees.ts'
import { flannelSubnetUnique } from './overlay/flannel-subnet-unique.ts'
import { flannelVtepMask } from './overlay/flannel-vtep-mask.ts'
import { overlayOpen } from './overlay/overlay-open.ts'
import { overlayPeers } from './overlay/overlay-peers.ts'
import { podAddresses } from './pod/pod-addresses.ts'
import { podStates } from './pod/pod-states.ts'
import { clusterPorts } from './rules/cluster-ports.ts'
import { cniMasquerade } from './rules/cni-masquerade.ts'
import { dnatTargets } from './rules/dnat-targets.ts'
import { dockerRules } from './rules/docker-rules.ts'
import { hairpin } from './rules/hairpin.ts'
import { hostports } from './rules/hostports.ts'
import { iptablesBackends } from './rules/iptables-backends.ts'
import { kubeProxyRules } from './rules/kube-proxy-rules.ts'
import { loopbackPublished } from './rules/loopback-published.ts'
import { podForwarding } from './rules/pod-forwarding.ts'
import { savedRules } from './rules/saved-rules.ts'
import { serviceEndpoints } from './service/service-endpoints.ts'
import { serviceRules } from './service/service-rules.ts'
import { serviceSelector } from './service/service-selector.ts'
import { serviceTargetPort } from './service/service-target-port.ts'

/** Every check, in the order in which they are told: from the machine upwards. */
export const CHECKS: readonly Check[] = [
  defaultRoute,
  linksUp,
  addressesUnique,
  addressOverlap,
  ipForward,
  bridgeNetfilter,
  rpFilter,
  mtuFits,
  conntrackFill,
  savedSettings,
  kernelModules,
  securityModules,
  time,
  hostName,
  hostsFile,
  networkManager,
  portsHeld,
  flannelSubnetAgrees,
  flannelSingleAddress,
  flannelVtepMask,
  flannelSubnetUnique,
  flannelMtu,
  flannelLease,
  overlayPeers,
  overlayOpen,
  clusterPorts,
  iptablesBackends,
  dockerRules,
  kubeProxyRules,
  cniMasquerade,
  dnatTargets,
  hostports,
  podForwarding,
  loopbackPublished,
  hairpin,
  savedRules,
  leftoverPolicies,
  serviceSelector,
  serviceTargetPort,
  serviceEndpoints,
  serviceRules,
  nodeReady,
  nodeDuplicates,
  components,
  controlPlaneFiles,
  certificates,
  kubeconfigs,
  podStates,
  podAddresses,
  networkOwner,
  composeDependencies,
  containerStates,
  imageInRegistry,
  k3sFlags,
  helmCharts,
  logSignatures,
]
