import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { OptionReader, words } from './options.ts'

export interface TimeMatch {
  readonly kind: 'time'
  /** `2001-02-03T04:05:06` */
  readonly dateStart?: string | undefined
  readonly dateStop?: string | undefined
  /** Seconds of the day; a whole day is 0 to 86399. */
  readonly dayStart: number
  readonly dayStop: number
  readonly monthDays?: readonly number[] | undefined
  /** 1 is Monday. */
  readonly weekDays?: readonly number[] | undefined
  readonly contiguous: boolean
  readonly kernelTimezone: boolean
}

const END_OF_DAY = 86399
const END_OF_TIME = '2038-01-19T03:14:07'
const WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

const two = (value: number): string => `${value}`.padStart(2, '0')

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` */
function parseDate(text = ''): string | undefined {
  const found = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?$/.exec(text)
  if (!found) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)))
  const inRange =
    year >= 1970 && year <= 2038 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 59
  return inRange ? `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}` : undefined
}

/** `hh:mm[:ss]` */
function parseTime(text = ''): number | undefined {
  const found = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(text)
  if (!found) return undefined
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)]
  return hour <= 23 && minute <= 59 && second <= 59 ? hour * 3600 + minute * 60 + second : undefined
}

const formatTime = (seconds: number): string => [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')

/** Days in a list; a negated list is kept as the days that are left. */
function readDays(
  options: OptionReader,
  option: string,
  max: number,
  parse: (text: string) => number | undefined,
): readonly number[] | undefined {
  const list = options.signed([option], (text = '') => {
    const days = text.split(',').map(parse)
    return days.every((day) => day !== undefined && day >= 1 && day <= max) ? { days } : undefined
  })
  if (!list) return undefined
  const kept = Array.from({ length: max }, (_, i) => i + 1).filter((day) => list.days.includes(day) !== list.negated)
  return kept.length === max ? undefined : kept
}

const parseDay = (text: string): number | undefined => (/^\d{1,2}$/.test(text) ? Number(text) : undefined)

function parseWeekDay(text: string): number | undefined {
  const index = WEEK.findIndex((name) => text.length >= 2 && name.toLowerCase().startsWith(text.slice(0, 3).toLowerCase()))
  return index < 0 ? parseDay(text) : index + 1
}

const wholeDay = (match: TimeMatch): boolean => match.dayStart === 0 && match.dayStop === END_OF_DAY

/** xt_time.c, time_mt(). */
export const time: MatchModule<TimeMatch> = {
  kind: 'time',
  options: {
    datestart: 1,
    datestop: 1,
    timestart: 1,
    timestop: 1,
    monthdays: 1,
    weekdays: 1,
    contiguous: 0,
    kerneltz: 0,
    utc: 0,
    localtz: 0,
  },
  read(given) {
    const options = new OptionReader(given)
    const dayStart = options.value(['timestart'], parseTime) ?? 0
    const dayStop = options.value(['timestop'], parseTime) ?? END_OF_DAY
    const contiguous = options.flag('contiguous')
    options.flag('utc')
    options.require(!contiguous || dayStart > dayStop, '--contiguous needs a --timestop before --timestart')
    return options.finish({
      kind: 'time',
      dateStart: options.value(['datestart'], parseDate),
      dateStop: options.value(['datestop'], parseDate),
      dayStart,
      dayStop,
      monthDays: readDays(options, 'monthdays', 31, parseDay),
      weekDays: readDays(options, 'weekdays', 7, parseWeekDay),
      contiguous,
      kernelTimezone: options.flag('kerneltz', 'localtz'),
    })
  },
  print: (match) =>
    words(
      !wholeDay(match) && `--timestart ${formatTime(match.dayStart)} --timestop ${formatTime(match.dayStop)}`,
      match.monthDays && `--monthdays ${match.monthDays.join(',')}`,
      match.weekDays && `--weekdays ${match.weekDays.map((day) => WEEK[day - 1]).join(',')}`,
      match.dateStart && `--datestart ${match.dateStart}`,
      match.dateStop && `--datestop ${match.dateStop}`,
      match.kernelTimezone && '--kerneltz',
      match.contiguous && '--contiguous',
    ),
  decide(match) {
    const always =
      wholeDay(match) && !match.monthDays && !match.weekDays && !match.dateStart && (!match.dateStop || match.dateStop === END_OF_TIME)
    return always || unknown('when the packet comes is not known')
  },
  explain: (match) =>
    words(
      'comes',
      !wholeDay(match) && `between ${formatTime(match.dayStart)} and ${formatTime(match.dayStop)}`,
      match.weekDays && `on ${match.weekDays.map((day) => WEEK[day - 1]).join(', ')}`,
      match.monthDays && `on day ${match.monthDays.join(', ')} of the month`,
      match.dateStart && `from ${match.dateStart}`,
      match.dateStop && `until ${match.dateStop}`,
    ),
}
