import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, addActivity, addLead } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests, loseRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { query } from '../support/query.ts';
import { findTurned } from '../support/turned.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));

let stack: Stack;
let browser: Browser;
let anna: Person;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, env: { WEBHOOK_URL: 'off' } });
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

const openAs = (path: string, person = anna) => openSignedIn({ browser, stack, person }, path);

/** Looks at one state after another; `found` has what is wrong, by state. */
function startWalk(page: Page, of: string) {
  const found: Record<string, string[]> = {};
  const check = async (state: string) => {
    const violations = await findViolationsInEveryLook(page, `${of}, ${state}`);
    if (violations.length > 0) found[state] = violations;
  };
  return { found, check };
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test('signing in is in order while it is slow, refused, and cannot be reached', async () => {
  const page = await openAs('/healthz');
  await page.context().clearCookies();
  const { found, check } = startWalk(page, 'sign-in');
  await page.goto(stack.url);
  await button(page, 'Sign in').waitFor();
  await check('plain');
  await button(page, 'Sign in').click();
  await page.getByText('Enter your password.').waitFor();
  await check('nothing typed');

  await page.getByRole('textbox', { name: 'Email' }).fill(anna.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not it');
  const letGo = await holdRequests(page, '**/api/session');
  await button(page, 'Sign in').click();
  await page.locator('button[data-loading]').waitFor();
  await check('slow');
  await letGo();
  await page.getByRole('alert').waitFor();
  await check('refused');
  const find = await loseRequests(page, '**/api/session');
  await button(page, 'Sign in').click();
  await page.getByText('Kalends could not be reached').waitFor();
  await check('out of reach');
  await find();

  await page.goto(`${stack.url}/no/such/page`);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await check('no such page');
  await loseRequests(page, '**/api/session');
  await page.goto(`${stack.url}/leads`);
  await page.getByText('This could not be loaded').waitFor();
  await check('no page at all');
  expect(found).toEqual({});
  await page.context().close();
});

test('the list of leads is in order in every state', async () => {
  const page = await openAs('/healthz');
  const { found, check } = startWalk(page, 'leads');
  const letGo = await holdRequests(page, /\/api\/leads/);
  await page.goto(`${stack.url}/leads`);
  await page.getByText('Loading…').first().waitFor({ state: 'attached' });
  await check('loading');
  await letGo();
  await page.getByText('No leads yet').waitFor();
  await check('empty');
  const find = await loseRequests(page, /\/api\/leads/);
  await page.goto(`${stack.url}/leads`);
  await page.getByText('This could not be loaded').waitFor();
  await check('failed');
  await find();
  await addLeads(120);
  await button(page, 'Try again').click();
  await page.getByRole('link', { name: 'Lead 100' }).first().waitFor();
  await check('very full');
  await button(page, 'Show more').click();
  await expect.poll(() => page.getByRole('listitem').count()).toBeGreaterThan(100);

  await page.getByRole('searchbox').fill('nobody of this name');
  await page.getByText('No lead matches').waitFor();
  await check('no match');
  await button(page, 'Add lead').click();
  const form = page.getByRole('dialog', { name: 'Add lead' });
  await form.getByLabel('Email').fill('no address');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Enter a name.').waitFor();
  await check('add lead, refused');
  await form.getByLabel('Name').fill('Somebody new');
  await form.getByLabel('Email').fill('');
  await loseRequests(page, /\/api\/leads/);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Kalends could not be reached').waitFor();
  await check('add lead, out of reach');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });

  await page.setViewportSize({ width: 390, height: 844 });
  await button(page, 'Menu').click();
  await page.getByRole('dialog').getByRole('link', { name: 'System Settings' }).waitFor();
  await check('menu');
  expect(found).toEqual({});
  await page.context().close();
});

/** Leads of a company that has many, some of them with all that can be said of one. */
async function addLeads(count: number): Promise<void> {
  await query(
    stack,
    `insert into leads (tenant_id, id, owner_id, name, company, email, phone, created_at)
     select $1, gen_random_uuid(), $2, 'Lead ' || n || case when n % 3 = 0 then ' of a very long name' ||
       repeat(' and another', 8) else ' ' end, case when n % 2 = 0 then repeat('Company ', n % 12) else '' end,
       case when n % 4 = 0 then 'lead' || n || '@' || repeat('long-', n % 9) || 'domain.example' else '' end,
       case when n % 5 = 0 then '+49 30 ' || n else '' end, now() from generate_series(1, $3) n`,
    [anna.tenantId, anna.userId, count],
  );
}

