import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type SandboxServer, startSandboxServer } from '../../sandbox/server.ts';
import type { ProviderName } from '../../sandbox/world.ts';
import { connect, readFailure, refresh } from '../conformance/oauth/support.ts';
import { launchBrowser } from '../support/browser.ts';
import { keepPicture } from '../support/every-look.ts';
import { ANNA, BEN, plan, readAnswer, readPlan } from '../support/sandbox-plans.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const providers = ['google', 'outlook'] as const;
/** The browser's time: a Wednesday. The week on the screen is that of Monday, 23 November. */
const NOW = new Date('2026-11-25T09:20:00+01:00');
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser: Browser;
let server: SandboxServer;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  server = await startSandboxServer({ port: 0 });
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await server.stop();
});

async function openPage(path: string, viewport = DESK): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  page.setDefaultTimeout(5_000);
  await page.goto(server.url + path);
  return page;
}

/** A person's calendar, once it shows what is in it. */
async function openCalendar(provider: ProviderName, email: string, viewport = DESK) {
  const page = await openPage(`/people/${provider}/${email}`, viewport);
  await page.locator('#legend li').first().waitFor();
  return page;
}

const on = (page: Page, date: string, title: string) =>
  page.locator(`[data-date="${date}"]`).getByRole('button', { name: title });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Fills the form by its labels; `true` ticks. */
async function fill(page: Page, fields: Record<string, string | true>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByRole('dialog').getByLabel(label, { exact: true });
    if (value === true) await field.check();
    else if (label === 'Repeats')
      await page.getByRole('combobox', { name: label }).selectOption(value);
    else await field.fill(value);
  }
}

