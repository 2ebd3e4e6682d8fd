import { spokenWhen as words } from '../texts.ts';
import {
  firstDay,
  readUntilMonth,
  repeatReaders,
  type SpokenRepeat,
  untilMonth,
} from './read-repeat.ts';
import { anyOf, count, day, monthName, onWord, placeIn, readNumber } from './spoken-words.ts';
import {
  addDays,
  fromMinutes,
  parseDate,
  parseTime,
  toMinutes,
  type WallClock,
  weekdayOf,
} from './wall-clock.ts';

/** What a person said of when; what they left unsaid is missing. */
export interface SpokenWhen {
  date?: string;
  /** `HH:MM`, as the two below. */
  time?: string;
  endTime?: string;
  /** Minutes; of an all-day event whole days of them. */
  length?: number;
  isAllDay?: boolean;
  repeat?: SpokenRepeat;
  /** The last date on which it may begin; or how often it takes place. */
  until?: string;
  times?: number;
}

/** Longer is no time of day, and need not be looked at. */
const TEXT_MAX = 80;
const PIECES_MAX = 12;
const HOUR = 60;
const DAY = 24 * HOUR;
/** Ten years: longer is a slip of the keys. */
const DISTANCE_MAX = 3_653 * DAY;

/** While it is read: `since` is a day from which on it repeats, and need not be one of its days. */
type Said = SpokenWhen & { since?: string };
type Context = { now: WallClock; said: Said };
/** What is to be said besides, or undefined where the piece does not mean this. */
type Reader = (match: string[], context: Context) => Said | undefined;

const at = `(?:${anyOf(words.at)} )?`;
const fromWord = `(?:${anyOf(words.from)} )?`;
const toWord = `(?: ?[-–—] ?| ${anyOf(words.to)} )`;
const clock = '(\\d{1,2}(?:[:.]\\d{2})? ?(?:[ap]\\.?m?\\.?)?)(?![\\w:./])';
const nth = `${anyOf(words.ordinals)}?`;
const lastly = anyOf([...words.until, ...words.through]);
/** `9:00 until 10 June` says a day. */
const untilDay = ` ${lastly} \\d{1,2}${nth} (?:${anyOf(words.of)} )?${monthName}`;
const units = [words.minutes, words.hours, words.dayUnits, words.weeks];
const UNIT_MINUTES = [1, HOUR, DAY, 7 * DAY];
const unit = `(${anyOf(units.flat())})`;

/** Those that say a day. */
const dayReaders: [pattern: string, reader: Reader][] = [
  [`${onWord}(${anyOf(words.days.flat())})`, readDay],
  [`${onWord}(${anyOf(words.next)} |${anyOf(words.this)} )?(${day})`, readWeekday],
  [
    `${onWord}(\\d{1,2})${nth} (?:${anyOf(words.of)} )?(${monthName})(?: (\\d{4}))?`,
    ([number, name, year], { now }) => readMonthDay(now, { number, name, year }),
  ],
  [
    `${onWord}(${monthName}) (\\d{1,2})${nth}(?: (\\d{4}))?`,
    ([name, number, year], { now }) => readMonthDay(now, { number, name, year }),
  ],
  [`${onWord}(\\d{1,4}[-./]\\d{1,2}[-./]\\d{2,4})`, ([text = '']) => sayDate(parseDate(text))],
];