test('a lead’s page is in order in every state', async () => {
  const ben = await stack.addPerson({ tenantId: anna.tenantId, name: 'Ben Okafor' });
  const lead = await addLead(ben);
  const url = `${stack.url}/leads/${lead}`;
  const page = await openAs('/healthz', ben);
  const { found, check } = startWalk(page, 'lead');

  // Slow: what is coming is told and shown in grey, and nothing can be pressed too early.
  const letGo = await holdRequests(page, /\/api\/(leads|activities)/);
  await page.goto(url);
  await page.getByText('Loading…').first().waitFor({ state: 'attached' });
  expect(await button(page, 'New Event').isDisabled()).toBe(true);
  await check('loading');
  await letGo();
  await page.getByText('Nothing planned yet').waitFor();
  await page.getByText('until you connect a calendar').waitFor();
  await check('empty');

  const find = await loseRequests(page, /\/api\/(leads|activities)/);
  await page.goto(url);
  await page.getByText('This could not be loaded').nth(1).waitFor();
  await check('failed');
  await find();
  // Each part of the page has its own; what is there again takes its button with it.
  const retry = button(page, 'Try again');
  await retry.nth(1).click();
  await retry.nth(1).waitFor({ state: 'detached' });
  await retry.click();
  await page.getByText('Nothing planned yet').waitFor();
  await page.goto(`${stack.url}/leads/00000000-0000-4000-8000-000000000000`);
  await page.getByText('This lead is not here').waitFor();
  await check('missing');
  expect(found).toEqual({});
  await page.context().close();
});

test('the form of an event is in order while it is filled in, slow, refused and overtaken', async () => {
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Visit' });
  const page = await openAs(`/leads/${lead}`);
  const { found, check } = startWalk(page, 'form');
  const row = page.getByRole('article', { name: 'Visit' });
  await row.getByText('In calendar').nth(1).waitFor();
  await button(page, 'New Event').click();
  const form = page.getByRole('dialog', { name: 'New event' });
  await form.getByText('Invitations go out from').waitFor();
  await check('new');
  await form.getByRole('checkbox').last().scrollIntoViewIfNeeded();
  await check('new, its end');
  await form.getByLabel('Start date').fill('soon');
  await form.getByLabel('When, in words').fill('soon');
  await form.getByLabel('Guests').fill('nobody');
  await button(page, 'Save').click();
  await page.getByText('Enter a title.').waitFor();
  await check('refused');
  await button(page, 'Choose the first day in a calendar').click();
  await button(page, 'Next month').waitFor();
  await check('date picker');
  await page.keyboard.press('Escape');
  // A list that is open while the window narrows keeps its place for a moment.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByLabel('Time zone').fill('new');
  await page.getByRole('option', { name: 'America/New York' }).waitFor();
  await check('zones');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });

  await row.getByRole('button', { name: 'Edit' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await title.fill('Dinner');
  const letGo = await holdRequests(page, '**/api/activities/*');
  await button(page, 'Save').click();
  await page.locator('button[data-loading]').waitFor();
  await check('slow');
  const find = await loseRequests(page, '**/api/activities/*');
  await anna.client.send('PATCH', `/api/activities/${id}`, { version: 1, location: 'Pier 9' });
  await letGo();
  await page.getByText('was changed meanwhile').waitFor();
  await check('overtaken');
  await button(page, 'Save').click();
  await page.getByText('Kalends could not be reached').waitFor();
  await check('out of reach');
  await find();
  expect(found).toEqual({});
  await page.context().close();
});

