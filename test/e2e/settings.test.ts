import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts, addActivity, addLead } from '../support/activities.ts';
import { findViolations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { personAt } from '../support/person-at-provider.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests, loseRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));

let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;

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
});

async function openAs(
  path: string,
  options: BrowserContextOptions = {},
  person = anna,
): Promise<Page> {
  return openSignedIn({ browser, stack, person: person }, path, options);
}

const tellPages = (topic: string) =>
  database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', $2::text)::text)`,
    [anna.tenantId, topic],
  );

/** Two colleagues with connections, one of which has ended. */
async function addColleagues(): Promise<void> {
  for (const [name, email] of [
    ['Ben Okafor', 'ben@northwind.sandbox'],
    ['Clara Jensen-Oberhausen', 'anna.berg@gmail.sandbox'],
  ] as const) {
    const colleague = await stack.addPerson({ tenantId: anna.tenantId, name });
    await stack.connect(colleague, 'google', email);
    if (name.startsWith('Ben')) continue;
    await database.query(
      `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
         state_since = now() where user_id = $1`,
      [colleague.userId],
    );
  }
}

test('System Settings and a first day are in order, from nothing to everything', async () => {
  const found: Record<string, string[]> = {};
  const page = await openAs('/leads');
  const check = async (state: string) => {
    const violations = await findViolationsInEveryLook(page, state);
    if (violations.length > 0) found[state] = violations;
  };
  await page.getByText('Get started').waitFor();
  await check('leads, first day');
  await page.goto(`${stack.url}/settings/calendars`);
  await page.getByText('No calendar connected').waitFor();
  await page.getByText('Nothing has happened yet.').waitFor();
  await check('settings, empty');

  const there = personAt(stack, 'google', accounts.google);
  const ids = [];
  for (const title of ['Board meeting', 'Dentist', 'Planning']) {
    ids.push(await there.create({ title }));
  }
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook, { isStarted: false });
  await addColleagues();
  const lead = await addLead(anna);
  await addActivity(anna, { lead_id: lead, title: 'Visit' });
  await page.goto(`${stack.url}/settings/calendars`);
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await page.getByText('Recent runs').first().click();
  await page.getByRole('table', { name: 'Recent runs' }).waitFor();
  await page.getByRole('cell', { name: 'Clara Jensen-Oberhausen' }).first().waitFor();
  await check('settings');
  // Where the navigation has just come to stand beside the page.
  await page.setViewportSize({ width: 980, height: 800 });
  found['just wide enough'] = await findViolations(page);

  await page.getByRole('button', { name: 'Disconnect' }).first().click();
  const question = page.getByRole('dialog');
  await question.waitFor();
  await check('settings, disconnect');
  await loseRequests(page, '**/api/calendar/connect');
  await question.getByRole('button', { name: 'Disconnect' }).click();
  await question.getByText('Kalends could not be reached').waitFor();
  await check('settings, disconnect out of reach');
  for (const id of ids) await there.remove(id);
  expect(found).toEqual({ 'just wide enough': [] });
  await page.context().close();
});

test('[U6] "sync now" tells how far it is and what it brought, and the card says what comes next', async () => {
  await stack.connect(anna, 'google', accounts.google);
  const page = await openAs('/settings/calendars');
  const own = page.getByRole('article', { name: accounts.google });
  await own.getByText('Looks again in').waitFor();
  const there = personAt(stack, 'google', accounts.google);
  const ids = [await there.create({ title: 'Dentist' }), await there.create({ title: 'Lunch' })];
  await own.getByRole('button', { name: 'Sync now' }).click();
  await own.getByText(/^Done at \d\d:\d\d\. 2 in, 0 out\.$/).waitFor();
  const { rows } = await database.query<{ at: Date }>(
    'select max(ended_at) as at from sync_runs where tenant_id = $1',
    [anna.tenantId],
  );
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/Berlin' });
  await own.getByText(`Done at ${clock.format(rows[0]?.at)}.`).waitFor();
  await own.getByText('Recent runs').click();
  const runs = own.getByRole('table', { name: 'Recent runs' });
  await expect
    .poll(async () => (await runs.getByRole('row').nth(1).innerText()).split(/\s+/))
    .toEqual(expect.arrayContaining([accounts.google, '2', '0']));
  await own.getByRole('button', { name: 'Sync now' }).click();
  await own.getByText(/^Done at \d\d:\d\d\. Nothing had changed\.$/).waitFor();
  for (const id of ids) await there.remove(id);
  await page.context().close();
});

