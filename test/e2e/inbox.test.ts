import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BRAKE_REASON } from '../../src/store/brakes.ts';
import { accounts, addActivity, addLead, getActivity } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests, loseRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));

let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, env: { WEBHOOK_URL: 'off' } });
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await database?.end();
  await stack?.stop();
});
beforeEach(async () => {
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  leadId = await addLead(anna);
});

async function openAs(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  return openSignedIn({ browser, stack, person: anna }, path, options);
}

/** What the database says of a copy that asks. */
const questions = {
  conflict: `state = 'conflict', conflict = '[{"unit": "title", "winner": "local", "lost": "Their title"},
    {"unit": "when", "winner": "local", "lost": {"kind": "timed", "start": "2030-02-01T09:00:00",
    "end": "2030-02-01T10:00:00", "timeZone": "Europe/Berlin"}}]'`,
  detached: "state = 'detached', is_remote_gone = true",
  returned: "state = 'conflict', is_revived = true",
  refused: "state = 'refused', state_reason = 'The calendar did not accept it (400).'",
};

/** An event about whose copy its owner is asked. Answers its id. */
async function ask(title: string, kind: keyof typeof questions): Promise<string> {
  const { id } = await addActivity(anna, { lead_id: leadId, title });
  await waitFor(
    'its copy',
    async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
  );
  await database.query(
    `update event_links set next_attempt_at = null, ${questions[kind]} where event_id = $1`,
    [id],
  );
  await tellPages('activities');
  return id;
}

/** A calendar in which the brake holds `count` deletions. */
async function brake(count: number): Promise<void> {
  await database.query(
    `update calendars set brake = $2, next_pull_at = now() + interval '1 hour' where tenant_id = $1 and is_write_target`,
    [
      anna.tenantId,
      JSON.stringify({ count, total: 40, since: new Date().toISOString(), decision: null }),
    ],
  );
  await tellPages('connections');
}

const tellPages = (topic: string) =>
  database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', $2::text)::text)`,
    [anna.tenantId, topic],
  );

const endGrant = async () => {
  await database.query(
    `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
       state_since = now() where tenant_id = $1`,
    [anna.tenantId],
  );
  await tellPages('connections');
};

const card = (page: Page, title: string) =>
  page.getByRole('article').filter({ hasText: `“${title}”` });
test('decisions are in order where there are none, many and chosen ones, and so is what tells of them', async () => {
  const found: Record<string, string[]> = {};
  const page = await openAs('/decisions');
  const check = async (state: string) => {
    const violations = await findViolationsInEveryLook(page, `decisions, ${state}`);
    if (violations.length > 0) found[state] = violations;
  };
  await page.getByText('Nothing waits for you').waitFor();
  await check('empty');
  await ask('Offer for the northern plant', 'conflict');
  await ask('Call about the renewal of the framework agreement', 'detached');
  await ask('Lunch', 'returned');
  await ask('Site visit', 'refused');
  await brake(20);
  await card(page, 'Site visit').waitFor();
  await page.getByText('20 deletions wait').waitFor();
  await check('of every kind');
  await page.getByLabel('Select “Lunch”').check();
  await page.getByText('1 selected').waitFor();
  await page.getByLabel('Select “Site visit”').check();
  await page.getByText('These need different answers').waitFor();
  await check('different ones selected');
  await page.getByLabel('Select “Site visit”').uncheck();
  await page.getByRole('button', { name: 'Delete everywhere' }).click();
  await page.getByRole('dialog').waitFor();
  await check('deleting, asked once more');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const history = card(page, 'Site visit').getByRole('button', { name: 'History' });
  await history.click();
  await page.getByRole('dialog', { name: 'History' }).getByText('Made').waitFor();
  await check('history');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect
    .poll(() => history.evaluate((one) => one === one.ownerDocument.activeElement))
    .toBe(true);
  await endGrant();
  await page.goto(`${stack.url}/leads/${leadId}`);
  await page.getByText('5 decisions wait for you.').waitFor();
  await page.getByText('needs to be reconnected').waitFor();
  await check('told on a lead');
  expect(found).toEqual({});
  await page.context().close();
});

test('[U13] how much waits stands in the navigation and over every page, live, and nothing where nothing does', async () => {
  const page = await openAs('/leads');
  await page.getByRole('link', { name: 'Carla' }).first().waitFor();
  const link = page.getByRole('link', { name: /^Decisions/ });
  expect(await link.innerText()).toBe('Decisions');
  expect(await page.getByText('waits for you').count()).toBe(0);

  const id = await ask('Site visit', 'detached');
  await page.getByText('1 decision waits for you.').waitFor();
  await page.getByRole('link', { name: 'Decisions 1 waiting' }).waitFor();
  await ask('Lunch', 'refused');
  await page.getByText('2 decisions wait for you.').waitFor();
  // Settled by somebody else's hand, or in another window.
  await anna.client.send('DELETE', `/api/activities/${id}`);
  await page.getByText('1 decision waits for you.').waitFor();
  await page.getByRole('link', { name: 'Decide' }).click();
  await page.getByRole('heading', { name: 'did not accept “Lunch”' }).waitFor();
  expect(await page.getByText('waits for you.').count()).toBe(0);
  await card(page, 'Lunch').getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Nothing waits for you').waitFor();
  await expect.poll(() => link.innerText()).toBe('Decisions');
  await page.context().close();
});