test('what was done to an event, and deleting it, is in order in every state', async () => {
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, {
    lead_id: lead,
    title: 'Visit',
    attendees: [{ email: 'carla@fontaine.example', name: 'Carla Fontaine', is_optional: true }],
  });
  for (const [index, word] of ['Lunch', 'Dinner', 'Breakfast '.repeat(40)].entries()) {
    const patch = { version: index + 1, title: word, location: word, description: word };
    await anna.client.send('PATCH', `/api/activities/${id}`, patch);
  }
  const page = await openAs(`/leads/${lead}`);
  const { found, check } = startWalk(page, 'history');
  const row = page.getByRole('article').first();
  let letGo = await holdRequests(page, '**/history');
  await row.getByRole('button', { name: 'History' }).click();
  const drawer = page.getByRole('dialog', { name: 'History' });
  await drawer.getByText('Loading…').waitFor({ state: 'attached' });
  await check('loading');
  let find = await loseRequests(page, '**/history');
  await letGo('lost');
  await drawer.getByText('This could not be loaded').waitFor({ state: 'visible' });
  await check('failed');
  await find();
  await drawer.getByRole('button', { name: 'Try again' }).click();
  await drawer.getByText('Made').waitFor();
  find = await loseRequests(page, '**/undo');
  await drawer
    .getByRole('button', { name: /^Undo: Changed/ })
    .first()
    .click();
  await drawer.getByText('Kalends could not be reached').waitFor();
  await check('full, and an undo out of reach');
  await find();
  await repeatHistory(id, 60);
  await page.reload();
  await row.getByRole('button', { name: 'History' }).click();
  await drawer.getByRole('listitem').nth(60).waitFor();
  await check('very full');
  await drawer.getByText('Made').scrollIntoViewIfNeeded();
  await check('very full, its end');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });

  letGo = await holdRequests(page, /deleted=true/);
  await page.getByText('Deleted lately').click();
  await page.locator('details').getByText('Loading…').waitFor({ state: 'attached' });
  await check('deleted, loading');
  find = await loseRequests(page, /deleted=true/);
  await letGo('lost');
  await page.getByText('This could not be loaded').waitFor();
  await check('deleted, failed');
  await find();
  await button(page, 'Try again').click();
  await page.getByText('Nothing was deleted').waitFor();
  await check('deleted, empty');

  await row.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Delete this event?' });
  await question.waitFor();
  await check('delete');
  find = await loseRequests(page, '**/api/activities/*');
  await question.getByRole('button', { name: 'Delete' }).click();
  await question.getByText('Kalends could not be reached').waitFor();
  await check('delete, out of reach');
  await find();
  await question.getByRole('button', { name: 'Delete' }).click();
  await question.waitFor({ state: 'detached' });
  await button(page, `Restore: ${'Breakfast '.repeat(40).trim()}`).waitFor();
  // Its title is too long for a note.
  await page.getByText(/^“Breakfast .*…” is deleted\.$/).waitFor();
  await check('deleted, full, with a note');
  find = await loseRequests(page, '**/restore');
  await button(page, 'Undo').click();
  await page.getByText('It could not be taken back.').waitFor();
  await check('deleted, and not taken back');
  await find();
  expect(found).toEqual({});
  await page.context().close();
});

/** As if the latest change of an event had been made so many times more. */
async function repeatHistory(eventId: string, count: number): Promise<void> {
  await query(
    stack,
    `insert into event_history
     select (jsonb_populate_record(h, jsonb_build_object('id', gen_random_uuid(), 'at',
       h.at - n * interval '1 ms'))).*
     from event_history h, generate_series(1, $2) n
     where h.id = (select id from event_history where event_id = $1 order by at desc limit 1)`,
    [eventId, count],
  );
}

test('long texts and all kinds of events are in order, also read from right to left', async () => {
  const lead = await anna.client.send<{ id: string }>('POST', '/api/leads', {
    name: `Dr. Carla ${'van der Fontaine-'.repeat(6)}`,
    company: 'Fontaine & Filles '.repeat(6),
    email: `carla.${'fontaine.'.repeat(5)}lyon@${'domain.'.repeat(6)}example`,
    phone: '+33 4 72 00 00 00',
  });
  const plan = (changes: object) => addActivity(anna, { lead_id: lead.id, ...changes });
  await plan({
    title: 'W'.repeat(120),
    location: 'https://maps.example/'.repeat(8),
    description: 'شرح الاجتماع '.repeat(30),
    visibility: 'private',
    show_as: 'working-elsewhere',
    attendees: [
      { email: 'carla@fontaine.example', name: 'Carla Fontaine' },
      { email: `${'very.long.'.repeat(5)}name@${'domain.'.repeat(8)}example`, is_optional: true },
    ],
  });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await plan({ title: 'Fair', start: day(-1), end: day(4), time_zone: undefined });
  await plan({ start: `${day(1)}T22:00`, end: `${day(2)}T02:00`, time_zone: 'Asia/Tokyo' });
  await plan({ title: 'Over', start: `${day(-9)}T09:00`, end: `${day(-9)}T10:00` });
  await plan({ title: 'Weekly', recurrence: { rules: ['FREQ=WEEKLY;COUNT=9'] } });

  for (const dir of ['ltr', 'rtl']) {
    const page = await openAs('/healthz');
    const walk = startWalk(page, `long, ${dir}`);
    const { found } = walk;
    const check = async (state: string) => {
      await walk.check(state);
      expect(await findTurned(page), state).toEqual([]);
    };
    await page.addInitScript(`addEventListener('DOMContentLoaded', () => {
      document.documentElement.dir = '${dir}'; })`);
    await page.goto(`${stack.url}/leads/${lead.id}`);
    await page.getByRole('article', { name: 'Over' }).waitFor();
    await button(page, 'Coming dates').click();
    await page.getByRole('button', { name: 'Edit ' }).nth(3).waitFor();
    // The way back points where one came from.
    const arrow = page.getByRole('link', { name: 'All leads' }).locator('svg');
    const turned = await arrow.evaluate(
      (icon) => Reflect.get(globalThis, 'getComputedStyle')(icon).transform,
    );
    expect(turned === 'none').toBe(dir === 'ltr');
    await check('lead');
    await button(page, 'New Event').click();
    await page.getByLabel('When, in words').fill('soon');
    await button(page, 'Save').click();
    await page.getByText('Enter a title.').waitFor();
    await check('form');
    // The form comes from the end of the line, and its buttons are where the line ends.
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const box = await page.getByRole('dialog').boundingBox();
      const gap = dir === 'rtl' ? (box?.x ?? -1) : width - (box?.x ?? 0) - (box?.width ?? 0);
      expect(Math.abs(gap)).toBeLessThan(2);
      const [cancel, save] = await Promise.all(
        ['Cancel', 'Save'].map((name) => button(page, name).boundingBox()),
      );
      expect((cancel?.x ?? 0) < (save?.x ?? 0)).toBe(dir === 'ltr');
    }
    if (dir === 'rtl') {
      await page.goto(`${stack.url}/leads/${lead.id}`);
      const row = page.getByRole('article', { name: 'Over' });
      await row.getByRole('button', { name: 'History' }).click();
      await page.getByRole('dialog', { name: 'History' }).getByText('Made').waitFor();
      await check('history');
      await page.goto(`${stack.url}/settings/calendars`);
      await page.getByRole('main').getByText(accounts.google).first().waitFor();
      await check('settings');
      await page.goto(`${stack.url}/decisions`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await check('decisions');
    }
    expect(found).toEqual({});
    await page.context().close();
  }
});

