import type { Format } from '../format.ts'
import { recogniseLine } from '../recognise/line.ts'

const LIST_LINE =
  /^\s*(?:\**Chain \S|num\b|pkts\b|target\b|\d+\s+\d|(?:\d+\s+)?(?:[\d.]+[KMGT]?\s+[\d.]+[KMGT]?\s+)?\S+\s+(?:all|tcp|udp|icmp|icmpv6|ipv6-icmp|esp|ah|sctp|\d+)\s+(?:--|-f|!f)\s)/
const SAVE_LINE = /^\s*(?:\*\w+$|[:#[]|-[A-Z] \S|COMMIT)/

/** What is known of the output above: how it begins, and how many braces are open at its end. */
export interface Above {
  readonly first: string
  readonly depth: number
}

/** After a blank line, in text without fences: does this line still belong to the output above it? */
export function continues(format: Format | undefined, above: Above, line: string): boolean {
  switch (format) {
    case 'nft-text':
      return above.depth > 0 || /^(?:\s|\}|table )/.test(line)
    case 'nft-json':
    case 'kubernetes':
    case 'docker-inspect':
    case 'docker-network':
      if (above.depth > 0) return true
      return /^(?:---|- |\s{2})/.test(line)
    case 'iptables-list':
      return LIST_LINE.test(line)
    case 'iptables-save':
      return SAVE_LINE.test(line)
    case 'docker-info':
    case 'docker-version':
    case 'kubectl-describe':
    case 'firewalld-zones':
    case 'ufw-status':
    case 'netstat':
    case 'ipset':
      return /^(?:\s+\S|[A-Z][\w -]*:(?:\s|$)|[\w/-]+(?: \(\w[\w, ]*\))?$|To\s+Action|--\s|Anywhere|\d)/.test(line)
    case undefined:
      return above.depth > 0 && /^\s*[[\]{}"]/.test(above.first)
    default:
      return recogniseLine(line) === format
  }
}

/** How a line changes the number of open braces and brackets, as far as a count without quotes can tell. */
export function depthChange(line: string): number {
  let depth = 0
  for (let i = 0; i < line.length; i++) {
    const c = line.charCodeAt(i)
    if (c === 123 || c === 91) depth++
    else if (c === 125 || c === 93) depth--
  }
  return depth
}
