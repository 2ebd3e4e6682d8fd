import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import type { ProviderName } from '../../../sandbox/world.ts';
import { connect } from '../oauth/support.ts';
import { ORIGIN, PEOPLE, callAs } from './support.ts';

/** What the scripts of the pages offer; they are plain JavaScript, for the browser. */
interface PersonApi {
  listCalendars(): Promise<{ id: string; name: string; canEdit: boolean; isDefault: boolean }[]>;
  listEvents(calendar: object, from: string, to: string): Promise<SeenEvent[]>;
  create(calendarId: string, draft: object): Promise<unknown>;
  update(event: SeenEvent, draft: object, scope: string): Promise<unknown>;
  remove(event: SeenEvent, scope: string): Promise<unknown>;
  respond(event: SeenEvent, answer: string): Promise<unknown>;
}

interface SeenEvent {
  title: string;
  startDate: string;
  startTime: string;
  endTime: string;
  isAllDay: boolean;
  seriesId: string | null;
  canEdit: boolean;
  answer: string | null;
  guests: { email: string; answer: string }[];
}

const assets = new URL('../../../sandbox/people/assets/', import.meta.url).href;
const { createGoogleApi } = await import(`${assets}google-api.js`);
const { createOutlookApi } = await import(`${assets}outlook-api.js`);
const { makeDraft, draftOf, moveDraft } = await import(`${assets}event-dialog.js`);

const BEN = {
  google: 'ben@northwind.sandbox',
  outlook: 'ben@northwind.onmicrosoft.sandbox',
} as const;
const providers = ['google', 'outlook'] as const;

function openPage(sandbox: Sandbox, provider: ProviderName, email: string = PEOPLE[provider]) {
  const call = async (method: string, path: string, options: object = {}) => {
    const response = await callAs(sandbox, provider, method, path, { ...options, email });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const create = provider === 'google' ? createGoogleApi : createOutlookApi;
  const api = create(call, { timeZone: 'Europe/Berlin', email }) as PersonApi;
  return {
    ...api,
    async defaultCalendar() {
      const calendars = await api.listCalendars();
      const calendar = calendars.find(({ isDefault }) => isDefault);
      if (!calendar) throw new Error('no default calendar');
      return calendar;
    },
    /** The week of 23 November 2026, in order. */
    async look() {
      const events = await api.listEvents(await this.defaultCalendar(), '2026-11-23', '2026-11-30');
      return events.sort((a, b) =>
        `${a.startDate}${a.startTime}`.localeCompare(`${b.startDate}${b.startTime}`),
      );
    },
    async add(changed: object) {
      const draft = { ...makeDraft('2026-11-23', 9 * 60), title: 'Stand-up', ...changed };
      await api.create((await this.defaultCalendar()).id, draft);
    },
  };
}

const times = (events: SeenEvent[]) =>
  events.map(({ startDate, startTime, title }) => `${startDate} ${startTime} ${title}`);

const daily = { repeat: 'daily', count: 5 };

test.each(providers)('at %s a person sees what they made, at their own time', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add({ title: 'Lunch', location: 'Here', description: 'Bring <b>salt</b>' });
  await page.add({ title: 'Fair', isAllDay: true, endDate: '2026-11-24' });
  const events = await page.look();
  expect(times(events)).toEqual(['2026-11-23  Fair', '2026-11-23 09:00 Lunch']);
  expect(events[0]).toMatchObject({ isAllDay: true, endDate: '2026-11-24' });
  expect(events[1]).toMatchObject({
    endTime: '10:00',
    location: 'Here',
    canEdit: true,
    answer: null,
  });
});

test.each(providers)('at %s a move changes the time and nothing else', async (provider) => {
  const sandbox = createSandbox();
  const page = openPage(sandbox, provider);
  await page.add({ title: 'Lunch', location: 'Here' });
  const [event] = await page.look();
  await page.update(event as SeenEvent, moveDraft(event, '2026-11-25', 13 * 60 + 30), 'one');
  const [moved] = await page.look();
  expect(moved).toMatchObject({
    title: 'Lunch',
    location: 'Here',
    startDate: '2026-11-25',
    startTime: '13:30',
    endTime: '14:30',
  });
});

test.each(providers)('at %s one occurrence is edited and deleted alone', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add(daily);
  const [, second, third] = await page.look();
  await page.update(second as SeenEvent, { ...draftOf(second), title: 'Retro' }, 'one');
  await page.remove(third as SeenEvent, 'one');
  expect(times(await page.look())).toEqual([
    '2026-11-23 09:00 Stand-up',
    '2026-11-24 09:00 Retro',
    '2026-11-26 09:00 Stand-up',
    '2026-11-27 09:00 Stand-up',
  ]);
});

test.each(providers)('at %s all occurrences move together', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add(daily);
  const [, second] = await page.look();
  const draft = { ...moveDraft(second, '2026-11-24', 11 * 60), title: 'Late stand-up' };
  await page.update(second as SeenEvent, draft, 'all');
  expect(times(await page.look())).toEqual(
    [23, 24, 25, 26, 27].map((day) => `2026-11-${day} 11:00 Late stand-up`),
  );
});

