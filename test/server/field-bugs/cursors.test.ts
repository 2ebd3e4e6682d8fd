import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CalendarList } from '../../../src/api/schemas/calendars.ts';
import { getActivity } from '../../support/activities.ts';
import {
  feedOf,
  type Field,
  listActivities,
  type Mailbox,
  providers,
  startField,
  tokenEnded,
} from '../../support/field.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const titles = async ({ person }: Mailbox) =>
  (await listActivities(person)).map(({ title }) => title).sort();
const states = async ({ person }: Mailbox) =>
  (await listActivities(person)).map(({ title, status }) => `${title} ${status}`).sort();

/** Wall-clock times in Berlin, so many days from the field's now. */
function inDays(days: number): { start: string; end: string } {
  const date = new Date(field.now() + days * DAY_MS).toISOString().slice(0, 10);
  return { start: `${date}T09:00`, end: `${date}T10:00` };
}

describe.each(providers)('%s', (provider) => {
  test('[F3] a calendar whose token always ends is listed anew once per cool-down', async () => {
    const mailbox = await field.addConnected(provider);
    await mailbox.there.create({ title: 'Holiday' });
    const asked = field.fail(feedOf[provider].since, tokenEnded[provider], { times: 'always' });
    const listings = field.fail(
      feedOf[provider].whole,
      { kind: 'delay', delayMs: 0 },
      { times: 'always' },
    );
    await mailbox.syncNow();
    await field.sync(0);
    expect(listings()).toBe(1);
    // Somebody who presses the button every minute does not hurry it.
    for (let minute = 0; minute < 12; minute++) {
      await mailbox.syncNow();
      await field.sync(MINUTE_MS);
    }
    expect(listings()).toBe(1);
    // Nor is a token that is known to have ended.
    expect(asked()).toBeLessThanOrEqual(2);
    expect(await titles(mailbox)).toEqual(['Holiday']);
    for (let quarter = 0; quarter < 4; quarter++) await field.sync(16 * MINUTE_MS);
    expect(listings()).toBeLessThanOrEqual(5);
    expect(await states(mailbox)).toEqual(['Holiday confirmed']);
  });

  test('[F3] and one that always ends while it is listed is not asked again and again', async () => {
    const mailbox = await field.addConnected(provider);
    const ended = tokenEnded[provider];
    field.fail(feedOf[provider].since, ended, { times: 'always' });
    const listings = field.fail(feedOf[provider].whole, ended, { times: 'always' });
    for (let minute = 0; minute < 12; minute++) {
      await mailbox.syncNow();
      await field.sync(MINUTE_MS);
    }
    expect(listings()).toBe(1);
    expect((await mailbox.calendar()).problem).toMatch(/read the whole calendar again/);
    field.stack.sandbox.faults.clear();
    await field.sync(16 * MINUTE_MS);
    expect((await mailbox.calendar()).problem).toBeNull();
  });

  test('[F4] three calendars of three pages each, empty ones among them, all come in by their own bookmarks', async () => {
    const mailbox = await field.addMailbox(provider);
    const { there, person } = mailbox;
    const isGoogle = provider === 'google';
    const more: string[] = [];
    for (const name of ['Second', 'Third']) {
      const made = isGoogle
        ? await there.call('POST', '/calendar/v3/calendars', { summary: name })
        : await there.call('POST', '/v1.0/me/calendars', { name });
      more.push(String(made['id']));
    }
    const at = { dateTime: '2027-01-12T09:00:00', timeZone: 'Europe/Berlin' };
    const until = { ...at, dateTime: '2027-01-12T10:00:00' };
    const add = (calendarId: string | null, title: string) => {
      if (calendarId === null) return there.create({ title });
      const path = encodeURIComponent(calendarId);
      const body = { start: at, end: until, [isGoogle ? 'summary' : 'subject']: title };
      return isGoogle
        ? there.call('POST', `/calendar/v3/calendars/${path}/events`, body)
        : there.call('POST', `/v1.0/me/calendars/${path}/events`, body);
    };
    const wanted = [];
    for (const [index, calendarId] of [null, ...more].entries()) {
      for (let event = 0; event < 6; event++) {
        const title = `${index}-${event}`;
        await add(calendarId, title);
        wanted.push(title);
      }
    }
    field.stack.sandbox.setSwitch('google.emptyPageEvery', 1);
    field.between({
      request: (request) => ({
        ...request,
        url: request.url.replace('maxResults=2500', 'maxResults=2'),
        headers: JSON.parse(
          JSON.stringify(request.headers ?? {}).replace('maxpagesize=500', 'maxpagesize=2'),
        ) as Record<string, string>,
      }),
    });
    await mailbox.connect();
    const path = `/api/calendar/connections/${(await mailbox.connection()).id}/calendars`;
    const { calendars } = await person.client.get<CalendarList>(path);
    // Outlook's birthdays and holidays are there, too.
    const own = calendars.filter((one) => one.can_write);
    expect(own).toHaveLength(3);
    for (const { id } of own) {
      await person.client.send('PATCH', `${path}/${id}`, { direction: 'both' });
    }
    const watch = mailbox.watch();
    await field.sync();
    expect(watch.reads().length).toBeGreaterThan(9);
    expect(await titles(mailbox)).toEqual(wanted);
    // What is new since then fills pages, too.
    for (const [index, calendarId] of [null, ...more].entries()) {
      for (let event = 6; event < 11; event++) {
        const title = `${index}-${event}`;
        await add(calendarId, title);
        wanted.push(title);
      }
    }
    await field.sync();
    await field.sync();
    field.stack.sandbox.setSwitch('google.emptyPageEvery', 0);
    expect(await titles(mailbox)).toEqual(wanted.sort());
    const rows = await field.query<{ sync_token: string }>(
      'select distinct sync_token from calendars where tenant_id = $1 and sync_token is not null',
      [person.tenantId],
    );
    expect(rows).toHaveLength(3);
  });

  test('[F6] a deletion that the feed never told is found by the weekly listing', async () => {
    const mailbox = await field.addConnected(provider);
    const gone = await mailbox.there.create({ title: 'Gone' });
    await mailbox.there.create({ title: 'Stays' });
    await field.sync();
    await mailbox.there.remove(gone);
    const kept = field.fail(feedOf[provider].since, { kind: 'truncate-listing', keep: 0 });
    await field.sync();
    expect(kept()).toBe(1);
    await field.sync();
    expect(await states(mailbox)).toEqual(['Gone confirmed', 'Stays confirmed']);
    await field.sync(9 * DAY_MS);
    expect(await states(mailbox)).toEqual(['Gone cancelled', 'Stays confirmed']);
  });

  test('[F7] a calendar that could not be read for a day says so, and why', async () => {
    const mailbox = await field.addConnected(provider);
    const frozen = { kind: 'status', status: 503 } as const;
    field.fail(feedOf[provider].since, frozen, { times: 'always' });
    const { last_pulled_at } = await mailbox.calendar();
    for (let round = 0; round < 4; round++) await field.sync();
    expect((await mailbox.calendar()).last_pulled_at).toBe(last_pulled_at);
    // As if the test had begun a day ago: the pages' clock is the real one.
    await field.query(
      `update calendars set last_pulled_at = now() - interval '25 hours' where tenant_id = $1`,
      [mailbox.person.tenantId],
    );
    expect(await mailbox.calendar()).toMatchObject({
      is_quiet: true,
      problem: expect.stringContaining('more than a day'),
    });
    const { person } = mailbox;
    const runs = await person.client.get<{ runs: { error: string | null }[] }>(
      `/api/calendar/connections/${(await mailbox.connection()).id}/runs`,
    );
    expect(runs.runs[0]?.error).toContain('does not answer');
  });
});

