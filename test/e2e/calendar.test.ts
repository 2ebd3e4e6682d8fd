import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { CalendarEvents } from '../../src/api/schemas/calendar-events.ts';
import { accounts, withoutQuotas } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import {
  addNamedLead,
  at,
  button,
  drag,
  drawn,
  gone,
  plan,
  showCalendars,
  TUESDAY,
} from '../support/calendar-page.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 10_000;

let stack: Stack;
let browser: Browser;
let database: Database;
let tenantId: Person['tenantId'];

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, sandbox: { switches: withoutQuotas } });
  tenantId = await stack.addTenant();
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await database?.end();
  await stack?.stop();
});

/** Somebody with an account at each of the providers that are named. */
async function addPerson(name: string, ...providers: ('google' | 'outlook')[]): Promise<Person> {
  const person = await stack.addPerson({ tenantId, name });
  for (const provider of providers) {
    const domain = provider === 'google' ? 'northwind' : 'northwind.onmicrosoft';
    const email = `${name.split(' ')[0]?.toLowerCase()}.${randomUUID().slice(0, 4)}@${domain}.sandbox`;
    const known = stack.sandbox.world.findAccount(provider, accounts[provider]);
    const account = { name, kind: 'work', timeZone: 'Europe/Berlin' } as const;
    stack.sandbox.addAccount({ provider, email, ...account, tenantId: known?.tenantId ?? null });
    await stack.connect(person, provider, email);
  }
  return person;
}

const read = (person: Person, id: string) => person.client.get<Activity>(`/api/activities/${id}`);

async function openAs(
  person: Person,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  return openSignedIn({ browser, stack, person: person }, path, {
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1440, height: 900 },
    ...options,
  });
}

/** How high an hour and how wide a day is on the screen. */
async function measure(page: Page): Promise<{ hour: number; day: number }> {
  const [monday, tuesday, hour] = await Promise.all([
    page.locator('[data-weekday=Mon]').boundingBox(),
    page.locator('[data-weekday=Tue]').boundingBox(),
    drawn(page, 'One hour').boundingBox(),
  ]);
  return { day: (tuesday?.x ?? 0) - (monday?.x ?? 0), hour: Math.round((hour?.height ?? 0) + 1) };
}

test('an event is dragged and stretched, is so in the calendars, and undo takes it back', async () => {
  const anna = await addPerson('Anna Berg', 'google');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  await plan(anna, lead, 'One hour', at('2031-03-17', '12:00-13:00'));
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  const { day, hour } = await measure(page);

  await drag(page, 'Visit', { x: day, y: 2 * hour });
  await page.getByText('“Visit” is now Wed 19 Mar, 11:00').waitFor();
  expect(await read(anna, id)).toMatchObject({
    start: '2031-03-19T11:00:00',
    end: '2031-03-19T12:00:00',
  });
  await expect
    .poll(async () => (await read(anna, id)).copies.map(({ state }) => state), { timeout: SOON_MS })
    .toEqual(['synced']);

  await drag(page, 'Visit', { y: hour }, 'edge');
  await page.getByText('“Visit” is now Wed 19 Mar, 11:00–13:00').waitFor();
  expect(await read(anna, id)).toMatchObject({
    start: '2031-03-19T11:00:00',
    end: '2031-03-19T13:00:00',
  });

  await button(page, 'Undo').last().click();
  await page.getByText('“Visit” is back where it was.').waitFor();
  expect(await read(anna, id)).toMatchObject({
    start: '2031-03-19T11:00:00',
    end: '2031-03-19T12:00:00',
  });
  await page.context().close();
});

test('what cannot be saved snaps back, and says why', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  await plan(anna, lead, 'One hour', at('2031-03-17', '12:00-13:00'));
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  const { day } = await measure(page);
  const before = await drawn(page, 'Visit').boundingBox();
  // Changed by somebody else, which this page has not heard of.
  await page.route('**/api/calendar/events*', (route) => route.abort());
  await anna.client.send('PATCH', `/api/activities/${id}`, { version: 1, location: 'Lyon' });
  await drag(page, 'Visit', { x: day });
  await page.getByText('“Visit” stays where it was. It was changed meanwhile').waitFor();
  await expect.poll(async () => (await drawn(page, 'Visit').boundingBox())?.x).toBe(before?.x);
  expect(await read(anna, id)).toMatchObject({ start: `${TUESDAY}T09:00:00`, location: 'Lyon' });
  await page.context().close();
});