async function finish(page: Page, button: 'Save' | 'Delete' | 'Yes'): Promise<void> {
  await press(page, button);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test.each(providers)(
  '%s: what a person makes, drags and edits is so on the page and at the API',
  async (provider) => {
    const page = await openCalendar(provider, ANNA[provider]);
    await press(page, 'New event');
    await fill(page, { Title: 'Lunch', 'Start date': '2026-11-23', 'Start time': '12:00' });
    await finish(page, 'Save');
    await press(page, 'New event');
    await fill(page, { Title: 'Fair', 'All day': true });
    await fill(page, { 'Start date': '2026-11-24', 'End date': '2026-11-25' });
    await finish(page, 'Save');
    await on(page, '2026-11-24', 'Fair').waitFor();
    await on(page, '2026-11-25', 'Fair').waitFor();
    expect(await readPlan(server, provider)).toEqual([
      'Lunch 2026-11-23T12:00 2026-11-23T13:00',
      'Fair 2026-11-24 2026-11-26',
    ]);

    await on(page, '2026-11-23', 'Lunch').dragTo(
      page.locator('.column[data-date="2026-11-26"]'),
      // Grabbed and dropped five pixels below the start, at 44 pixels for an hour.
      { sourcePosition: { x: 20, y: 5 }, targetPosition: { x: 20, y: 14.5 * 44 + 5 } },
    );
    await on(page, '2026-11-26', 'Lunch').filter({ hasText: '14:30' }).waitFor();
    const fair = on(page, '2026-11-25', 'Fair');
    await fair.dragTo(page.locator('.long[data-date="2026-11-28"]'));
    await on(page, '2026-11-28', 'Fair').waitFor();
    expect(await readPlan(server, provider)).toEqual([
      'Lunch 2026-11-26T14:30 2026-11-26T15:30',
      'Fair 2026-11-27 2026-11-29',
    ]);

    await on(page, '2026-11-26', 'Lunch').click();
    await fill(page, { Title: 'Late lunch', Location: 'Pier 9', 'Start time': '16:15' });
    await finish(page, 'Save');
    await on(page, '2026-11-26', 'Late lunch').filter({ hasText: '16:15 · Pier 9' }).waitFor();
    expect(await readPlan(server, provider)).toContain(
      'Late lunch 2026-11-26T16:15 2026-11-26T17:15',
    );
  },
);

test.each(providers)(
  '%s: of a weekly series one, this and following, or all are edited',
  async (provider) => {
    const page = await openCalendar(provider, ANNA[provider]);
    await press(page, 'New event');
    await fill(page, { Title: 'Stand-up', 'Start date': '2026-11-23', 'Start time': '09:00' });
    await fill(page, { Repeats: 'weekly', 'How often (empty: no end)': '4' });
    await finish(page, 'Save');
    await press(page, 'Later');
    await on(page, '2026-11-30', 'Stand-up').click();
    await fill(page, { Title: 'Retro' });
    await finish(page, 'Save');
    await on(page, '2026-11-30', 'Retro').waitFor();
    await press(page, 'Later');
    await on(page, '2026-12-07', 'Stand-up').click();
    await fill(page, { 'This and following events': true, Title: 'Tea', 'Start time': '15:00' });
    await finish(page, 'Save');
    await on(page, '2026-12-07', 'Tea').waitFor();
    await press(page, 'Later');
    await on(page, '2026-12-14', 'Tea').waitFor();
    await press(page, 'Today');
    await on(page, '2026-11-23', 'Stand-up').waitFor();
    expect(await readPlan(server, provider)).toEqual([
      'Stand-up 2026-11-23T09:00 2026-11-23T10:00',
      'Retro 2026-11-30T09:00 2026-11-30T10:00',
      'Tea 2026-12-07T15:00 2026-12-07T16:00',
      'Tea 2026-12-14T15:00 2026-12-14T16:00',
    ]);

    for (let weeks = 0; weeks < 3; weeks++) await press(page, 'Later');
    await on(page, '2026-12-14', 'Tea').click();
    await fill(page, { 'All events': true, Title: 'Coffee' });
    await finish(page, 'Save');
    await on(page, '2026-12-14', 'Coffee').waitFor();
    expect((await readPlan(server, provider)).slice(2)).toEqual([
      'Coffee 2026-12-07T15:00 2026-12-07T16:00',
      'Coffee 2026-12-14T15:00 2026-12-14T16:00',
    ]);
  },
);

test.each(providers)('%s: one of a series is deleted, then all', async (provider) => {
  const series = { title: 'Stand-up', date: '2026-11-23', from: '09:00', to: '09:15', weeks: 3 };
  await plan(server, provider, ANNA[provider], series);
  await plan(server, provider, ANNA[provider], {
    ...series,
    title: 'Other',
    date: '2026-11-24',
    weeks: 0,
  });
  const page = await openCalendar(provider, ANNA[provider]);
  await on(page, '2026-11-23', 'Stand-up').click();
  await finish(page, 'Delete');
  await on(page, '2026-11-23', 'Stand-up').waitFor({ state: 'detached' });
  expect(await readPlan(server, provider)).toHaveLength(3);
  await press(page, 'Later');
  await on(page, '2026-11-30', 'Stand-up').click();
  await fill(page, { 'All events': true });
  await finish(page, 'Delete');
  await on(page, '2026-11-30', 'Stand-up').waitFor({ state: 'detached' });
  expect(await readPlan(server, provider)).toEqual(['Other 2026-11-24T09:00 2026-11-24T09:15']);
});

test.each(providers)(
  '%s: a colleague answers an invitation, and the organizer sees it',
  async (provider) => {
    const anna = await openCalendar(provider, ANNA[provider]);
    const ben = await openCalendar(provider, BEN[provider]);
    await press(anna, 'New event');
    await fill(anna, { Title: 'Review', 'Start date': '2026-11-26' });
    await fill(anna, { 'Guests, by e-mail address': BEN[provider] });
    await finish(anna, 'Save');
    await on(ben, '2026-11-26', 'Review').click();
    expect(await ben.getByLabel('Title', { exact: true }).isDisabled()).toBe(true);
    await finish(ben, 'Yes');
    expect(await on(ben, '2026-11-26', 'Review').innerText()).toContain('your answer: yes');
    expect(await readAnswer(server, provider)).toBe('accepted');
    // A form shows what was known when it was opened.
    await expect
      .poll(() => readGuests(anna), { timeout: 4_000 })
      .toContain(`${BEN[provider]}: yes`);
  },
);

async function readGuests(page: Page): Promise<string> {
  await on(page, '2026-11-26', 'Review').click();
  const text = await page.getByRole('list', { name: 'Answers' }).innerText();
  await press(page, 'Cancel');
  return text;
}

test.each(providers)(
  '%s: what an application plans appears within three seconds, without a reload',
  async (provider) => {
    const page = await openCalendar(provider, ANNA[provider]);
    await page.evaluate('window.isSameDocument = true');
    const call = { title: 'Call', date: '2026-11-27', from: '10:00', to: '11:00' };
    await plan(server, provider, ANNA[provider], call);
    await on(page, '2026-11-27', 'Call').waitFor({ timeout: 3_000 });
    expect(await page.evaluate('window.isSameDocument')).toBe(true);
  },
);

test.each([DESK, PHONE])(
  'a week shows its first event, or working hours, at $width',
  async (size) => {
    await plan(server, 'google', ANNA.google, {
      title: 'Night train',
      date: '2026-11-27',
      from: '22:30',
      to: '23:30',
    });
    await plan(server, 'google', ANNA.google, {
      title: 'Early',
      date: '2026-12-01',
      from: '05:00',
      to: '06:00',
    });
    const page = await openCalendar('google', ANNA.google, size);
    await press(page, 'Week');
    await expect.poll(() => isInSight(page, on(page, '2026-11-27', 'Night train'))).toBe(true);
    await press(page, 'Later');
    await on(page, '2026-12-01', 'Early').waitFor();
    await expect.poll(() => isInSight(page, on(page, '2026-12-01', 'Early'))).toBe(true);
    await press(page, 'Later');
    await on(page, '2026-12-01', 'Early').waitFor({ state: 'detached' });
    await expect.poll(() => isInSight(page, page.getByText('09:00', { exact: true }))).toBe(true);
  },
);

test('what somebody scrolled to stays when the week is drawn anew', async () => {
  const call = { title: 'Call', date: '2026-11-27', from: '10:00', to: '11:00' };
  await plan(server, 'google', ANNA.google, call);
  const page = await openCalendar('google', ANNA.google);
  const week = page.getByRole('region', { name: 'Week' });
  await on(page, '2026-11-27', 'Call').waitFor();
  await week.evaluate((element: unknown) => Reflect.set(element as object, 'scrollTop', 100));
  await plan(server, 'google', ANNA.google, { ...call, title: 'More', from: '05:00', to: '06:00' });
  await on(page, '2026-11-27', 'More').waitFor();
  const scrollTop = (element: unknown) => Number(Reflect.get(element as object, 'scrollTop'));
  expect(await week.evaluate(scrollTop)).toBe(100);
});

/** Whether the whole of it is on the screen, in the part of the week below the heads. */
async function isInSight(page: Page, target: Locator): Promise<boolean> {
  const [inner, outer, heads] = await Promise.all([
    target.boundingBox(),
    page.locator('.scroll').boundingBox(),
    page.locator('.scroll .top').boundingBox(),
  ]);
  if (!inner || !outer || !heads) return false;
  return (
    inner.y >= heads.y + heads.height - 1 &&
    inner.y + inner.height <= Math.min(outer.y + outer.height, page.viewportSize()?.height ?? 0) &&
    inner.x >= outer.x &&
    inner.x + inner.width <= outer.x + outer.width
  );
}

test('the record of calls is about applications; the pages’ own calls are shown when asked for', async () => {
  await openCalendar('google', ANNA.google);
  await plan(server, 'google', ANNA.google, {
    title: 'Call',
    date: '2026-11-27',
    from: '10:00',
    to: '11:00',
  });
  const page = await openPage('/people/calls');
  const rows = page.locator('tbody tr');
  expect(await rows.count()).toBe(1);
  expect(await rows.innerText()).toContain('events.insert');
  await page.getByRole('link', { name: /^Show the \d+ calls of these pages$/ }).click();
  await rows.filter({ hasText: 'sandbox-page' }).first().waitFor();
  await page.getByRole('link', { name: 'Hide the calls of these pages' }).click();
  await page.getByRole('link', { name: /^Show/ }).waitFor();
  expect(await rows.count()).toBe(1);
  await page.goto(server.url);
  await page.getByRole('link', { name: 'Calls of the applications 1 on record' }).waitFor();
});

test.each(providers)('%s: markup in an event is text, wherever it is shown', async (provider) => {
  const title = '<img src=x onerror="document.title=1"> & <b>bold</b>';
  const event = { title, description: title, date: '2026-11-26', from: '10:00', to: '12:00' };
  await plan(server, provider, ANNA[provider], { ...event, guests: [BEN[provider]] });
  const page = await openCalendar(provider, ANNA[provider]);
  for (const view of ['Week', 'Agenda']) {
    await press(page, view);
    await page.getByText(title, { exact: true }).first().waitFor();
    await page.getByRole('button', { name: title }).click();
    for (const label of ['Title', 'Location', 'Description']) {
      const field = page.getByRole('dialog').getByLabel(label, { exact: true });
      expect(await field.inputValue()).toBe(title);
    }
    expect(await page.locator('img, b').count()).toBe(0);
    await press(page, 'Cancel');
  }
  await page.goto(`${server.url}/people/mails`);
  await page.getByText(title).waitFor();
  expect(await page.locator('img, b').count()).toBe(0);
});

test.each(providers)('%s: a list tells what comes, by the clock of its owner', async (provider) => {
  const event = { date: '2026-11-24', from: '10:00', to: '11:00' };
  await plan(server, provider, ANNA[provider], { ...event, title: 'Yesterday' });
  await plan(server, provider, ANNA[provider], { ...event, title: 'Tomorrow', date: '2026-11-26' });
  const page = await openCalendar(provider, ANNA[provider]);
  await page.getByText('Times in Berlin').waitFor();
  await on(page, '2026-11-24', 'Yesterday').waitFor();
  await press(page, 'Agenda');
  await page.locator('.agenda').getByRole('button', { name: 'Tomorrow' }).waitFor();
  expect(await page.getByRole('button', { name: 'Yesterday' }).count()).toBe(0);
  await press(page, 'Week');
  await on(page, '2026-11-24', 'Yesterday').waitFor();
});

test('with the keyboard alone an event is made and deleted; the focus comes back', async () => {
  const page = await openCalendar('google', ANNA.google);
  const { keyboard } = page;
  await tabTo(page, page.getByRole('button', { name: 'New event' }));
  await keyboard.press('Enter');
  await keyboard.type('By keys');
  await keyboard.press('Enter');
  const event = on(page, '2026-11-25', 'By keys');
  await event.waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await readPlan(server, 'google')).toEqual(['By keys 2026-11-25T10:00 2026-11-25T11:00']);

  expect(await hasFocus(page.getByRole('button', { name: 'New event' }))).toBe(true);
  await tabTo(page, event);
  await keyboard.press('Enter');
  await keyboard.press('End');
  await keyboard.type(' only');
  await tabTo(page, page.getByRole('button', { name: 'Save' }));
  await keyboard.press('Space');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await readPlan(server, 'google')).toEqual([
    'By keys only 2026-11-25T10:00 2026-11-25T11:00',
  ]);
  expect(await hasFocus(event)).toBe(true);

  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  expect(await hasFocus(event)).toBe(true);
  await keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Delete' }));
  await keyboard.press('Enter');
  await event.waitFor({ state: 'detached' });
  expect(await readPlan(server, 'google')).toEqual([]);
});

