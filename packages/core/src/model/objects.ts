import type { Document } from '../intake/document.ts'
import type { DockerContainer } from '../parse/docker/container.ts'
import { type Pod, podOf } from '../parse/kubernetes/pod.ts'
import { type Service, serviceOf } from '../parse/kubernetes/service.ts'

/** What the API servers and engines know of, beside the machines themselves. */
export interface Objects {
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
  readonly containers: readonly { readonly container: DockerContainer; readonly host: string | undefined }[]
}

export function collectObjects(documents: readonly Document[]): Objects {
  const pods: Pod[] = []
  const services: Service[] = []
  const containers: { container: DockerContainer; host: string | undefined }[] = []
  for (const { content, place } of documents) {
    if (content.kind === 'kubernetes') {
      for (const sourced of content.objects) {
        const pod = podOf(sourced)
        if (pod) pods.push(pod)
        const service = serviceOf(sourced)
        if (service) services.push(service)
      }
    } else if (content.kind === 'docker-inspect' || content.kind === 'docker-ps') {
      for (const container of content.objects) containers.push({ container, host: place.host })
    }
  }
  return { pods, services, containers }
}