test('of a series it is asked which ones are meant, and cancel leaves all as they were', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  await plan(anna, lead, 'One hour', at('2031-03-17', '12:00-13:00'));
  const recurrence = { rules: ['FREQ=WEEKLY;BYDAY=TU'] };
  await plan(anna, lead, 'Weekly', { ...at('2031-03-11', '09:00-10:00'), recurrence });
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Weekly').waitFor();
  const { day, hour } = await measure(page);
  const starts = async () => {
    const query = 'from=2031-03-09T00:00:00Z&to=2031-03-30T00:00:00Z';
    const { events } = await anna.client.get<CalendarEvents>(`/api/calendar/events?${query}`);
    return events.filter(({ title }) => title === 'Weekly').map(({ start }) => start.slice(5, 16));
  };
  const question = page.getByRole('dialog', { name: 'Change which ones?' });

  await drag(page, 'Weekly', { x: day });
  await question.waitFor();
  await page.keyboard.press('Escape');
  await gone(page);
  expect(await starts()).toEqual(['03-11T09:00', '03-18T09:00', '03-25T09:00']);

  await drag(page, 'Weekly', { x: day });
  await question.getByRole('button', { name: 'Save' }).click();
  await gone(page);
  await page.getByText('“Weekly” is now Wed 19 Mar').waitFor();
  expect(await starts()).toEqual(['03-11T09:00', '03-19T09:00', '03-25T09:00']);
  await button(page, 'Undo').last().click();
  await page.getByText('“Weekly” is back where it was.').waitFor();
  expect(await starts()).toEqual(['03-11T09:00', '03-18T09:00', '03-25T09:00']);

  await page.goto(`${stack.url}/calendar?view=week&date=2031-03-11`);
  await drawn(page, 'Weekly').waitFor();
  await drag(page, 'Weekly', { y: 2 * hour });
  await question.getByRole('radio', { name: 'All of the series' }).check();
  await question.getByRole('button', { name: 'Save' }).click();
  await gone(page);
  // The one that was moved and moved back is an event of its own, and has its own time.
  await expect.poll(starts).toEqual(['03-11T11:00', '03-18T11:00', '03-25T11:00']);
  await page.context().close();
});

test('before guests are mailed of a move it is asked, and they need not be told', async () => {
  const anna = await addPerson('Anna Berg', 'google');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  await plan(anna, lead, 'One hour', at('2031-03-17', '12:00-13:00'));
  const attendees = [{ email: 'guest@elsewhere.example' }];
  const { id } = await plan(anna, lead, 'Visit', { ...at(TUESDAY, '09:00-10:00'), attendees });
  const states = async () => (await read(anna, id)).copies.map(({ state }) => state);
  await expect.poll(states, { timeout: SOON_MS }).toEqual(['synced']);
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  const { day } = await measure(page);
  await drag(page, 'Visit', { x: day });
  const question = page.getByRole('dialog', { name: 'Change this event?' });
  await question.getByText('“Visit” is moved to Wed 19 Mar, 09:00').waitFor();
  await question.getByRole('checkbox', { name: 'Tell guests by mail' }).uncheck();
  await question.getByRole('button', { name: 'Save' }).click();
  await gone(page);
  expect(await read(anna, id)).toMatchObject({ start: '2031-03-19T09:00:00' });
  await page.context().close();
});

test('a click on a free hour begins an event there, with the lead that is chosen', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Xaver Unique');
  await plan(anna, lead, 'One hour', at('2031-03-17', '12:00-13:00'));
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'One hour').waitFor();
  const { day, hour } = await measure(page);
  const box = await drawn(page, 'One hour').boundingBox();
  if (!box) throw new Error('nothing is drawn');
  await page.mouse.click(box.x + day + 10, box.y + 2 * hour + 3);
  await page.getByLabel('Title', { exact: true }).fill('Fresh');
  expect(await page.getByLabel('Start date', { exact: true }).inputValue()).toBe(
    'Tue, 18 Mar 2031',
  );
  expect(await page.getByLabel('Start time').inputValue()).toBe('14:00');
  await button(page, 'Save').click();
  await page.getByText('Choose the lead it is with.').waitFor();
  await page.getByRole('combobox', { name: 'Lead' }).fill('xaver');
  await page.getByRole('option', { name: 'Xaver Unique' }).click();
  await button(page, 'Save').click();
  await gone(page);
  await drawn(page, 'Fresh').waitFor();
  const { events } = await anna.client.get<CalendarEvents>(
    '/api/calendar/events?from=2031-03-17T00:00:00Z&to=2031-03-20T00:00:00Z',
  );
  expect(events.find(({ title }) => title === 'Fresh')).toMatchObject({
    lead: { id: lead, name: 'Xaver Unique' },
    start: `${TUESDAY}T14:00:00`,
    end: `${TUESDAY}T15:00:00`,
  });
  await page.context().close();
});