test('[U7] before the start the card counts what would be exchanged; after it, it tells what was', async () => {
  // Of an account that no other test writes to: what those leave behind would be counted.
  const account = 'anna.berg@outlook.sandbox';
  const there = personAt(stack, 'outlook', account);
  const id = await there.create({ title: 'Old friend' });
  const page = await openAs('/settings/calendars');
  await page.getByText('No calendar connected').waitFor();
  await stack.connect(anna, 'outlook', account, { isStarted: false });
  const own = page.getByRole('article', { name: account });
  await own.getByText('Look at the counts below, then start').waitFor();
  await own.getByText('Not started yet').waitFor();
  const counts = own.getByRole('table', { name: 'Before you start' });
  expect((await counts.getByRole('row').nth(1).innerText()).split(/\s+/)).toEqual([
    'Calendar',
    '1',
    '0',
    '0',
  ]);
  await own.getByRole('button', { name: 'Start', exact: true }).click();
  await own.getByText(/^Done at \d\d:\d\d\. 1 in, 0 out\.$/).waitFor();
  await there.remove(id);
  await page.context().close();
});

test('[U15] an admin says what becomes of copies, and the next disconnect begins with that', async () => {
  await stack.connect(anna, 'google', accounts.google);
  const page = await openAs('/settings/calendars');
  await page.getByLabel('Copies after a disconnect').selectOption('Are deleted from it');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  const tick = page.getByLabel('Also delete the events Kalends put there');
  await expect.poll(() => tick.isChecked()).toBe(true);
  await page.getByText('Your company’s rule is to delete them.').waitFor();
  await tick.uncheck();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await page.getByText('Disconnected', { exact: true }).first().waitFor();

  // The trail tells it at once, on a page that was open all the while.
  const trail = page.getByRole('table', { name: 'Audit trail' });
  await trail.getByText(`Disconnected a calendar: ${accounts.google}`).waitFor();
  await trail.getByText('The copies stayed in it.').waitFor();
  await trail
    .getByText('Copies after a disconnect: “Stay in the calendar” became “Are deleted from it”.')
    .waitFor();
  await page.context().close();
});

test('[U16] who is no admin sees neither rules nor colleagues nor the trail', async () => {
  const member = await stack.addPerson({ tenantId: anna.tenantId });
  const page = await openAs('/settings/calendars', {}, member);
  await page.getByText('No calendar connected').waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, a member, empty')).toEqual([]);
  await stack.connect(member, 'outlook', accounts.outlook);
  await page.getByText('Connected', { exact: true }).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, a member')).toEqual([]);
  expect(await page.getByRole('heading', { name: 'Admin', exact: true }).count()).toBe(0);
  for (const title of ['Rules for calendars', 'Everybody’s connections', 'Audit trail']) {
    expect(await page.getByRole('heading', { name: title }).count()).toBe(0);
  }
  await page.context().close();
});

test('what a disconnect leaves for a person to do stands where the disconnect was asked for', async () => {
  await stack.connect(anna, 'outlook', accounts.outlook);
  const page = await openAs('/settings/calendars');
  const own = page.getByRole('article', { name: accounts.outlook });
  await own.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await own.getByText('Microsoft lets only you withdraw the permission').waitFor();
  await page.context().close();
});

