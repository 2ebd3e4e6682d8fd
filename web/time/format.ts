/** Instants, dates and ranges in the viewer's language. Formatters are costly to make, so kept. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(undefined, options);
    formatters.set(key, formatter);
  }
  return formatter;
}

/** Where the day has 24 hours, every hour has two digits: left to themselves, languages mix 9:00 and 09:00. */
const isWholeDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric' })
  .resolvedOptions()
  .hourCycle?.startsWith('h2');
const clock = { hour: isWholeDay ? '2-digit' : 'numeric', minute: '2-digit' } as const;
/** In scripts that are read from the right, digits of theirs included. */
const FROM_RIGHT = /[\u0590-\u08ff]/;

/**
 * A text that is put in order by itself, whichever way what is around it reads: else the ends of a range
 * change places on a page from right to left (12:00–11:00). As it is where nothing reads from there.
 */
export function isolate(text: string): string {
  const isMixed = globalThis.document?.dir === 'rtl' || FROM_RIGHT.test(text);
  return isMixed ? `\u2068${text}\u2069` : text;
}

/** Has the 29th of February. */
const LEAP_YEAR = 2024;
const shortDay = { weekday: 'short', month: 'short', day: 'numeric' } as const;

/** Noon in UTC: the same date everywhere once it is formatted in UTC. */
function atNoon(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}

/** `Tue, Nov 24, 2026` for a date without a zone. */
export function formatDate(date: string): string {
  return formatterFor({ ...shortDay, year: 'numeric', timeZone: 'UTC' }).format(atNoon(date));
}

/** `9:00 AM` for a wall-clock time. */
export function formatTime(time: string): string {
  return formatterFor({ ...clock, timeZone: 'UTC' }).format(new Date(`2026-01-01T${time}:00Z`));
}

/** `Tue, Nov 24 – Wed, Nov 25`, both dates included; with years where asked. */
export function formatDateRange(
  first: string,
  last: string,
  detail: 'days' | 'years' = 'days',
): string {
  const year = detail === 'years' ? ('numeric' as const) : undefined;
  const formatter = formatterFor({ ...shortDay, year, timeZone: 'UTC' });
  return isolate(formatter.formatRange(atNoon(first), atNoon(last)));
}

/** `Tuesday, November 24, 2026`. */
export function formatLongDate(date: string): string {
  return isolate(formatterFor({ dateStyle: 'full', timeZone: 'UTC' }).format(atNoon(date)));
}

/** `November 24, 2026`, in a sentence. */
export function formatWholeDate(date: string): string {
  return isolate(formatterFor({ dateStyle: 'long', timeZone: 'UTC' }).format(atNoon(date)));
}

/** `November 24`, of every year; undefined where none has it. */
export function formatDayOfMonth(month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(LEAP_YEAR, month - 1, day, 12));
  if (date.getUTCMonth() !== month - 1) return undefined;
  return isolate(formatterFor({ month: 'long', day: 'numeric', timeZone: 'UTC' }).format(date));
}

/** `17 – 23 November 2026`, both dates included: what a calendar shows. */
export function formatSpan(first: string, last: string, month: 'long' | 'short'): string {
  const formatter = formatterFor({
    day: 'numeric',
    month,
    year: 'numeric',
    timeZone: 'UTC',
  });
  return isolate(formatter.formatRange(atNoon(first), atNoon(last)));
}

/** `9:00 – 10:00 AM`; with days, or whole dates, where asked, or where the two are on different days there. */
export function formatTimeRange(
  start: Date,
  end: Date,
  timeZone: string,
  detail: 'times' | 'days' | 'dates' = 'times',
): string {
  const year = detail === 'dates' ? ('numeric' as const) : undefined;
  const isSameDay = dayOf(start, timeZone) === dayOf(end, timeZone);
  const options = isSameDay && detail === 'times' ? clock : { ...shortDay, year, ...clock };
  return isolate(formatterFor({ ...options, timeZone }).formatRange(start, end));
}

/** `2026-11-24` as it is in a zone at an instant. */
export function dayOf(instant: Date, timeZone: string): string {
  return formatterFor({
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    calendar: 'iso8601',
    numberingSystem: 'latn',
    timeZone,
  })
    .formatToParts(instant)
    .reduce<string[]>((found, part) => {
      const place = ['year', 'month', 'day'].indexOf(part.type);
      if (place >= 0) found[place] = part.value;
      return found;
    }, [])
    .join('-');
}

/** `November 2026` for `2026-11-24`. */
export function formatMonth(date: string): string {
  return formatterFor({ month: 'long', year: 'numeric', timeZone: 'UTC' }).format(atNoon(date));
}

/** The three lines of a calendar leaf. */
export function formatLeaf(date: string): { month: string; day: string; weekday: string } {
  const part = (options: Intl.DateTimeFormatOptions) =>
    formatterFor({ ...options, timeZone: 'UTC' }).format(atNoon(date));
  return {
    month: part({ month: 'short' }),
    day: part({ day: 'numeric' }),
    weekday: part({ weekday: 'short' }),
  };
}

/** `Nov 24, 9:00 AM`, or the time alone for today. */
export function formatMoment(instant: Date, timeZone: string, now: Date): string {
  if (dayOf(instant, timeZone) === dayOf(now, timeZone)) {
    return formatterFor({ ...clock, timeZone }).format(instant);
  }
  const isSameYear = dayOf(instant, timeZone).slice(0, 4) === dayOf(now, timeZone).slice(0, 4);
  const formatter = formatterFor({
    year: isSameYear ? undefined : 'numeric',
    month: 'short',
    day: 'numeric',
    ...clock,
    timeZone,
  });
  return isolate(formatter.format(instant));
}

/** `5 minutes ago`, `in 2 hours`, and a plain moment for what is more than a week away. */
export function formatRelative(instant: Date, timeZone: string, now: Date): string {
  const seconds = Math.round((instant.getTime() - now.getTime()) / 1000);
  const formatter = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
  const size = Math.abs(seconds);
  if (size < 60) return formatter.format(seconds < 0 ? -0 : seconds, 'second');
  if (size < 3600) return formatter.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return formatter.format(Math.trunc(seconds / 3600), 'hour');
  if (size < 7 * 86_400) return formatter.format(Math.trunc(seconds / 86_400), 'day');
  return formatMoment(instant, timeZone, now);
}

/** As `formatRelative`, of what is past: the page's clock may be half a minute behind the server's word. */
export function formatAgo(instant: Date, timeZone: string, now: Date): string {
  return formatRelative(instant < now ? instant : now, timeZone, now);
}