const hasFocus = (locator: Locator) =>
  locator.evaluate(
    (element: unknown) => element === Reflect.get(globalThis, 'document').activeElement,
  );

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not lead to ${target}`);
}

test('on a phone an event is made, edited and deleted in the list of days', async () => {
  const page = await openCalendar('outlook', ANNA.outlook, PHONE);
  const dayOf = (name: string) =>
    page.locator('section.day', { has: page.getByRole('heading', { name }) });
  const day = dayOf('Friday 27 November');
  await press(page, 'New event');
  await fill(page, { Title: 'Call', 'Start date': '2026-11-27', 'Start time': '08:00' });
  await finish(page, 'Save');
  await day.getByRole('button', { name: 'Call 08:00 – 09:00' }).click();
  await fill(page, { 'Start time': '23:30' });
  await finish(page, 'Save');
  expect(await readPlan(server, 'outlook')).toEqual(['Call 2026-11-27T23:30 2026-11-28T00:30']);
  await dayOf('Saturday 28 November').getByRole('button', { name: 'Call until 00:30' }).waitFor();
  await day.getByRole('button', { name: 'Call from 23:30' }).click();
  await finish(page, 'Delete');
  await day.waitFor({ state: 'detached' });
  expect(await readPlan(server, 'outlook')).toEqual([]);
});

/** The delay of notifications: its switch, and its value where nobody has set one (DIFFERENCES.md). */
const delays = {
  google: ['google.pushDelayMs', 1_000],
  outlook: ['outlook.notificationDelayMs', 250],
} as const;

test.each(providers)(
  '%s: notifications are late for a whole provider while a page says so',
  async (provider) => {
    const [name, usualMs] = delays[provider];
    const page = await openCalendar(provider, ANNA[provider]);
    const late = page.getByRole('switch', { name: 'Notifications a minute late' });
    await page.getByText('Try what goes wrong', { exact: true }).click();
    expect(await late.isChecked()).toBe(false);
    await late.check();
    await page.getByText('Try what goes wrong: notifications are a minute late').waitFor();
    expect(server.sandbox.switches).toEqual({ [name]: 60_000 });

    for (const email of [ANNA[provider], BEN[provider]]) {
      await page.goto(`${server.url}/people/${provider}/${email}`);
      await page.getByText('Try what goes wrong: notifications are a minute late').click();
      expect(await late.isChecked()).toBe(true);
    }
    const other = provider === 'google' ? 'outlook' : 'google';
    const elsewhere = await openCalendar(other, ANNA[other]);
    await elsewhere.getByText('Try what goes wrong', { exact: true }).click();
    expect(await elsewhere.getByRole('switch').isChecked()).toBe(false);

    await page.route('**/sandbox/switches', (route) => route.abort());
    await late.click();
    await page.getByRole('alert').filter({ hasText: 'The sandbox does not answer' }).waitFor();
    expect(await late.isChecked()).toBe(true);
    await page.unroute('**/sandbox/switches');
    await late.uncheck();
    await page.getByText('Try what goes wrong', { exact: true }).waitFor();
    expect(await page.getByRole('alert').innerText()).toBe('');
    expect(server.sandbox.switches).toEqual({ [name]: usualMs });
  },
);

test.each(providers)(
  '%s: a person takes the access away from the applications, and not from the page',
  async (provider) => {
    const connectAs = (email: string) => connect(server.sandbox, provider, {}, email);
    const [hers, his] = [await connectAs(ANNA[provider]), await connectAs(BEN[provider])];
    const page = await openCalendar(provider, ANNA[provider]);
    await page.getByText('Try what goes wrong').click();
    await press(page, 'Take the access away');
    await page.getByText('Done: Kalends can no longer use this account.').waitFor();

    const use = (token: string) => {
      const path =
        provider === 'google' ? '/calendar/v3/users/me/calendarList' : '/v1.0/me/calendars';
      return fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
    };
    expect((await use(hers.access_token)).status).toBe(401);
    const refused = await refresh(server.sandbox, provider, hers.refresh_token ?? '');
    expect(await readFailure(refused)).toMatchObject(
      provider === 'google' ? { error: 'invalid_grant' } : { error_codes: [65001] },
    );
    expect((await use(his.access_token)).status).toBe(200);
    expect((await refresh(server.sandbox, provider, his.refresh_token ?? '')).status).toBe(200);

    await press(page, 'New event');
    await fill(page, { Title: 'Still mine', 'Start date': '2026-11-25' });
    await finish(page, 'Save');
    await on(page, '2026-11-25', 'Still mine').waitFor();
  },
);

/** What axe finds against WCAG 2.2 A and AA, as `rule: element`, and what hangs over the edge. */
async function findViolations(page: Page): Promise<string[]> {
  return page.evaluate(`${axe}
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const boxes = [document.documentElement, ...document.querySelectorAll('dialog, .table')];
    const overhang = boxes.filter((box) => box.scrollWidth > box.clientWidth);
    axe.run(document, { runOnly: tags }).then(({ violations }) => [
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)),
      ...overhang.map(({ localName, className }) => 'too wide: ' + localName + ' ' + className),
    ])`);
}

const consentPaths = { google: '/o/oauth2/v2/auth', outlook: '/common/oauth2/v2.0/authorize' };
const scopes = {
  google: 'https://www.googleapis.com/auth/calendar.events',
  outlook: 'Calendars.ReadWrite',
};

/** Where an application sends a person who connects a calendar. */
function consentUrl(provider: ProviderName, clientId = `kalends-sandbox-${provider}`): string {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: `http://127.0.0.1:4700/api/calendar/${provider}/callback`,
    scope: `openid ${scopes[provider]}`,
  });
  return `${server.url}${consentPaths[provider]}?${query}`;
}