test('a connection that ended is told over every page but its own, until it is reconnected', async () => {
  const page = await openAs('/healthz');
  // A change before the page has its line is not told to it.
  const line = page.waitForResponse('**/api/stream');
  await page.goto(`${stack.url}/decisions`);
  await line;
  await page.getByText('Nothing waits for you').waitFor();
  await endGrant();
  const told = page.getByText(`Google (${accounts.google}) needs to be reconnected.`);
  await told.waitFor();
  await page.goto(`${stack.url}/leads/${leadId}`);
  await told.waitFor();
  await page.getByRole('link', { name: 'Open settings' }).click();
  await page.getByRole('heading', { name: 'System Settings' }).waitFor();
  await page.getByRole('button', { name: 'Reconnect' }).waitFor();
  expect(await told.count()).toBe(0);
  await page.goto(`${stack.url}/leads`);
  await told.waitFor();
  await stack.connect(anna, 'google', accounts.google);
  await told.waitFor({ state: 'detached' });
  await page.context().close();
});

test('a second connection that waits for its start is told over every page, and comes first in the settings', async () => {
  await stack.connect(anna, 'outlook', accounts.outlook, { isStarted: false });
  const page = await openAs(`/leads/${leadId}`);
  const told = page.getByText(`Outlook (${accounts.outlook}) waits for your start.`);
  await told.waitFor();
  await page.getByRole('link', { name: 'Look at the counts' }).click();
  const first = page.getByRole('article').first();
  await first.getByText('Waits for your start').waitFor();
  const heading = first.getByRole('heading', { name: accounts.outlook });
  await expect
    .poll(() => heading.evaluate((one) => one === one.ownerDocument.activeElement))
    .toBe(true);
  expect(await told.count()).toBe(0);
  await first.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText(`Outlook (${accounts.outlook}) is started: events come in`).waitFor();
  await first.getByText('Connected', { exact: true }).waitFor();
  await heading.waitFor();
  await page.context().close();
});

test('[U13] each question is answered by the button under a version, and the focus stays on the page', async () => {
  const ids = {
    conflict: await ask('Offer', 'conflict'),
    detached: await ask('Call', 'detached'),
    returned: await ask('Lunch', 'returned'),
    refused: await ask('Visit', 'refused'),
  };
  const page = await openAs('/decisions');
  const answer = async (title: string, choice: string) => {
    await card(page, title).getByRole('button', { name: choice }).click();
    await card(page, title).waitFor({ state: 'detached' });
  };
  const sides = card(page, 'Offer').getByRole('region');
  expect(await sides.nth(0).innerText()).toContain('In force now');
  expect(await sides.nth(1).innerText()).toContain('Their title');
  await answer('Offer', 'Take this version');
  await expect
    .poll(() => page.evaluate('document.activeElement?.textContent'))
    .toBe('3 decisions to make');
  await answer('Call', 'Put it back there');
  await answer('Lunch', 'Keep it');
  await answer('Visit', 'Try again');
  await page.getByText('Nothing waits for you').waitFor();
  expect((await getActivity(anna, ids.conflict)).title).toBe('Their title');
  for (const id of Object.values(ids)) {
    await waitFor('the copy', async () => {
      const { copies } = await getActivity(anna, id);
      return copies.length === 1 && copies[0]?.state === 'synced';
    });
  }
  await page.context().close();
});