/** Tried in this order, each at the beginning of what is left. */
const readers: [pattern: string, reader: Reader][] = [
  [anyOf(words.allDay), () => ({ isAllDay: true })],
  ...repeatReaders,
  ...dayReaders,
  ...dayReaders.flatMap(([pattern, reader]): [string, Reader][] => [
    [
      `${anyOf(words.starting)} ${pattern}`,
      (said, context) => rename('since', reader(said, context)?.date),
    ],
    [`${lastly} ${pattern}`, (said, context) => rename('until', reader(said, context)?.date)],
  ]),
  [
    `(?:${anyOf(words.until)}|(${anyOf(words.through)})) ${untilMonth}`,
    ([through, endOf, ...month], { now }) => readUntilMonth([through ?? endOf, ...month], now),
  ],
  [`${anyOf(words.next)} ${anyOf(words.weeks)}`, (_, { now }) => sayDate(addDays(now.date, 7))],
  [`${anyOf(words.in)} ${count} ?${unit}`, readDistance],
  [
    `${anyOf(words.for)} (\\d+) ?${anyOf(words.hours)} ?(\\d{1,2})(?: ?${anyOf(words.minutes)})?`,
    ([hours, minutes]) => sayLength(Number(hours) * HOUR + Number(minutes)),
  ],
  [`${anyOf(words.for)} ${count} ?${unit}`, (said) => sayLength(minutesOf(said))],
  [`${fromWord}${at}${clock}(?!${untilDay})${toWord}${clock}`, readRange],
  [anyOf(words.noon), () => ({ time: '12:00' })],
  [anyOf(words.midnight), () => ({ time: '00:00' })],
  [`${fromWord}${at}${clock}`, readClock],
  [`${anyOf(words.at)} (\\d{1,2})(?![\\w:.])`, ([hour]) => sayTime(atHour(Number(hour)))],
  // Behind a day, and where nothing makes another of it that follows: `tue 10`, not `tue 10 nov`.
  [
    `(\\d{1,2})(?=$|,| (?:${anyOf(words.for)}|${lastly}) )`,
    ([hour], { said }) => (said.date || said.repeat ? sayTime(atHour(Number(hour))) : undefined),
  ],
];
const patterns = readers.map(([pattern, reader]) => ({
  pattern: new RegExp(`^${pattern}(?![\\p{L}\\d])`, 'u'),
  reader,
}));

/**
 * Reads `tomorrow 3pm`, `next Tuesday 10:00 for 1h`, `24 Nov 9-10:30`, `in 3 days at noon`, `every other
 * Friday 2pm until June`: a day, a time, a length and how it repeats in any order, each at most once.
 * Undefined where a word of it is not understood: half a reading would be a wrong one. `now` is the wall
 * clock of who speaks.
 */
export function readWhen(text: string, now: WallClock): SpokenWhen | undefined {
  let left = plain(text);
  if (left === '' || left.length > TEXT_MAX) return undefined;
  const said: Said = {};
  for (let pieces = 0; left !== '' && pieces < PIECES_MAX; pieces++) {
    const piece = readPiece(left, { now, said });
    if (!piece || Object.keys(piece.meant).some((name) => Object.hasOwn(said, name)))
      return undefined;
    Object.assign(said, piece.meant);
    left = left.slice(piece.length).replace(/^[ ,]+/, '');
  }
  const meant = left === '' ? begin(said, now) : undefined;
  return meant && isSound(meant) ? meant : undefined;
}

/** With the first day of what repeats. "Every Tuesday, Thursday" names two days, and means who knows what. */
function begin({ since, ...said }: Said, now: WallClock): SpokenWhen | undefined {
  const { repeat, date } = said;
  if (!repeat) return since === undefined ? said : undefined;
  const first = firstDay(repeat, { ...said, ...sayDate(since ?? date) }, now);
  if (date !== undefined && (since !== undefined || date !== first)) return undefined;
  return { ...said, ...sayDate(first) };
}

const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll('\u202f', ' ')
    .replace(/\s+/g, ' ')
    .replace(/[!.?]+$/, '')
    .trim();

function readPiece(left: string, context: Context) {
  for (const { pattern, reader } of patterns) {
    const match = pattern.exec(left);
    const meant = match && reader(match.slice(1), context);
    if (meant) return { meant, length: match[0].length };
  }
  return undefined;
}

/**
 * A length beside an end, or a time beside "all day", cannot both be meant; nor can an end of what does
 * not repeat. "Every Tuesday for six weeks" may be how long it goes on or how long each takes.
 */
