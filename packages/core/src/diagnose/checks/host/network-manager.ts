import { because, type Check, type Found, seen, together } from '../check.ts'
import { statesOf } from '../scene.ts'

/** Devices that a network plugin or engine makes and configures alone. */
const THEIRS =
  /^(?:cali[0-9a-f]+|tunl0|vxlan\.calico|vxlan-v6\.calico|wireguard\.cali|flannel\S*|cni\d+|veth\w+|docker\d*|br-[0-9a-f]{12}|kube-ipvs0|nodelocaldns|cilium_\w+|lxc\w+|weave|kube-bridge)$/

export const networkManager: Check = {
  id: 'network-manager',
  holds: 'NetworkManager leaves the interfaces of containers and pods alone',
  why: 'it takes their routes and addresses away, or moves them into a firewall zone',
  evidence: ['hosts/HOST/nmcli.txt', 'hosts/HOST/files/etc/NetworkManager/conf.d/'],
  causes: ['host.interface-down'],
  runbook: 'networkmanager-leaves-devices',
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) => {
        const states = statesOf(host, 'network-manager')
        if (states.every(({ devices }) => devices.length === 0)) return []
        const managed = states.flatMap(({ devices }) =>
          devices.filter(({ device, state }) => THEIRS.test(device) && state !== 'unmanaged' && !state.includes('externally')),
        )
        return [
          seen(
            ...managed.map(
              ({ device, state, source }): Found => ({
                severity: 'warning',
                cause: 'host.interface-down',
                host: host.name,
                object: device,
                text: `NetworkManager manages ${device} (${state}), which belongs to the network plugin or engine`,
                because: [because(`${device}: ${state}`, source)],
              }),
            ),
          ),
        ]
      }),
    ),
}