test('[F5] outlook: SyncStateNotFound begins a round over a window that has moved on, and nothing is lost', async () => {
  const mailbox = await field.addConnected('outlook');
  const { there } = mailbox;
  const near = await there.create({ title: 'Near', ...inDays(10) });
  await there.create({ title: 'Soon to be seen', ...inDays(403) });
  await field.sync();
  expect(await titles(mailbox)).toEqual(['Near']);
  const windowStart = async () =>
    (
      await field.query<{ window_start: Date }>(
        'select window_start from calendars where tenant_id = $1 and is_write_target',
        [mailbox.person.tenantId],
      )
    )[0]?.window_start ?? new Date(0);
  const before = await windowStart();
  await there.edit(near, { title: 'Near, edited' });
  const ended = field.fail(feedOf.outlook.since, tokenEnded.outlook);
  // Before the week is over, after which the whole window is listed in any case.
  await field.sync(4 * DAY_MS);
  expect(ended()).toBe(1);
  expect(await titles(mailbox)).toEqual(['Near, edited', 'Soon to be seen']);
  expect((await windowStart()).getTime() - before.getTime()).toBeGreaterThan(3 * DAY_MS);
});

test('[F6] outlook: an event moved out of the window is moved here, not deleted', async () => {
  const mailbox = await field.addConnected('outlook');
  const id = await mailbox.there.create({ title: 'Far', ...inDays(10) });
  await field.sync();
  const [activity] = await listActivities(mailbox.person);
  const far = inDays(700);
  await mailbox.there.edit(id, far);
  await field.sync();
  expect(await getActivity(mailbox.person, activity?.id ?? '')).toMatchObject({
    status: 'confirmed',
    start: `${far.start}:00`,
  });
  // Nor does a whole listing take it for gone.
  await field.sync(9 * DAY_MS);
  expect(await states(mailbox)).toEqual(['Far confirmed']);
  expect(await mailbox.live()).toEqual(['Far']);
});