const looks = providers.flatMap((provider) =>
  [DESK, PHONE].map(({ width, height }) => [provider, width, height] as const),
);

test.each(looks)(
  '%s: axe finds nothing on any page or form, %i wide',
  async (provider, width, height) => {
    const guests = [ANNA[provider]];
    const times = { date: '2026-11-23', from: '09:00', to: '09:15' };
    await plan(server, provider, ANNA[provider], { title: 'Stand-up', weeks: 3, ...times });
    await plan(server, provider, ANNA[provider], {
      title: 'With Ben',
      ...times,
      guests: [BEN[provider]],
    });
    await plan(server, provider, BEN[provider], { title: 'Review', ...times, guests });
    await connect(server.sandbox, provider);
    const page = await openPage('/', { width, height });
    await page.getByText('An application is connected').waitFor();
    const found: Record<string, string[]> = {};
    const check = async (name: string) => {
      const violations = await findViolations(page);
      if (violations.length > 0) found[name] = violations;
    };

    await check('home');
    for (const record of ['mails', 'calls', 'notifications']) {
      await page.goto(`${server.url}/people/${record}`);
      await check(record);
    }
    await page.goto(`${server.url}/people/${provider}/${ANNA[provider]}`);
    await press(page, 'Week');
    for (const title of ['Stand-up', 'With Ben', 'Review']) {
      await on(page, '2026-11-23', title).click();
      await page.getByRole('dialog').waitFor();
      await check(title);
      await page.keyboard.press('Escape');
    }
    await check('week');
    await page.getByText('Try what goes wrong').click();
    await page.getByRole('switch').check();
    await press(page, 'Take the access away');
    await page.getByText('Done: ').waitFor();
    await check('what goes wrong');
    await page.getByRole('switch').uncheck();
    await press(page, 'Agenda');
    await press(page, 'Today');
    await page.getByText('Nothing planned').first().waitFor();
    await check('agenda');
    await press(page, 'New event');
    await fill(page, { 'End date': '2026-11-01' });
    await press(page, 'Save');
    await page.getByRole('alert').filter({ hasText: 'The end is before the start.' }).waitFor();
    await check('new event, refused');

    await page.goto(consentUrl(provider));
    await check('choice of the account');
    await press(page, ANNA[provider]);
    await page.getByRole('button', { name: /Allow|Accept/ }).waitFor();
    await check('consent');
    await page.goto(consentUrl(provider, 'nobody'));
    await check('refusal');
    expect(found).toEqual({});
  },
);

