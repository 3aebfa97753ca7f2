import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { OptionReader, words } from './options.ts'

export interface SocketMatch {
  readonly kind: 'socket'
  /** Only sockets with IP_TRANSPARENT. */
  readonly transparent: boolean
  /** Sockets bound to any address count too. */
  readonly nowildcard: boolean
  /** The packet takes the socket's mark. */
  readonly restoreMark: boolean
}

/** xt_socket.c, socket_match(). */
export const socket: MatchModule<SocketMatch> = {
  kind: 'socket',
  options: { transparent: 0, nowildcard: 0, 'restore-skmark': 0 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({
      kind: 'socket',
      transparent: options.flag('transparent'),
      nowildcard: options.flag('nowildcard'),
      restoreMark: options.flag('restore-skmark'),
    })
  },
  print: (match) =>
    words(match.transparent && '--transparent', match.nowildcard && '--nowildcard', match.restoreMark && '--restore-skmark'),
  decide(match, scene) {
    const found = scene.socket(scene.packet)
    if (found === undefined) return false
    if ('kind' in found) return found
    if ((found.wildcard && !match.nowildcard) || (match.transparent && !found.transparent)) return false
    if (match.restoreMark && found.mark !== scene.packet.mark)
      return unknown('the packet takes the mark of a socket here, which is not modelled')
    return true
  },
  explain: (match) => `has a${match.transparent ? ' transparent' : ''} socket on this host`,
}