test('with the keyboard an event is opened, edited and deleted, and a deletion taken back', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openAs(anna, `/calendar?view=month&date=${TUESDAY}`);
  const keys = page.keyboard;
  await drawn(page, 'Visit').waitFor();
  expect(await drawn(page, 'Visit').innerText()).toContain('With Carla Fontaine');
  await drawn(page, 'Visit').focus();
  await keys.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Visit' });
  await dialog.getByRole('button', { name: 'Edit' }).press('Enter');
  await page.getByLabel('Title', { exact: true }).fill('Long visit');
  await keys.press('Enter');
  await gone(page);
  await drawn(page, 'Long visit').focus();
  await keys.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).press('Enter');
  await page.getByRole('dialog', { name: 'Delete this event?' }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).press('Enter');
  await gone(page);
  await expect.poll(() => button(page, /Long visit/).count()).toBe(0);
  await button(page, 'Undo').last().press('Enter');
  await drawn(page, 'Long visit').waitFor();
  expect((await read(anna, id)).title).toBe('Long visit');
  await page.context().close();
});

test('a hidden calendar stays hidden in this browser, and a colleague’s details are nowhere', async () => {
  const anna = await addPerson('Anna Berg', 'google');
  const ben = await addPerson('Ben Okafor');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  await plan(ben, lead, 'canary', at(TUESDAY, '11:00-12:00'));
  const states = async () => (await read(anna, id)).copies.map(({ state }) => state);
  await expect.poll(states, { timeout: SOON_MS }).toEqual(['synced']);
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  await showCalendars(page);
  const own = page.getByRole('region', { name: 'Your calendars' }).getByRole('checkbox').first();
  await own.uncheck();
  await expect.poll(() => button(page, /Visit/).count()).toBe(0);
  await page.getByText('Every calendar with events here is hidden.').waitFor();
  const answered = page.waitForResponse((one) => one.url().includes('/busy'));
  await page.getByRole('checkbox', { name: 'Ben Okafor' }).last().check();
  const busy = await (await answered).text();
  expect(busy).toContain('"start"');
  expect(busy).not.toContain('canary');
  await page.reload();
  await expect.poll(() => own.isChecked()).toBe(false);
  await own.check();
  await drawn(page, 'Visit').waitFor();
  await page.context().close();
});

