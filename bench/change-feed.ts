/** What it costs to read a page of a change feed, without the network, beside JSON.parse alone. */

import { answering, json, subjects } from '../test/contract/subjects.ts';

const ITEM_COUNT = 2_500;
const ROUNDS = 20;
const zones = [
  ['Europe/Berlin', 'W. Europe Standard Time'],
  ['America/New_York', 'Eastern Standard Time'],
  ['Asia/Tokyo', 'Tokyo Standard Time'],
] as const;
const description = 'What we talked about, and what comes next.\n'.repeat(8);

const pages = {
  google: {
    kind: 'calendar#events',
    nextSyncToken: 'next',
    items: list((index, start, end) => ({
      kind: 'calendar#event',
      etag: `"${index}"`,
      id: `event${index}`,
      status: 'confirmed',
      htmlLink: 'https://www.google.com/calendar/event?eid=abcdefghijklmnop',
      created: '2026-01-01T00:00:00.000Z',
      updated: '2026-01-01T00:00:00.000Z',
      summary: `Meeting ${index}`,
      description,
      location: 'Café Einstein, Berlin',
      creator: { email: 'anna@northwind.sandbox', self: true },
      organizer: { email: 'anna@northwind.sandbox', self: true },
      start: { dateTime: `${start}Z`, timeZone: zones[index % 3]?.[0] },
      end: { dateTime: `${end}Z`, timeZone: zones[index % 3]?.[0] },
      iCalUID: `event${index}@google.com`,
      sequence: 0,
      attendees: [
        { email: 'anna@northwind.sandbox', self: true, responseStatus: 'accepted' },
        { email: 'Ada@example.com', responseStatus: 'needsAction' },
      ],
      reminders: { useDefault: true },
      eventType: 'default',
    })),
  },
  outlook: {
    '@odata.deltaLink': 'http://127.0.0.1:4800/v1.0/me/calendarView/delta?$deltatoken=next',
    value: list((index, start, end) => ({
      '@odata.type': '#microsoft.graph.event',
      '@odata.etag': `W/"${index}"`,
      id: `event${index}`,
      createdDateTime: '2026-01-01T00:00:00Z',
      categories: [],
      transactionId: null,
      originalStartTimeZone: zones[index % 3]?.[1],
      originalEndTimeZone: zones[index % 3]?.[1],
      iCalUId: `040000008200E00074C5B7101A82E008${index}`,
      subject: `Meeting ${index}`,
      bodyPreview: description.slice(0, 255),
      importance: 'normal',
      sensitivity: 'normal',
      isAllDay: false,
      isOrganizer: true,
      showAs: 'busy',
      type: 'singleInstance',
      body: { contentType: 'text', content: description.replaceAll('\n', '\r\n') },
      start: { dateTime: `${start}.0000000`, timeZone: 'UTC' },
      end: { dateTime: `${end}.0000000`, timeZone: 'UTC' },
      location: { displayName: 'Café Einstein, Berlin', locationType: 'default' },
      recurrence: null,
      attendees: [
        {
          type: 'required',
          status: { response: 'none', time: '0001-01-01T00:00:00Z' },
          emailAddress: { name: 'Ada', address: 'Ada@example.com' },
        },
      ],
      organizer: { emailAddress: { name: 'Anna', address: 'anna@northwind.sandbox' } },
      onlineMeeting: null,
    })),
  },
};

for (const subject of subjects) {
  const answer = json(pages[subject.name]);
  const { provider } = answering(subject, () => answer);
  const call = { accessToken: 'token', calendarId: 'calendar' };
  const window = { start: new Date('2026-01-01'), end: new Date('2028-01-01') };
  const position = { syncToken: null, pageToken: null, window };
  const read = await measure(async () => {
    const { changes } = await provider.listChanges(call, position);
    if (changes.some(({ kind }) => kind !== 'event')) throw new Error('not all were read');
  });
  const parse = await measure(() => JSON.parse(answer.body ?? ''));
  console.log(`${subject.name}: ${read} ms per 1,000 entries; JSON.parse alone ${parse} ms`);
}

function list(make: (index: number, start: string, end: string) => object): object[] {
  return Array.from({ length: ITEM_COUNT }, (_, index) => {
    const at = Date.UTC(2026, 0, 1) + index * 5 * 3_600_000;
    const print = (ms: number) => new Date(ms).toISOString().slice(0, 19);
    return make(index, print(at), print(at + 3_600_000));
  });
}

/** The first round, which warms up, does not count; of the others the middle one does. */
async function measure(work: () => unknown): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begin);
    times.push((user + system) / 1_000);
  }
  const [middle = 0] = times
    .slice(1)
    .sort((a, b) => a - b)
    .slice(ROUNDS / 2 - 1);
  return ((middle / ITEM_COUNT) * 1_000).toFixed(2);
}
