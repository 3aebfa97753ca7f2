import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { bare } from '../tokens.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader, printOption, words } from './options.ts'

export interface OsfMatch {
  readonly kind: 'osf'
  readonly genre: string
  readonly negated: boolean
  readonly ttl?: number | undefined
  readonly log?: number | undefined
}

/** xt_osf.c, nf_osf_match(): only SYN packets are looked at. */
export const osf: MatchModule<OsfMatch> = {
  kind: 'osf',
  options: { genre: 1, ttl: 1, log: 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.tcp, 'osf needs -p tcp')
    const genre = options.signed(['genre'], (text = '') => ({ text }))
    options.require(genre !== undefined, 'osf needs --genre')
    return options.finish({
      kind: 'osf',
      genre: genre?.text ?? '',
      negated: genre?.negated ?? false,
      ttl: options.number('ttl', 2),
      log: options.number('log', 2),
    })
  },
  print: (match) =>
    words(
      printOption('genre', match, ({ genre }) => bare(genre)),
      match.ttl !== undefined && `--ttl ${match.ttl}`,
      match.log !== undefined && `--log ${match.log}`,
    ),
  decide: (_match, { packet }) => (packet.flags & TCP_FLAGS.syn ? payloadUnknown('the operating system of the sender') : false),
  explain: (match) => `${match.negated ? 'does not look' : 'looks'} as if ${match.genre} had sent it`,
}