test.each(providers)('at %s this and following become another series', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add(daily);
  const third = (await page.look())[2] as SeenEvent;
  await page.update(
    third,
    { ...moveDraft(third, '2026-11-25', 15 * 60), title: 'Tea' },
    'following',
  );
  const events = await page.look();
  expect(times(events)).toEqual([
    '2026-11-23 09:00 Stand-up',
    '2026-11-24 09:00 Stand-up',
    '2026-11-25 15:00 Tea',
    '2026-11-26 15:00 Tea',
    '2026-11-27 15:00 Tea',
  ]);
  expect(new Set(events.map(({ seriesId }) => seriesId)).size).toBe(2);
});

test.each(providers)('at %s this and following, or all, are deleted', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add(daily);
  const events = await page.look();
  await page.remove(events[2] as SeenEvent, 'following');
  const rest = await page.look();
  expect(times(rest)).toEqual(['2026-11-23 09:00 Stand-up', '2026-11-24 09:00 Stand-up']);
  await page.remove(rest[1] as SeenEvent, 'all');
  expect(await page.look()).toEqual([]);
});

test.each(providers)('at %s all that follow the first are all of them', async (provider) => {
  const page = openPage(createSandbox(), provider);
  await page.add(daily);
  const [first] = await page.look();
  const { seriesId } = first as SeenEvent;
  await page.update(first as SeenEvent, { ...draftOf(first), title: 'Tea' }, 'following');
  const renamed = await page.look();
  expect(times(renamed)).toEqual([23, 24, 25, 26, 27].map((day) => `2026-11-${day} 09:00 Tea`));
  expect(new Set(renamed.map((event) => event.seriesId))).toEqual(new Set([seriesId]));
  await page.remove(renamed[0] as SeenEvent, 'following');
  expect(await page.look()).toEqual([]);
});

test.each(providers)('at %s a guest answers, and the organizer sees it', async (provider) => {
  const sandbox = createSandbox();
  const anna = openPage(sandbox, provider);
  const ben = openPage(sandbox, provider, BEN[provider]);
  await anna.add({ title: 'Lunch', guests: [BEN[provider]] });
  const [invited] = await ben.look();
  expect(invited).toMatchObject({ title: 'Lunch', canEdit: false, answer: 'none' });
  await ben.respond(invited as SeenEvent, 'yes');
  expect((await ben.look())[0]).toMatchObject({ answer: 'yes' });
  const [own] = await anna.look();
  const answers = own?.guests.filter(({ email }) => email === BEN[provider]);
  expect(answers).toEqual([{ email: BEN[provider], answer: 'yes' }]);
});

test('the pages of people are there, name the sandbox, and hold no script but their own', async () => {
  const sandbox = createSandbox();
  const open = (path: string) => sandbox.fetch(new Request(ORIGIN + path));
  const home = await (await open('/')).text();
  for (const { provider, email } of sandbox.world.accounts) {
    const path = `/people/${provider}/${encodeURIComponent(email)}`;
    expect(home).toContain(`href="${path}"`);
    const page = await open(path);
    const product = provider === 'google' ? 'Google' : 'Outlook';
    expect(await page.text()).toContain(`Sandbox: ${product} Calendar of ${email}`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  }
  for (const path of ['/people/mails', '/people/calls', '/people/notifications']) {
    expect((await open(path)).status).toBe(200);
  }
  expect((await open('/people/assets/calendar.js')).status).toBe(200);
  expect((await open('/people/assets/..%2fpeople.ts')).status).toBe(404);
  expect((await open('/people/google/nobody@x.sandbox')).status).toBe(404);
});

test.each(providers)(
  '%s: home says whose account an application is connected to',
  async (provider) => {
    const sandbox = createSandbox();
    const email = PEOPLE[provider];
    const readCard = async () => {
      const home = await (await sandbox.fetch(new Request(`${ORIGIN}/`))).text();
      const connected = home
        .split('<li>')
        .filter((card) => card.includes('An application is connected'));
      return connected.map((card) => /href="([^"]+)"/.exec(card)?.[1]);
    };
    // The pages of people take tokens, too, and are no application.
    sandbox.issueToken({ provider, email });
    expect(await readCard()).toEqual([]);
    await connect(sandbox, provider, {}, email);
    expect(await readCard()).toEqual([`/people/${provider}/${encodeURIComponent(email)}`]);
    sandbox.revokeGrant({ provider, email });
    expect(await readCard()).toEqual([]);
  },
);

test('what people write is shown as text on the pages of mails', async () => {
  const sandbox = createSandbox();
  const page = openPage(sandbox, 'google');
  await page.add({ title: '<script>alert(1)</script>', guests: [BEN.google] });
  const mails = await (await sandbox.fetch(new Request(`${ORIGIN}/people/mails`))).text();
  expect(mails).not.toContain('<script>alert');
  expect(mails).toContain('&#60;script&#62;');
});
