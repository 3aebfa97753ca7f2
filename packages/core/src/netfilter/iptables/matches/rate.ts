/** A rate of packets as limit and hashlimit write it. */
export interface PacketRate {
  readonly amount: number
  readonly unit: 'sec' | 'min' | 'hour' | 'day'
}

const SECONDS = { sec: 1, min: 60, hour: 3600, day: 86400 } as const
const WORDS = { sec: 'second', min: 'minute', hour: 'hour', day: 'day' } as const

/** `5`, `5/s`, `5/minute`: any beginning of a unit's name (parse_rate). A rate beyond `scale` a second cannot be kept. */
export function parseRate(text: string, scale: number): PacketRate | undefined {
  const [amountText = '', unitText = 'second'] = text.split('/')
  if (!/^\d+$/.test(amountText) || unitText === '') return undefined
  const unit = (['sec', 'min', 'hour', 'day'] as const).find(
    (one) => WORDS[one].startsWith(unitText.toLowerCase()) || one === unitText.toLowerCase(),
  )
  const amount = Number(amountText)
  return !unit || amount === 0 || amount / SECONDS[unit] > scale ? undefined : { amount, unit }
}

export const formatRate = ({ amount, unit }: PacketRate): string => `${amount}/${unit}`

/** How a bucket is assumed to be: what a snapshot cannot hold. */
export const WITHIN = 'the rate is taken to stay within its limit'
