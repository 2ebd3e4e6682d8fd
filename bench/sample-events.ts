import type { ProviderName } from '../sandbox/sandbox.ts';

const DAY_MS = 86_400_000;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Europe/London', 'Asia/Tokyo', 'UTC'];
const NOTES =
  'What we talked about last time, and what is still open: prices, dates, the contract.';

/**
 * Events as people have them, within the window that is taken in by default: most of them timed, in
 * several zones, one in ten all-day, one in three with a guest, half of them with notes.
 */
export const bodyOf: Record<ProviderName, (index: number) => object> = {
  google(index) {
    const { date, next, zone, start, end } = timesOf(index);
    return {
      summary: `Meeting ${index} with a customer`,
      ...(index % 2 === 0 && { description: NOTES }),
      ...(index % 3 === 0 && { location: `Room ${index % 40}` }),
      ...(index % 3 === 1 && { attendees: [{ email: `guest${index % 500}@customer.example` }] }),
      ...(index % 10 === 9
        ? { start: { date }, end: { date: next } }
        : {
            start: { dateTime: start, timeZone: zone },
            end: { dateTime: end, timeZone: zone },
          }),
    };
  },
  outlook(index) {
    const { date, next, zone, start, end } = timesOf(index);
    const isAllDay = index % 10 === 9;
    const times = isAllDay ? [`${date}T00:00:00`, `${next}T00:00:00`] : [start, end];
    const [from, to] = times.map((dateTime) => ({ dateTime, timeZone: zone }));
    const guest = { emailAddress: { address: `guest${index % 500}@customer.example` } };
    return {
      subject: `Meeting ${index} with a customer`,
      ...(index % 2 === 0 && { body: { contentType: 'text', content: NOTES } }),
      ...(index % 3 === 0 && { location: { displayName: `Room ${index % 40}` } }),
      ...(index % 3 === 1 && { attendees: [{ type: 'required', ...guest }] }),
      isAllDay,
      start: from,
      end: to,
    };
  },
};

function timesOf(index: number) {
  // 80 days back to 380 days ahead, evenly.
  const day = new Date(Date.now() + (((index * 37) % 460) - 80) * DAY_MS);
  const date = day.toISOString().slice(0, 10);
  const next = new Date(day.getTime() + DAY_MS).toISOString().slice(0, 10);
  const hour = String(7 + (index % 11)).padStart(2, '0');
  return {
    date,
    next,
    zone: ZONES[index % ZONES.length] ?? 'UTC',
    start: `${date}T${hour}:00:00`,
    end: `${date}T${hour}:45:00`,
  };
}
