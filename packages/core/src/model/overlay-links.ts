import type { Link } from '../facts/network.ts'

/** Devices that network plugins make under names of their own; `ip link` without `-d` does not tell that they are tunnels. */
const MADE: readonly { readonly name: RegExp; readonly port: number; readonly id: (digits: string) => number }[] = [
  // flannel: DefaultVNI 1, named after it; the kernel's own port where the backend's configuration gives none.
  { name: /^flannel(?:-v6)?\.(\d{1,8})$/, port: 8472, id: Number },
  // Felix: VXLANVNI 4096, VXLANPort 4789.
  { name: /^vxlan(?:-v6)?\.calico$()/, port: 4789, id: () => 4096 },
]

/** The link as a VXLAN device, where its name says that it is one and the evidence does not tell more. */
export function withOverlay(link: Link): Link {
  if (link.type !== undefined || link.vxlan !== undefined) return link
  for (const { name, port, id } of MADE) {
    const found = name.exec(link.name)
    if (found) return { ...link, type: 'vxlan', vxlan: { id: id(found[1] ?? ''), port, learning: false, external: false } }
  }
  return link
}