const LONG_TITLE = 'Renewal of the framework agreement with Fontaine et Fils, second round';

/** 58 events in one week of Google's: long and short ones, two at a time, three whole days, an invitation. */
async function fillWeek(): Promise<void> {
  for (const date of daysOfWeek) {
    for (let hour = 8; hour < 15; hour++) {
      const [from, isLong] = [String(hour).padStart(2, '0'), hour % 3 === 0];
      const title = isLong ? LONG_TITLE : `Call ${hour}`;
      const to = `${from}:${isLong ? '59' : String((hour % 4) * 15 || 20)}`;
      await plan(server, 'google', ANNA.google, { title, date, from: `${from}:00`, to });
    }
    const double = { title: 'At the same time', date, from: '09:10', to: '11:30' };
    await plan(server, 'google', ANNA.google, double);
  }
  const fair = { title: LONG_TITLE, date: '2026-11-24', dayAfter: '2026-11-27', from: '', to: '' };
  await plan(server, 'google', ANNA.google, fair);
  const review = { title: 'Review', date: '2026-11-25', from: '16:00', to: '17:00' };
  for (const provider of providers) {
    await plan(server, provider, BEN[provider], { ...review, guests: [ANNA[provider]] });
  }
}
const daysOfWeek = Array.from({ length: 7 }, (_, index) => `2026-11-${23 + index}`);