/** As the server tells every open page of the company: so often at once, each a little otherwise. */
const tellPages = (count: number) =>
  database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', 'activities', 'n', n)::text)
     from generate_series(1, $2::int) n`,
    [tenantId, count],
  );

test('a burst of notices costs a few looks, and what the last one was about is not missed', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  // Answers that were right when they were given, and are on their way for a while.
  let asked = 0;
  await page.route('**/api/calendar/events?*', async (route) => {
    asked++;
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await route.fulfill({ response });
  });
  await tellPages(50);
  await expect.poll(() => asked).toBe(1);
  // Told of by one more notice, while the first look is under way.
  await anna.client.send('PATCH', `/api/activities/${id}`, { version: 1, title: 'Renamed' });
  await drawn(page, 'Renamed').waitFor();
  await page.waitForTimeout(1_500);
  expect(asked).toBeLessThanOrEqual(3);
  await page.context().close();
});

test('what is changed elsewhere is drawn without a reload', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  const { id } = await plan(anna, lead, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').waitFor();
  await anna.client.send('PATCH', `/api/activities/${id}`, { version: 1, title: 'Renamed' });
  await drawn(page, 'Renamed').waitFor();
  await page.context().close();
});

/** Rows as many imports leave them. */
async function addMany(person: Person, lead: string, count: number): Promise<void> {
  const { id } = await plan(person, lead, 'Seed', at('2031-03-01', '08:00-09:00'));
  await database.query(
    `insert into calendar_events (tenant_id, id, owner_id, lead_id, title, is_all_day, start_local,
       end_local, time_zone, starts_at, ends_at, description, location, visibility, show_as, status,
       version, created_at, updated_at)
     select tenant_id, gen_random_uuid(), owner_id, lead_id, 'Event ' || n, false,
       start_local + n * interval '8 minutes',
       end_local - interval '30 minutes' + n * interval '8 minutes',
       time_zone, starts_at + n * interval '8 minutes', ends_at - interval '30 minutes' + n * interval '8 minutes',
       '', 'Room ' || n % 9, visibility, show_as, status, 1, now(), now()
     from calendar_events, generate_series(1, $2::int) n where id = $1`,
    [id, count],
  );
}

/**
 * The longest that the page's thread was busy at a stretch, in milliseconds of the processor's time, so
 * that what else the machine does is not in it: no click waits longer than that to be answered.
 */
async function measureLongest(page: Page, act: () => Promise<unknown>): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await act();
  // What follows is drawn in pieces.
  await page.waitForTimeout(800);
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as {
    traceEvents: {
      name: string;
      pid: number;
      tid: number;
      tdur?: number;
      args: { name?: string };
    }[];
  };
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) =>
      name.endsWith('RunTask') && threads.some((one) => one.pid === pid && one.tid === tid),
  );
  expect(tasks.length).toBeGreaterThan(0);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

test('with 5,000 events in a month nothing keeps the page busy for 100 ms', async () => {
  const anna = await addPerson('Anna Berg');
  const lead = await addNamedLead(anna, 'Carla Fontaine');
  await addMany(anna, lead, 4_999);
  const page = await openAs(anna, `/calendar?view=month&date=${TUESDAY}`);
  const one = button(page, /Event 300\b/).first();
  await one.waitFor();
  const { events } = await anna.client.get<CalendarEvents>(
    '/api/calendar/events?from=2031-02-24T00:00:00Z&to=2031-04-08T00:00:00Z',
  );
  expect(events).toHaveLength(5_000);
  await showCalendars(page);
  const own = page.getByRole('checkbox', { name: 'Only in Kalends' });
  const heading = (name: string | RegExp) => page.getByRole('heading', { name }).waitFor();
  const steps = {
    next: async () => {
      await button(page, 'Next month').click();
      await heading('April 2031');
    },
    previous: async () => {
      await button(page, 'Previous month').click();
      await one.waitFor();
    },
    open: async () => {
      await one.click();
      await page.getByRole('dialog').getByText('Room 3').waitFor();
    },
    close: async () => {
      await page.keyboard.press('Escape');
      await gone(page);
    },
    hide: async () => {
      await own.uncheck();
      await one.waitFor({ state: 'detached' });
    },
    show: async () => {
      await own.check();
      await one.waitFor();
    },
    week: async () => {
      await page.getByText('Week', { exact: true }).click();
      await heading('17–23 March 2031');
      await button(page, /Event 2884\b/).waitFor();
    },
    day: async () => {
      await page.getByText('Day', { exact: true }).click();
      await heading(/18 March 2031/);
      await button(page, /Event 3000\b/).waitFor();
    },
    agenda: async () => {
      await page.getByText('Agenda', { exact: true }).click();
      await heading(/^18 March/);
      await button(page, /Event 3001\b/).waitFor();
    },
    month: async () => {
      await page.getByText('Month', { exact: true }).click();
      await heading('March 2031');
      await one.waitFor();
    },
  };
  // Others of the machine also slow what a thread works itself, and keep its compiler waiting: the best
  // of some rounds is the page's.
  const best: Record<string, number> = {};
  const slow = () => Object.entries(best).filter(([, ms]) => !(ms < 100));
  for (let round = 0; round === 0 || (round < 10 && slow().length > 0); round++) {
    for (const [name, step] of Object.entries(steps)) {
      best[name] = Math.min(
        best[name] ?? Number.POSITIVE_INFINITY,
        await measureLongest(page, step),
      );
    }
  }
  expect(slow()).toEqual([]);
  await page.context().close();
});