test('[U14] many are selected and settled by one choice; deleting many is asked once more', async () => {
  for (const title of ['One', 'Two', 'Three']) await ask(title, 'detached');
  await ask('Four', 'refused');
  const page = await openAs('/decisions');
  await card(page, 'Four').waitFor();
  await page.getByLabel('Select all').check();
  await page.getByText('These need different answers').waitFor();
  await page.getByLabel('4 selected').click();
  await page.getByRole('button', { name: 'Select only “Missing in calendar” (3)' }).click();
  await page.getByLabel('Select “One”').uncheck();
  await page.getByRole('button', { name: 'Put back in the calendar' }).click();
  await page.getByText('2 decisions settled').waitFor();
  await card(page, 'Two').waitFor({ state: 'detached' });
  await card(page, 'One').waitFor();
  await page.getByLabel('Select “One”').check();
  await page.getByRole('button', { name: 'Delete everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await card(page, 'One').waitFor();
  await page.getByRole('button', { name: 'Delete everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete everywhere' }).click();
  await card(page, 'One').waitFor({ state: 'detached' });
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('1 decision to make').waitFor();
  await page.context().close();
});

test('[U13] deletions that wait are answered where all decisions are', async () => {
  const ids: string[] = [];
  for (const title of ['Audit', 'Board']) {
    const { id } = await addActivity(anna, { lead_id: leadId, title });
    await waitFor(
      'its copy',
      async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
    );
    ids.push(id);
  }
  // The calendar's own word of them is read before, and not taken for their return.
  await anna.client.send('POST', '/api/calendar/sync', {});
  await waitFor('the look', async () => {
    const { rows } = await database.query<{ asked: boolean }>(
      'select bool_or(asked_at is not null) as asked from calendars where tenant_id = $1',
      [anna.tenantId],
    );
    return rows[0]?.asked === false;
  });
  await database.query(
    `update event_links set state = 'paused', is_remote_gone = true, next_attempt_at = null,
       state_reason = $2 where event_id = any($1)`,
    [ids, BRAKE_REASON],
  );
  await brake(2);
  const page = await openAs('/settings/calendars');
  await page.getByText('2 of the 40 events in this calendar would be deleted.').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Decide' }).last().click();
  const held = page.getByRole('article').filter({ hasText: '2 deletions wait' });
  await held.getByText('“Audit”').waitFor();
  await held.getByText('2 still here').waitFor();
  await held.getByText('2 deleted').waitFor();
  await held.getByRole('button', { name: 'Keep them here' }).click();
  await held.waitFor({ state: 'detached' });
  // Kept here and gone there: whether to put them back is asked one by one.
  await page.getByText('2 decisions to make').waitFor();
  await card(page, 'Audit').getByRole('button', { name: 'Put it back there' }).waitFor();
  await page.context().close();
});

test('while the list loads, fails and cannot be sent, the page says so, and goes on when it can', async () => {
  await ask('Visit', 'refused');
  const page = await openAs('/leads');
  const letGo = await holdRequests(page, '**/api/decisions?*');
  await page.getByRole('link', { name: /^Decisions/ }).click();
  await page.getByRole('heading', { name: 'Decisions' }).waitFor();
  await page.getByRole('main').getByText('Loading…').waitFor();
  const looks = (state: string) => findViolationsInEveryLook(page, `decisions, ${state}`);
  expect(await looks('loading')).toEqual([]);
  let find = await loseRequests(page, '**/api/decisions?*');
  await letGo('lost');
  await page.getByText('This could not be loaded').waitFor();
  expect(await looks('failed')).toEqual([]);
  await find();
  await page.getByRole('button', { name: 'Try again' }).click();
  await card(page, 'Visit').waitFor();

  find = await loseRequests(page, '**/api/decisions/resolve');
  await card(page, 'Visit').getByRole('button', { name: 'Try again' }).click();
  await card(page, 'Visit').getByText('Kalends could not be reached').waitFor();
  expect(await looks('out of reach')).toEqual([]);
  await find();
  await card(page, 'Visit').getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Nothing waits for you').waitFor();
  await page.context().close();
});

test('a very full list comes in pages, and all that is shown is settled at once', async () => {
  const id = await ask('Copied', 'refused');
  await database.query(
    `with events as (
       insert into calendar_events (tenant_id, id, owner_id, title, is_all_day, start_date, end_date,
         starts_at, ends_at, visibility, show_as, created_at, updated_at)
       select tenant_id, gen_random_uuid(), owner_id, 'Very full ' || repeat('and long ', 30) || n, true,
         '2031-01-01', '2031-01-02', now(), now(), 'default', 'busy', now(), now()
       from calendar_events, generate_series(1, 129) n where id = $1 returning *)
     insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, state, state_since,
       created_at)
     select e.tenant_id, gen_random_uuid(), e.id, l.connection_id, l.calendar_id, 'detached', now(), now()
     from events e, event_links l where l.event_id = $1`,
    [id],
  );
  const page = await openAs('/decisions', { viewport: { width: 390, height: 844 } });
  await page.getByText('130 decisions to make').waitFor();
  const cards = page.getByRole('article');
  for (const shown of [50, 75, 100, 125, 130]) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => cards.count()).toBe(shown);
    if (shown > 50) continue;
    expect(await findViolationsInEveryLook(page, 'decisions, very full')).toEqual([]);
  }
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Select only “Missing in calendar” (129)' }).click();
  await page.getByRole('button', { name: 'Delete everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete everywhere' }).click();
  await page.getByText('129 decisions settled').waitFor({ timeout: 60_000 });
  await page.getByText('1 decision to make').waitFor();
  await page.context().close();
});
