/** Dates are `YYYY-MM-DD`, times `HH:MM`, both as the clock on the account's wall shows them. */

const DAY_MS = 24 * 60 * 60 * 1000;

const toMs = (date) => Date.parse(`${date}T00:00:00Z`);

export const addDays = (date, count) =>
  new Date(toMs(date) + count * DAY_MS).toISOString().slice(0, 10);

export const countDays = (from, to) => Math.round((toMs(to) - toMs(from)) / DAY_MS);

/** The Monday on or before. */
export const startOfWeek = (date) => addDays(date, -((new Date(toMs(date)).getUTCDay() + 6) % 7));

export const toMinutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

export const toTime = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** The date and time now at the account's place. */
export function now(timeZone) {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(new Date());
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export const weekdayOf = (date) => WEEKDAYS[new Date(toMs(date)).getUTCDay()];

const format = (options) => {
  const formatter = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
  return (date) => formatter.format(toMs(date));
};

export const formatDay = format({ weekday: 'short', day: 'numeric' });
export const formatLongDay = format({ weekday: 'long', day: 'numeric', month: 'long' });
export const formatMonth = format({ month: 'long', year: 'numeric' });

/** `New York` for `America/New_York`. */
export const cityOf = (timeZone) => timeZone.split('/').at(-1).replaceAll('_', ' ');
