import { maskJson } from './json.ts'

/** What stands where a secret stood. */
export const MASK = '***'

/**
 * Takes secrets out of a text of the evidence: private keys, tokens, passwords, values of environment variables, contents of Secrets. JSON is
 * masked by its keys, anything else line by line. What is needed to follow packets stays.
 */
export function maskSecrets(text: string): string {
  const start = text.slice(0, 200).trimStart()[0]
  const json = start === '{' || start === '[' ? maskJson(text, maskText) : undefined
  return json ?? maskText(text)
}

/** Words in whose assignments (`word=value`, `word: value`) the value is a secret. Repetitions are bounded: the cost stays linear. */
const ASSIGNED =
  /((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth[_-]?key|preshared[_-]?key|fastopen_key)([\w.-]{0,40})["']?\s{0,4}[:=]\s{0,4}["']?)([^\s"',;}]{1,4096})/gi
/** What names a secret and is none: `secretName: x`, `tokenPath`, `token-ttl`. */
const HARMLESS_REST = /(?:name|ref|path|file|dir|url|type|ttl|id|mode|version|expiration|expirationseconds|seconds)s?$/i
const HARMLESS_VALUE = /^(?:true|false|null|none|nil|\d{1,3}|\{|\[|\||\*\*\*|<.*>)$/i

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]{0,30}PRIVATE KEY)-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g, `-----BEGIN $1----- ${MASK}`],
  [/\beyJ[\w-]{10,4096}\.[\w-]{10,4096}\.[\w-]{0,4096}/g, MASK],
  [/\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{8,4096}/g, `$1 ${MASK}`],
  [/\b(\w{2,12}:\/\/[^\s:/@]{1,100}):[^\s:/@]{1,200}@/g, `$1:${MASK}@`],
  [/\b(?:gh[pousr]_\w{30,255}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,200}|glpat-[\w-]{20,100})\b/g, MASK],
]

/** The same for text that is no JSON: logs, configurations, notes. */
export function maskText(text: string): string {
  let out = text
  for (const [pattern, by] of PATTERNS) out = out.replace(pattern, by)
  return out.replace(ASSIGNED, (all, before: string, rest: string, value: string) =>
    HARMLESS_REST.test(rest) || HARMLESS_VALUE.test(value) ? all : `${before}${MASK}`,
  )
}

/** Keys (of objects, of environment variables) whose values are secrets. */
export const isSecretName = (name: string): boolean =>
  /passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth$|auths$|preshared/i.test(name) &&
  !HARMLESS_REST.test(name)

/** Environment variables that tell how a network is set up. All others are masked. */
export const isNetworkVariable = (name: string): boolean =>
  /^(?:CALICO_|FELIX_|IP$|IP6$|IP_AUTODETECTION_METHOD|IP6_AUTODETECTION_METHOD|CLUSTER_TYPE|NO_DEFAULT_POOLS|KUBERNETES_(?:SERVICE|PORT)|KUBE_PROXY_|FLANNEL|POD_(?:CIDR|IP|NAMESPACE|NAME)|NODE(?:NAME|_NAME|_IP)|CNI_|CILIUM_|WEAVE_|IPALLOC_|AWS_VPC_|ENABLE_POD_ENI|CLUSTER_CIDR|SERVICE_CIDR|PATH$)/.test(
    name,
  ) && !isSecretName(name)