test('every stop of the Tab key is where one reads next, uncovered, and shows that it has the focus', async () => {
  const ben = await stack.addPerson({ role: 'admin', name: 'Ben Okafor' });
  await stack.connect(ben, 'google', 'ben@northwind.sandbox');
  const lead = await addLead(ben);
  await addActivity(ben, { lead_id: lead, title: 'Visit' });
  const page = await openAs('/leads', ben);
  const frame = {
    390: ['Menu'],
    1440: [
      'Leads',
      'Calendar',
      'Decisions',
      'System Settings',
      'Open the sandbox (opens in a new tab)',
      'Keyboard shortcuts',
      'Sign out',
    ],
  };
  const pages = [
    { path: '/leads', known: 'Carla', stops: ['Add lead', 'Search leads', 'Carla'] },
    {
      path: `/leads/${lead}`,
      known: 'In calendar',
      stops: ['All leads', 'New Event', 'Edit', 'History', 'Sync now', 'Delete', 'Deleted lately'],
    },
    { path: '/decisions', known: 'Nothing waits for you', stops: [] },
    {
      path: '/settings/calendars',
      known: 'Started the sync',
      stops: [
        'Connect Google Calendar',
        'Connect Outlook Calendar',
        'Disconnect',
        'Sync now',
        'New events go to',
        'Which way events go: ben@northwind.sandbox',
        'Recent runs',
        'Days back',
        'Days ahead',
        'Which events',
        'Copies after a disconnect',
        'Save',
      ],
    },
  ];
  for (const { path, known, stops } of pages) {
    for (const width of [390, 1440] as const) {
      await page.setViewportSize({ width, height: 600 });
      await page.goto(stack.url + path);
      await page.getByRole('main').getByText(known).first().waitFor();
      const expected = ['Skip to content', ...frame[width], ...stops];
      for (const name of expected) {
        await page.keyboard.press('Tab');
        expect(await page.evaluate(lookAtFocus), `${path}, ${width} wide`).toEqual({
          name,
          problem: '',
        });
      }
    }
  }
  await page.context().close();
});

/** What has the focus, and what is wrong with how it is seen. */
const lookAtFocus = `new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame)).then(() => {
  const element = document.activeElement;
  const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText ?? '';
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const at = document.elementFromPoint(x, y);
  const isSeen = (target) => [undefined, '::after'].some((part) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target, part);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  const problem = x < 0 || y < 0 || x > innerWidth || y > innerHeight ? 'off the screen'
    : !(at && (element.contains(at) || at.contains(element) || element.labels?.[0]?.contains(at))) ? 'covered'
    : isSeen(element) || (element.nextElementSibling && isSeen(element.nextElementSibling)) ? '' : 'no outline';
  return { name: name.trim().replace(/\\s+/g, ' '), problem };
})`;
