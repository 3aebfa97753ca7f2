import type { Document } from '../../intake/document.ts'
import type { Address } from '../../net/address.ts'
import { formatPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts'
import type { Because } from '../causes/cause.ts'
import { prefixText } from './ranges.ts'

/** A network of containers or pods, with what tells of it. */
export interface Range {
  /** Docker's are on this host alone; a pod's may be on another node. */
  readonly kind: 'docker' | 'pods'
  readonly prefix: Prefix
  readonly owner: string
  readonly because: Because
}

/** Devices that lead to containers of the same host. */
const OWN = /^(?:docker|br-|veth|cni|cali|lxc|cilium|flannel|vxlan|weave|kube|podman|lo$|virbr|any$)/

export const leadsToContainers = (device: string): boolean => OWN.test(device)

/** Networks of containers and pods, as Docker's objects, its DNAT rules or the notes name them; docker0's default where Docker translates into it. */
export function containerRanges(documents: readonly Document[]): readonly Range[] {
  return [...fromObjects(documents), ...fromNotes(documents), ...fromTranslations(documents)]
}

const fromObjects = (documents: readonly Document[]): readonly Range[] =>
  documents.flatMap(({ content }) =>
    content.kind !== 'docker-network'
      ? []
      : content.objects
          .filter(({ driver }) => driver === 'bridge')
          .flatMap(({ name, subnets, source }) =>
            subnets.map(
              ({ subnet }): Range => ({
                kind: 'docker',
                prefix: subnet,
                owner: `Docker's network ${name}`,
                because: { text: `${formatPrefix(subnet)} is Docker's network ${name}`, source },
              }),
            ),
          ),
  )

function fromNotes(documents: readonly Document[]): readonly Range[] {
  return documents.flatMap(({ content, text, file }) => {
    if (content.kind !== 'recognised' || content.format !== 'notes' || text === undefined) return []
    return text.split('\n').flatMap((line, i): readonly Range[] => {
      const found = line.length < 400 ? prefixText(line) : undefined
      const prefix = found && parsePrefix(found.prefix)
      return prefix && (found.kind === 'docker' || found.kind === 'pods')
        ? [
            {
              kind: found.kind,
              prefix,
              owner: found.owner,
              because: { text: `the notes name ${found.prefix} as ${found.owner}'s`, source: { file, line: i + 1 } },
            },
          ]
        : []
    })
  })
}

const DOCKER0: Prefix = { address: 0xac110000, length: 16 }

/** `DNAT … to:172.17.0.4:5678` in a chain of Docker's tells that the address is a container's. */
function fromTranslations(documents: readonly Document[]): readonly Range[] {
  return documents.flatMap(({ content, file }) => {
    if (content.kind !== 'iptables') return []
    return content.ruleset.tables.flatMap(({ chains }) =>
      (chains.get('DOCKER')?.rules ?? []).flatMap((rule): readonly Range[] => {
        const text = [rule.text, ...rule.opaque].join(' ')
        const to = /(?:to:|--to-destination )((?:\d{1,3}\.){3}\d{1,3})/.exec(text)?.[1]
        const prefix = to === undefined ? undefined : parsePrefix(`${to}/16`)
        if (!prefix) return []
        const address: Address = prefix.address
        const owner = address === DOCKER0.address ? "Docker's default network (docker0)" : "a network of Docker's"
        return [
          {
            kind: 'docker',
            prefix,
            owner,
            because: {
              text: `Docker translates to ${to}, so that it is a container's address: ${text}`,
              source: { file, line: rule.line },
            },
          },
        ]
      }),
    )
  })
}