/** Events of one day that lie on each other, by their titles. */
const findOverlaps = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('.column')].flatMap((column) => {
    const boxes = [...column.querySelectorAll('.event')].map((event) =>
      ({ title: event.innerText, ...event.getBoundingClientRect().toJSON() }));
    return boxes.flatMap((a, index) => boxes.slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => a.title + ' / ' + b.title));
  })`);

/** Mails as applications send them, of several lengths. */
function sendMails(): void {
  const link = `${server.url}/settings/calendars?connection=${'0123456789abcdef'.repeat(6)}`;
  const texts = [
    'Short.',
    `Google Calendar needs to be reconnected.\n\nOpen ${link} to do so.`,
    `${LONG_TITLE}. `.repeat(12),
  ];
  for (const text of texts) {
    const subject = text === 'Short.' ? '' : text.slice(0, 150);
    const to = [ANNA.google, `${'very-long-name-'.repeat(5)}@northwind.sandbox`];
    server.sandbox.receiveMail({
      from: 'kalends@northwind.example',
      to,
      subject,
      text,
      html: '',
      messageId: '',
    });
  }
}

test.each([390, 768, 1440])(
  'nothing hangs over, lies on another or fails axe where much has happened, %i wide',
  async (width) => {
    const token = server.sandbox.issueToken({ provider: 'google', email: ANNA.google });
    await fetch(`${server.url}/calendar/v3/calendars/primary/events/watch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'channel-1',
        type: 'web_hook',
        address: `${server.url}/nobody/${'listens-here/'.repeat(8)}`,
      }),
    });
    await fillWeek();
    sendMails();
    await expect.poll(() => server.sandbox.notifications.length).toBeGreaterThan(1);
    const page = await openPage('/', { width, height: 900 });
    const found: Record<string, string[]> = {};
    const check = async (name: string) => {
      const violations = await findViolations(page);
      if (violations.length > 0) found[name] = violations;
      await keepPicture(page, `sandbox, ${name} ${width}`);
    };

    await check('home');
    for (const record of ['mails', 'calls', 'notifications']) {
      await page.goto(`${server.url}/people/${record}`);
      await page.locator('tbody tr').first().waitFor();
      await check(record);
    }
    await page.goto(`${server.url}/people/inbox`);
    expect(await page.getByRole('article').count()).toBe(3);
    expect(await page.getByRole('heading', { name: 'No subject' }).count()).toBe(1);
    await check('inbox');

    await page.goto(`${server.url}/people/google/${ANNA.google}`);
    await press(page, 'Week');
    await on(page, '2026-11-29', 'Call 14').waitFor();
    expect(await page.locator('.column .event').count()).toBe(57);
    expect(await page.locator('.long .event').count()).toBe(3);
    expect(await findOverlaps(page)).toEqual([]);
    await check('full week');
    await press(page, 'Agenda');
    await page.getByRole('heading', { name: 'Sunday 29 November' }).waitFor();
    // From today, a Wednesday.
    expect(await page.locator('.agenda .event').count()).toBe(43);
    await check('full agenda');
    expect(found).toEqual({});
  },
);