function isSound(spoken: SpokenWhen): boolean {
  const { time, endTime, length, isAllDay, date, repeat, until, times } = spoken;
  if (endTime !== undefined && length !== undefined) return false;
  if (until !== undefined && times !== undefined) return false;
  if (!repeat && (until !== undefined || times !== undefined)) return false;
  if (until !== undefined && date !== undefined && until < date) return false;
  if (repeat && length !== undefined && length >= DAY) return false;
  return !(isAllDay && (time !== undefined || (length ?? DAY) % DAY !== 0));
}

const sayDate = (date: string | undefined) => (date === undefined ? undefined : { date });
const rename = (name: 'since' | 'until', date: string | undefined) =>
  date === undefined ? undefined : { [name]: date };
const sayTime = (time: string | undefined) => (time === undefined ? undefined : { time });

function readDay([word = '']: string[], { now }: Context): SpokenWhen | undefined {
  return sayDate(addDays(now.date, placeIn(words.days, word)));
}

/** `Tuesday` is the first after today, `this Tuesday` that of this week, `next Tuesday` of the next. */
function readWeekday([which = '', name = '']: string[], { now }: Context): SpokenWhen | undefined {
  const wanted = placeIn(words.weekdays, name);
  const today = weekdayOf(now.date);
  if (words.next.includes(which.trim())) return sayDate(addDays(now.date, wanted - today + 7));
  if (words.this.includes(which.trim())) return sayDate(addDays(now.date, wanted - today));
  return sayDate(addDays(now.date, ((wanted - today + 6) % 7) + 1));
}

/** `half an`, `hour`. */
function minutesOf([number = '', name = '']: string[]): number {
  return readNumber(number) * (UNIT_MINUTES[placeIn(units, name)] ?? Number.NaN);
}

function readDistance(said: string[], { now }: Context): SpokenWhen | undefined {
  const minutes = minutesOf(said);
  const start = toMinutes(now);
  if (!(minutes <= DISTANCE_MAX) || start === undefined) return undefined;
  const { date, time } = fromMinutes(start + Math.round(minutes));
  return minutes % DAY === 0 ? { date } : { date, time };
}

function sayLength(minutes: number): SpokenWhen | undefined {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 366 * DAY) return undefined;
  return { length: minutes };
}

/** A day of a month without its year is the next that comes. */
function readMonthDay(
  now: WallClock,
  { number = '', name = '', year }: { [part in 'number' | 'name' | 'year']?: string | undefined },
): SpokenWhen | undefined {
  const month = String(placeIn(words.months, name) + 1).padStart(2, '0');
  const dateIn = (one: string | number) => parseDate(`${one}-${month}-${number.padStart(2, '0')}`);
  if (year) return sayDate(dateIn(year));
  const thisYear = Number(now.date.slice(0, 4));
  // A 29th of February is at most eight years off.
  const dates = Array.from({ length: 9 }, (_, index) => dateIn(thisYear + index));
  return sayDate(dates.find((date) => date !== undefined && date >= now.date));
}

/** `3-4pm`: the half of the day is said once. */
function readRange([from = '', to = '']: string[]): SpokenWhen | undefined {
  const endTime = parseTime(to);
  const half = /[ap]/.exec(to)?.[0];
  const own = parseTime(from);
  const shared = half && !/[ap]/.test(from) ? parseTime(`${from.trim()}${half}`) : undefined;
  if (own === undefined || endTime === undefined) return undefined;
  return { time: shared !== undefined && shared <= endTime ? shared : own, endTime };
}

/** A number alone is no time yet: it may become a day of a month. */
function readClock([text = '']: string[]): SpokenWhen | undefined {
  return /[:.ap]/.test(text) ? sayTime(parseTime(text)) : undefined;
}

/** "At 3" is said of the afternoon, among people who work by day. */
function atHour(hour: number): string | undefined {
  return parseTime(String(hour >= 1 && hour <= 6 ? hour + 12 : hour));
}
