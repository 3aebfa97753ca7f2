import { PROTOCOL } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader, type SignedRange, U32, words } from './options.ts'
import { decideUnseen, explainRange, printFullRange } from './spi.ts'

export interface EspMatch {
  readonly kind: 'esp'
  readonly spi?: SignedRange | undefined
}

/** xt_esp.c, esp_mt(). */
export const esp: MatchModule<EspMatch> = {
  kind: 'esp',
  options: { espspi: 1 },
  read(given, context) {
    const options = new OptionReader(given)
    options.require(context.protocol === PROTOCOL.esp, 'esp needs -p esp')
    return options.finish({ kind: 'esp', spi: options.signedRange(['espspi'], U32) })
  },
  print: (match) => words(printFullRange('espspi', match.spi)),
  decide: (match) => decideUnseen(match.spi) ?? payloadUnknown('its ESP SPI'),
  explain: (match) => (match.spi ? explainRange('ESP SPI', match.spi) : 'is ESP'),
}
