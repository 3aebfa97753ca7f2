import type { Format } from '../format.ts'
import { type Sample, share, some } from './sample.ts'

/** Notes may hold YAML; a file that is YAML begins with a key. */
const isYaml = (s: Sample): boolean => /^(?:---|[A-Za-z][\w-]*:)/.test(s.lines.find((line) => !line.startsWith('#')) ?? '')

type Test = readonly [Format, (sample: Sample) => boolean]

/** Outputs and files that tell of a machine beside its network. YAML files come before Kubernetes objects: a kubeconfig has kind and apiVersion too. */
export const HOST_FILES: readonly Test[] = [
  [
    'pem',
    (s) =>
      /^(?:-----BEGIN |Bag Attributes|Certificate:$)/.test(s.first) &&
      some(s, /^-----BEGIN (?:[A-Z0-9]+ )*(?:CERTIFICATE|KEY|CERTIFICATE REQUEST)-----$/),
  ],
  ['kubeconfig', (s) => isYaml(s) && some(s, /^kind:\s*["']?Config["']?$/) && some(s, /^(?:clusters|users|contexts):/)],
  [
    'compose',
    (s) =>
      isYaml(s) &&
      some(s, /^services:$/) &&
      some(s, /^\s+(?:image|build|network_mode|depends_on|container_name):/) &&
      !some(s, /^apiVersion:/),
  ],
]

/** Outputs of commands. */
export const HOST_OUTPUTS: readonly Test[] = [
  ['modules', (s) => /^Module\s+Size\s+Used by/.test(s.first) || share(s, /^\w+ \d+ \d+ \S+ (?:Live|Loading|Unloading) /) > 0.8],
  [
    'selinux',
    (s) =>
      /^SELinux status:/.test(s.first) ||
      some(s, /^SELINUX=\w+$/) ||
      (s.lines.length === 1 && /^(?:Enforcing|Permissive|Disabled)$/.test(s.first)),
  ],
  ['apparmor', (s) => /^apparmor module is (?:not )?loaded/.test(s.first)],
  [
    'clock',
    (s) =>
      some(s, /^\s*(?:System clock synchronized|NTP synchronized):/) ||
      (/^Reference ID\s*:/.test(s.first) && some(s, /^System time\s*:/)) ||
      some(s, /^\s*remote\s+refid\s+st\s+t\s+when\s+poll/),
  ],
  [
    'clock',
    (s) => s.lines.length === 1 && /^(?:\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d UTC \d{4}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*)$/.test(s.first),
  ],
  [
    'units',
    (s) =>
      /^\s*UNIT\s+LOAD\s+ACTIVE\s+SUB/.test(s.first) ||
      some(s, /^[●*×○↻] [\w@.:\\-]+\.(?:service|socket|target|timer)(?:\s|$)/) ||
      share(s, /^\s*\S+\.(?:service|socket|target|timer)\s+loaded\s+\w+\s+\w+/) > 0.6,
  ],
  ['processes', (s) => some(s, /^\s*(?:USER|UID|F|S)?\s*PID\s.*\b(?:COMMAND|CMD|ARGS)\s*$/)],
  ['network-manager', (s) => /^DEVICE\s+TYPE\s+STATE/.test(s.first) || some(s, /^\s*unmanaged-devices\s*\+?=/)],
  ['images', (s) => some(s, /^\s*(?:REPOSITORY|IMAGE)\s+TAG\s+(?:IMAGE ID|DIGEST)/)],
  ['file-listing', (s) => share(s, /^(?:[\s│|`]*(?:├──|└──|\|--|`--) \S|\/\S*:?$)/) > 0.6 && some(s, /──|--|^\/\S+$/)],
  ['file-listing', (s) => some(s, /^\/\S*:$/) && share(s, /^(?:[-dlbcps][-rwxsStT]{9}|total \d|\/\S*:$)/) > 0.6],
  ['file-listing', (s) => /^\/\S*:$/.test(s.first) && share(s, /^\S+$/) > 0.9],
]
