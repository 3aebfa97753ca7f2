import type { Source } from '../../facts/source.ts'
import type { Document } from '../../intake/document.ts'
import { collectCluster } from '../../model/kubernetes/cluster.ts'
import { targetPortsOf } from '../elimination/target-ports.ts'

/** A port that packets have no more once they are translated, with what says so. */
export interface TranslatedPort {
  readonly port: number
  readonly to: number
  /** `notes.md:12: -A DOCKER …` */
  readonly shown: string
  readonly source?: Source | undefined
}

/** What a published or a Service's port becomes: by DNAT rules, `docker ps`, Service objects, or the YAML that notes quote. */
export function translatedPort(documents: readonly Document[], port: number): TranslatedPort | undefined {
  for (const { content, file } of documents) {
    if (content.kind === 'iptables') {
      for (const { chains } of content.ruleset.tables)
        for (const { rules } of chains.values())
          for (const { text, opaque, line } of rules) {
            const to = destinationPort([text, ...opaque].join(' '), port)
            if (to !== undefined && to !== port) return { port, to, shown: `${file}:${line}: ${text}`, source: { file, line } }
          }
    }
    if (content.kind === 'docker-ps' || content.kind === 'docker-inspect') {
      for (const { ports, name, source } of content.objects) {
        const binding = ports.find(({ hostPort, containerPort }) => hostPort === port && containerPort !== port)
        if (binding)
          return {
            port,
            to: binding.containerPort,
            shown: `${source.file}:${source.line}: ${name} publishes ${port} as ${binding.containerPort}`,
          }
      }
    }
  }
  const cluster = collectCluster(documents)
  const ports = targetPortsOf(documents, cluster)
  const to =
    cluster.services.map(({ namespace, name }) => ports(`${namespace}/${name}`, port)).find((one) => one !== undefined) ??
    ports(undefined, port)
  return to === undefined || to === port ? undefined : { port, to, shown: `targetPort ${to} of port ${port}` }
}

function destinationPort(text: string, port: number): number | undefined {
  const found = /(?:--dport |dpts?:)(\d{1,5})\b.{0,200}?(?:--to-destination |to:)\S*:(\d{1,5})\b/.exec(text)
  return found && Number(found[1]) === port ? Number(found[2]) : undefined
}
