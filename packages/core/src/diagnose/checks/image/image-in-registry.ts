import { split } from '../../../parse/host/images.ts'
import { fields, items, string } from '../../../parse/kubernetes/fields.ts'
import { because, type Check, type Found, missing, NOTHING, seen, together } from '../check.ts'
import type { CheckScene } from '../scene.ts'

/** What a registry said of itself. */
interface Catalogue {
  /** `10.0.0.1:5000`, where the request or the file's name tells; else any. */
  readonly registry: string | undefined
  readonly repositories: ReadonlySet<string> | undefined
  readonly tags: ReadonlyMap<string, readonly string[]>
  readonly source: { readonly file: string; readonly line: number }
}

export const imageInRegistry: Check = {
  id: 'image-in-registry',
  holds: 'the registry has every image and tag that pods and containers ask of it',
  why: 'the image cannot be pulled: ImagePullBackOff on the next start of the pod',
  evidence: ['/v2/_catalog and /v2/NAME/tags/list of the registry', 'cluster/pods.json'],
  causes: ['image.missing'],
  runbook: 'reload-image',
  run(scene) {
    const catalogues = cataloguesOf(scene)
    const wanted = imagesOf(scene)
    if (catalogues.length === 0)
      return wanted.some(({ image }) => registryOf(image) !== undefined) ? missing('/v2/_catalog of the registry') : NOTHING
    return together(
      wanted.flatMap(({ image, by, source }) => {
        const registry = registryOf(image)
        if (registry === undefined) return []
        const answers = catalogues.filter((one) => one.registry === undefined || one.registry === registry)
        if (answers.length === 0) return []
        const lacking = lacks(image.slice(registry.length + 1), answers)
        return [seen(...(lacking === undefined ? [] : [found(image, by, source, lacking)]))]
      }),
    )
  },
}

const found = (
  image: string,
  by: string,
  source: Found['because'][number]['source'],
  { text, at }: { readonly text: string; readonly at: Catalogue },
): Found => ({
  severity: 'error',
  cause: 'image.missing',
  object: image,
  text: `${by} asks for ${image}, and the registry ${text}`,
  because: [because(`${by}: ${image}`, source), because(text, at.source)],
})

/** The first part of a name is a registry if it looks like a host (distribution's reference format). */
function registryOf(image: string): string | undefined {
  const first = image.split('/')[0] ?? ''
  return image.includes('/') && /[.:]|^localhost$/.test(first) && first !== 'docker.io' ? first : undefined
}

function lacks(name: string, catalogues: readonly Catalogue[]): { readonly text: string; readonly at: Catalogue } | undefined {
  const { repository, tag } = split(name)
  const tagged = catalogues.filter(({ tags }) => tags.has(repository))
  const [first] = tagged
  if (first)
    return tagged.some(({ tags }) => tags.get(repository)?.includes(tag))
      ? undefined
      : { text: `has ${repository} with the tags ${first.tags.get(repository)?.join(', ') || '(none)'} only`, at: first }
  const listed = catalogues.filter(({ repositories }) => repositories !== undefined)
  const [catalogue] = listed
  if (!catalogue || listed.some(({ repositories }) => repositories?.has(repository))) return undefined
  return { text: `has no repository ${repository}`, at: catalogue }
}

function cataloguesOf(scene: CheckScene): readonly Catalogue[] {
  return scene.documents.flatMap(({ content, file, command }) => {
    if (content.kind !== 'host-state' || content.state.kind !== 'registry') return []
    const { repositories, tags, source } = content.state
    const told =
      /(?:https?:\/\/)?([\w.-]+(?::\d+)?)\/v2\//.exec(command ?? '')?.[1] ??
      /(?:^|\/)registry\/([^/]+)\//.exec(file)?.[1]?.replace(/_(\d+)$/, ':$1')
    return [
      {
        registry: told !== undefined && /[.:]|^localhost$/.test(told) ? told : undefined,
        repositories: repositories && new Set(repositories),
        tags: new Map(tags.map((one) => [one.name, one.tags] as const)),
        source,
      },
    ]
  })
}

function* imagesIn(scene: CheckScene) {
  for (const { object, source } of scene.cluster.objects) {
    if (object.kind !== 'Pod') continue
    const spec = fields(object.spec)
    for (const container of [...items(spec.initContainers), ...items(spec.containers)]) {
      const image = string(fields(container).image)
      if (image !== undefined) yield { image, by: `pod ${object.metadata.namespace ?? 'default'}/${object.metadata.name}`, source }
    }
  }
  for (const { container } of scene.objects.containers)
    if (container.image !== undefined && !/^(?:sha256:|[0-9a-f]{12,64}$)/.test(container.image))
      yield { image: container.image, by: `container ${container.name}`, source: container.source }
}

/** Of pods that were shown as a table only their events name the image. */
function* imagesComplained(scene: CheckScene) {
  for (const { parts, source, signature } of scene.matches)
    if (parts.image !== undefined && /^image\./.test(signature.cause)) yield { image: parts.image, by: 'a pod', source }
}

function imagesOf(scene: CheckScene) {
  const asked = [...imagesIn(scene)]
  return [...asked, ...[...imagesComplained(scene)].filter(({ image }) => !asked.some((one) => one.image === image))]
}