test('a connection that ended says so at once, and is reconnected from its card', async () => {
  await stack.connect(anna, 'google', accounts.google);
  const page = await openAs('/settings/calendars');
  const own = page.getByRole('article', { name: accounts.google });
  await own.getByText('Connected', { exact: true }).waitFor();
  await database.query(
    `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
       state_since = now() where tenant_id = $1`,
    [anna.tenantId],
  );
  await tellPages('connections');
  await own.getByText('Needs reconnect').waitFor();
  await own.getByText('Reconnect it').waitFor();
  const looks = (state: string) => findViolationsInEveryLook(page, `settings, ${state}`);
  expect(await looks('needs reconnect')).toEqual([]);
  await own.getByRole('button', { name: 'Reconnect' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/settings/);
  await own.getByText('Connected', { exact: true }).waitFor();
  // What the notice says is not true any more of what is disconnected.
  const notice = page.getByText('Google Calendar is connected again');
  await notice.waitFor();
  await own.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await notice.waitFor({ state: 'detached' });
  await own.getByText('Disconnected', { exact: true }).waitFor();
  expect(await looks('disconnected')).toEqual([]);
  await database.query(
    `update calendar_integrations set state = 'misconfigured' where tenant_id = $1`,
    [anna.tenantId],
  );
  await tellPages('connections');
  await own.getByText('Set-up problem').waitFor();
  expect(await looks('misconfigured')).toEqual([]);
  await page.context().close();
});

test('on a phone no table scrolls sideways: each row is a block that names its values', async () => {
  await stack.connect(anna, 'google', accounts.google);
  await addColleagues();
  const page = await openAs('/settings/calendars', { viewport: { width: 390, height: 844 } });
  await page.getByText('Recent runs').click();
  await page.getByRole('table', { name: 'Recent runs' }).waitFor();
  const tables = page.getByRole('table');
  expect(await tables.count()).toBe(3);
  for (const table of await tables.all()) {
    const width = await table.evaluate((one: unknown) => {
      const { scrollWidth, clientWidth } = one as { scrollWidth: number; clientWidth: number };
      return scrollWidth - clientWidth;
    });
    expect(width).toBe(0);
  }
  // What it is is still known to those who cannot see it.
  const everybody = page.getByRole('table', { name: 'Everybody’s connections' });
  expect(await everybody.getByRole('columnheader').count()).toBe(5);
  const row = everybody.getByRole('row').filter({ hasText: 'Clara Jensen-Oberhausen' });
  expect(await row.getByRole('cell').count()).toBe(4);
  expect(await row.innerText()).toMatch(/State\s+Needs reconnect/);
  await page.context().close();
});

test('while the settings load, fail and cannot be reached, each part says so, and goes on when it can', async () => {
  const page = await openAs('/leads');
  const parts = /\/api\/(calendar\/connect\?|admin\/)/;
  const letGo = await holdRequests(page, parts);
  await page.goto(`${stack.url}/settings/calendars`);
  await page.getByRole('main').getByText('Loading…').nth(3).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, loading')).toEqual([]);
  const find = await loseRequests(page, parts);
  await letGo('lost');
  await page.getByText('This could not be loaded').nth(3).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, failed')).toEqual([]);
  await find();
  for (let left = 4; left > 0; left--) {
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await expect.poll(() => page.getByText('This could not be loaded').count()).toBe(left - 1);
  }
  await page.getByText('No calendar connected').waitFor();
  await page.context().close();
});

test('while what is in a card loads, fails and cannot be sent, the card says so, once', async () => {
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook, { isStarted: false });
  const page = await openAs('/leads');
  const parts = /\/connections\/[^/]+\/(calendars|preview|runs)$/;
  const letGo = await holdRequests(page, parts);
  await page.goto(`${stack.url}/settings/calendars`);
  const cards = page.getByRole('article');
  // The calendars of both, and what a start of the second would do.
  await cards.getByText('Loading…').nth(2).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, cards loading')).toEqual([]);
  let find = await loseRequests(page, parts);
  await letGo('lost');
  await cards.getByText('This could not be loaded').nth(2).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, cards failed')).toEqual([]);
  await find();
  for (let left = 3; left > 0; left--) {
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await expect.poll(() => page.getByText('This could not be loaded').count()).toBe(left - 1);
  }

  const own = page.getByRole('article', { name: accounts.google });
  await own.getByText('Done at').waitFor();
  const letStart = await holdRequests(page, /\/(start|sync)$/);
  await own.getByRole('button', { name: 'Sync now' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('button[data-loading]').nth(1).waitFor();
  expect(await own.getByText('Done at').count()).toBe(0);
  expect(await findViolationsInEveryLook(page, 'settings, sync now and start slow')).toEqual([]);
  find = await loseRequests(page, /\/api\/(calendar|admin)/);
  await letStart('lost');
  await own.getByText('Kalends could not be reached').waitFor();
  await own.getByRole('button', { name: 'Sync now' }).click();
  await own.getByText('Kalends could not be reached').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByLabel('Which way events go').first().selectOption('Not synced');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Kalends could not be reached').nth(3).waitFor();
  // The lists behind them fail as well meanwhile, three times each.
  await page.waitForTimeout(5_000);
  expect(await page.getByText('Kalends could not be reached').count()).toBe(4);
  expect(await findViolationsInEveryLook(page, 'settings, out of reach')).toEqual([]);
  await find();
  await page.context().close();
});

test('a very full company fits: many colleagues, a long trail, a calendar with a long name', async () => {
  await stack.connect(anna, 'google', accounts.google);
  await database.query(
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write, created_at)
     select c.tenant_id, gen_random_uuid(), c.connection_id, 'other' || n, repeat('A long name ', 12) || n,
       false, true, now() from calendars c, generate_series(1, 30) n where c.tenant_id = $1 and c.is_primary`,
    [anna.tenantId],
  );
  await database.query(
    `insert into audit_entries (tenant_id, id, at, user_id, action, account, provider)
     select $1, gen_random_uuid(), now() - make_interval(mins => n), $2, 'connected',
       repeat('very-long-address.', 8) || n || '@northwind.example', 'GOOGLE' from generate_series(1, 119) n`,
    [anna.tenantId, anna.userId],
  );
  for (let number = 0; number < 40; number++) {
    const user = randomUUID();
    await database.query(
      `insert into users (tenant_id, id, email, name, role, created_at)
       values ($1, $2::uuid, $2::uuid::text || '@northwind.example', 'Colleague with a rather long name', 'member', now())`,
      [anna.tenantId, user],
    );
    await database.query(
      `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email, state,
         state_since, created_at, updated_at)
       values ($1, $2::uuid, $3, 'OUTLOOK', $2::uuid::text, 'colleague@northwind.example', 'active', now(), now(), now())`,
      [anna.tenantId, randomUUID(), user],
    );
  }
  const page = await openAs('/settings/calendars', { viewport: { width: 390, height: 844 } });
  const trail = page.getByRole('table', { name: 'Audit trail' });
  await trail.getByRole('row').nth(50).waitFor();
  for (const shown of [100, 121]) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => trail.getByRole('row').count()).toBe(shown + 1);
  }
  expect(
    await page.getByRole('table', { name: 'Everybody’s connections' }).getByRole('row').count(),
  ).toBe(42);
  expect(await findViolationsInEveryLook(page, 'settings, very full')).toEqual([]);
  await page.context().close();
});

test('the first steps tick themselves off, and stay away once they are put away', async () => {
  const page = await openAs('/leads');
  const steps = page.getByRole('region', { name: 'Get started' });
  await steps.getByRole('link', { name: 'Connect' }).waitFor();
  await stack.connect(anna, 'google', accounts.google, { isStarted: false });
  await steps.getByRole('link', { name: 'See the counts' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('button', { name: 'Sync now' }).waitFor();
  const colleague = await stack.addPerson({ tenantId: anna.tenantId });
  await addActivity(colleague, { lead_id: await addLead(anna), title: 'Not hers' });
  await page.goto(`${stack.url}/leads`);
  // That a colleague has planned something is no step of hers.
  await steps.getByRole('link', { name: 'Open a lead' }).click();
  await page.getByRole('button', { name: 'New Event' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('First visit');
  await page.getByLabel('Start date').fill('2031-03-31');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('In calendar').waitFor();
  await page.goto(`${stack.url}/leads`);
  await page.getByRole('link', { name: 'Carla' }).first().waitFor();
  expect(await steps.count()).toBe(0);

  const other = await stack.addPerson();
  const theirs = await openAs('/leads', {}, other);
  await theirs.getByRole('button', { name: 'Hide these steps' }).click();
  await theirs.getByText('Get started').waitFor({ state: 'detached' });
  await theirs.reload();
  await theirs.getByText('No leads yet').waitFor();
  expect(await theirs.getByText('Get started').count()).toBe(0);
  await theirs.context().close();
  await page.context().close();
});
