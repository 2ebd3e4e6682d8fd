import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { accounts } from '../support/activities.ts';
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
import { type CuttableProxy, startProxy } from '../support/cuttable-proxy.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { fillCalendar, long } from '../support/full-calendar.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests, loseRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { findTurned } from '../support/turned.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
/** A forenoon in Berlin: some of the day is past, and something goes on. */
const NOW = new Date(`${TUESDAY}T09:40:00Z`);

let proxy: CuttableProxy;
let stack: Stack;
let browser: Browser;
let database: Database;
/** Has everything. */
let anna: Person;
/** Has no calendar connected. */
let ben: Person;
let lastPage: Page | undefined;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  proxy = await startProxy();
  // No jobs: each copy stays as it was made.
  stack = await startStack({
    webDir,
    withWorker: false,
    env: { PUBLIC_URL: proxy.url, WEBHOOK_URL: 'off' },
  });
  await proxy.open(Number(new URL(stack.url).port));
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  const tenantId = await stack.addTenant();
  anna = await stack.addPerson({ tenantId, name: 'Anna Berg' });
  ben = await stack.addPerson({ tenantId, name: 'Ben Okafor' });
  for (const name of ['Carla Fontaine', `${long.lead} (Vertretung)`]) {
    await stack.addPerson({ tenantId, name });
  }
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook);
  await fillCalendar(database, anna, ben);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.cut();
  await database?.end();
  await stack?.stop();
});
afterEach(async ({ task }) => {
  const folder = process.env['LOOKS_DIR'];
  if (folder && task.result?.state === 'fail')
    await lastPage?.screenshot({
      path: `${folder}/failed-${task.name.slice(0, 40)}.png`.replaceAll(' ', '-'),
    });
});

async function openAs(
  person: Person,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await openSignedIn(
    { browser, stack: { ...stack, url: proxy.url }, person },
    '/healthz',
    {
      timezoneId: 'Europe/Berlin',
      viewport: { width: 1440, height: 900 },
      ...options,
    },
  );
  lastPage = page;
  await page.clock.setFixedTime(NOW);
  await page.goto(proxy.url + path);
  return page;
}

const show = async (page: Page, view: string) => {
  await page.getByText(view, { exact: true }).click();
  await page.waitForURL(new RegExp(`view=${view.toLowerCase()}`));
};

const escape = async (page: Page) => {
  await page.keyboard.press('Escape');
  await gone(page);
};

const nameOfFocus = (page: Page) =>
  page.evaluate<string>(`(({ activeElement: element }) => element.getAttribute('aria-label')
    ?? element.labels?.[0]?.innerText ?? element.innerText)(document)`);

/** Events of which a line is seen in half, or a word is broken without being longer than its line. */
const findCut = (page: Page) =>
  page.evaluate<
    string[]
  >(`[...document.querySelectorAll('[class*=columnInner]')].flatMap((inner) => {
    const edge = inner.getBoundingClientRect().bottom;
    return [...inner.children]
      .filter((line) => getComputedStyle(line).position !== 'absolute' && line.getClientRects().length > 0)
      .filter((line) => {
        const { left, top, bottom } = line.getBoundingClientRect();
        const isSeen = top < edge - 1 && left < inner.getBoundingClientRect().right;
        return (isSeen && bottom > edge + 1) || getComputedStyle(line).overflowWrap !== 'normal';
      })
      .map((line) => line.textContent);
  })`);

/** What is seen where the line of now crosses an event that goes on, and where its dot is. */
const lookAtNow = `(() => {
  const line = document.querySelector('[class*=nowLine]');
  const dot = document.querySelector('[class*=nowDot]');
  const event = [...line.closest('[data-date]').querySelectorAll('[class*=_column_]')]
    .find((one) => one.textContent.includes('Visit now'));
  line.parentElement.scrollIntoView({ block: 'center' });
  for (const one of [line.parentElement, line, dot]) one.style.pointerEvents = 'auto';
  const at = (element, x, y) => document.elementsFromPoint(x, y).indexOf(element);
  const [onLine, onDot, box] = [line, dot, event].map((one) => one.getBoundingClientRect());
  const [x, y] = [box.left + box.width / 2, onLine.top + 1];
  const found = document.elementsFromPoint(x, y);
  const under = found.findIndex((one) => event.contains(one));
  const isUnder = under >= 0 && found.indexOf(line) > under;
  const isOnTop = at(dot, onDot.left + 6, onDot.top + 5) === 0;
  for (const one of [line.parentElement, line, dot]) one.style.pointerEvents = '';
  return { line: isUnder ? 'under an event' : 'over it', dot: isOnTop ? 'on top' : 'covered' };
})()`;

/** Titles of which the mark of a series is on another line than their last word. */
const findLoneIcons = `[...document.querySelectorAll('[class*=title] > [class*=repeats] > svg')]
  .filter((icon) => {
    const title = icon.parentElement.parentElement;
    const text = [...title.childNodes].findLast((one) => one.nodeType === Node.TEXT_NODE);
    const range = document.createRange();
    range.setStart(text, text.length - 1);
    range.setEnd(text, text.length);
    const [mark, end] = [icon.getBoundingClientRect(), range.getBoundingClientRect()];
    return mark.width > 0 && Math.abs(mark.top + mark.height / 2 - end.top - end.height / 2) > 6;
  })
  .map((icon) => icon.parentElement.parentElement.textContent)`;

/** Looks at a state of the page when it is asked to, and keeps what was found wrong. */
function look(page: Page) {
  const found: Record<string, string[]> = {};
  return {
    found,
    async check(state: string) {
      const violations = await findViolationsInEveryLook(page, state);
      if (violations.length > 0) found[state] = violations;
    },
  };
}

test('a calendar that loads or cannot be loaded claims nothing, and goes on when it can', async () => {
  const page = await openAs(anna, '/leads');
  const { found, check } = look(page);
  const claims = () => page.getByText('Nothing is planned').count();
  const events = '**/api/calendar/events?*';
  const letGo = await holdRequests(page, events);
  await page.goto(`${proxy.url}/calendar?view=agenda`);
  await page.getByText('Loading events…').waitFor();
  await check('agenda loading');
  expect(await claims()).toBe(0);
  for (const view of ['Month', 'Day', 'Week']) {
    await show(page, view);
    await check(`${view} loading`);
    expect(await claims()).toBe(0);
  }
  const find = await loseRequests(page, events);
  await letGo('lost');
  for (const view of ['Week', 'Day', 'Month', 'Agenda']) {
    await show(page, view);
    await page.getByText('This could not be loaded').waitFor();
    await check(`${view} failed`);
    expect(await claims()).toBe(0);
  }
  await find();
  await button(page, 'Try again').click();
  await drawn(page, 'Visit now').waitFor();
  expect(found).toEqual({});
  await page.context().close();
});

test('with the line cut the page keeps what it has, says what it has not, and comes back by itself', async () => {
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  const { found, check } = look(page);
  await drawn(page, 'Visit now').waitFor();
  await proxy.cut();
  await page.getByText('Connection lost').waitFor();
  await drawn(page, 'Visit now').waitFor();
  await check('offline');
  await show(page, 'Month');
  await drawn(page, 'Visit now').waitFor();
  await button(page, 'Next month').click();
  await page.getByText('This could not be loaded').waitFor();
  expect(await page.getByText('Nothing is planned').count()).toBe(0);
  await check('offline elsewhere');
  await proxy.open(Number(new URL(stack.url).port));
  await drawn(page, 'Stand-up').waitFor();
  await page.getByText('Connection lost').waitFor({ state: 'detached' });
  expect(await page.getByText('This could not be loaded').count()).toBe(0);
  expect(found).toEqual({});
  await page.context().close();
});

test('an empty calendar, and one with everything hidden, say so in every view', async () => {
  const page = await openAs(ben, `/calendar?view=month&date=2032-06-01`);
  const { found, check } = look(page);
  await page.getByText('Nothing is planned in this month.').waitFor();
  await check('month empty');
  await show(page, 'Week');
  await page.getByText('Nothing is planned in this week.').waitFor();
  await check('week empty');
  await show(page, 'Day');
  await page.getByText('Nothing is planned on this day.').waitFor();
  await check('day empty');
  await show(page, 'Agenda');
  await page.getByText('Nothing is planned in these weeks.').waitFor();
  await check('agenda empty');
  await page.goto(`${proxy.url}/calendar?view=agenda&date=${TUESDAY}`);
  await showCalendars(page);
  await page.getByRole('checkbox', { name: 'Only in Kalends' }).uncheck();
  await page.getByText('Every calendar with events here is hidden.').waitFor();
  expect(await page.getByText('Nothing is planned').count()).toBe(0);
  await check('agenda hidden');
  expect(found).toEqual({});
  await page.context().close();
});

test('a very full calendar is in order in every view', async () => {
  const page = await openAs(anna, `/calendar?view=month&date=${TUESDAY}`);
  const { found, check } = look(page);
  await drawn(page, 'Weekly call').waitFor();
  await showCalendars(page);
  await page.getByRole('checkbox', { name: 'Ben Okafor' }).check();
  await page.getByText('Ben Okafor (busy)').first().waitFor();
  await check('month full');
  await show(page, 'Week');
  await drawn(page, 'Visit now').waitFor();
  await check('week full');
  expect(await page.evaluate(lookAtNow)).toEqual({ line: 'under an event', dot: 'on top' });
  for (const width of [1440, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await drawn(page, 'Visit now').waitFor();
    expect(await findCut(page)).toEqual([]);
    expect(await page.evaluate(findLoneIcons)).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page
    .getByTitle(/more events of this day/)
    .first()
    .click();
  await page.getByRole('dialog').waitFor();
  await check('week more');
  await escape(page);
  await show(page, 'Day');
  await drawn(page, 'Visit now').waitFor();
  await check('day full');
  await show(page, 'Agenda');
  await drawn(page, 'Visit now').waitFor();
  await check('agenda full');
  await page.setViewportSize({ width: 768, height: 900 });
  await button(page, 'Calendars').click();
  await page.getByRole('dialog', { name: 'Calendars' }).waitFor();
  await check('calendars');
  await escape(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${proxy.url}/calendar?view=week&date=2031-03-25`);
  await drawn(page, 'Handover').waitFor();
  await check('week very full');
  expect(found).toEqual({});
  await page.context().close();
});

test('what opens over the calendar is in order, and gives the focus back', async () => {
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  const { found, check } = look(page);
  const open = async (title: string) => {
    await drawn(page, title).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'History' }).waitFor();
  };
  await drawn(page, 'Title in conflict').waitFor();
  await open('Title in conflict');
  await check('event in conflict');
  await escape(page);
  await expect.poll(() => nameOfFocus(page)).toContain('Title in conflict');
  await open('Waits for a reconnect');
  await check('event waits');
  await escape(page);
  await open('Weekly call');
  await check('event of a series');
  await button(page, 'Delete').click();
  await page.getByRole('dialog', { name: 'Delete which ones?' }).waitFor();
  await check('delete of a series');
  await escape(page);
  const offers = page.getByRole('button', { name: /^Show in another calendar/ });
  await open('Breakfast');
  // It is over.
  expect(await offers.count()).toBe(0);
  await escape(page);
  const one = /\/api\/activities\/[^/]+$/;
  const letGo = await holdRequests(page, one);
  await drawn(page, 'Free time').press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Free time' });
  await drawer.getByText('Loading…').waitFor({ state: 'attached' });
  await check('event loading');
  const find = await loseRequests(page, one);
  await letGo('lost');
  await drawer.getByText('This could not be loaded').waitFor();
  await check('event failed');
  await find();
  await button(page, 'Try again').click();
  await drawer.getByRole('button', { name: 'History' }).waitFor();
  await escape(page);
  const { id } = await plan(
    anna,
    await addNamedLead(anna, 'Dmitri Aalto'),
    'Short-lived',
    at(TUESDAY, '18:00-18:30'),
  );
  await drawn(page, 'Short-lived').waitFor();
  await open('Short-lived');
  await anna.client.send('DELETE', `/api/activities/${id}`);
  await page.getByText('This event is not here any more').waitFor();
  await check('event deleted meanwhile');
  await escape(page);
  await open('Visit now');
  await offers.waitFor();
  await button(page, 'History').click();
  await page.getByRole('dialog').getByText('Made').waitFor();
  await check('history');
  await escape(page);
  await button(page, 'New Event').click();
  await page.getByLabel('Title', { exact: true }).waitFor();
  await button(page, 'Save').click();
  await page.getByText('Enter a title.').waitFor();
  await page.getByRole('combobox', { name: 'Lead' }).click();
  await page.getByRole('option', { name: long.lead }).waitFor();
  await check('new event');
  await page.keyboard.press('Escape');
  await escape(page);
  expect(found).toEqual({});
  await page.context().close();
});

test('what is asked and told of a move is in order', async () => {
  const page = await openAs(anna, `/calendar?view=week&date=2031-04-29`);
  const lead = await addNamedLead(anna, 'Dmitri Aalto');
  await plan(anna, lead, 'One hour', at('2031-04-29', '12:00-13:00'));
  await plan(anna, lead, long.title, at('2031-04-29', '14:00-15:00'));
  const attendees = [{ email: 'guest@elsewhere.example' }];
  await plan(anna, lead, 'With guests', { ...at('2031-04-29', '09:00-10:00'), attendees });
  await database.query(
    `update event_links set state = 'synced' where tenant_id = $1 and state = 'pending'`,
    [anna.tenantId],
  );
  const { found, check } = look(page);
  await page.reload();
  await drawn(page, 'With guests').waitFor();
  const day = 120;
  await drag(page, 'With guests', { x: day });
  await page.getByRole('dialog', { name: 'Change this event?' }).waitFor();
  await check('guest question');
  await escape(page);
  await drag(page, 'Weekly call', { x: day });
  await page.getByRole('dialog', { name: 'Change which ones?' }).waitFor();
  await check('scope question');
  await escape(page);
  await drag(page, 'Quarterly review', { x: day });
  await button(page, 'Undo').waitFor();
  await page.route('**/api/activities/*', (route) => route.abort());
  await drag(page, 'One hour', { x: day });
  await page.getByText('“One hour” stays where it was.').waitFor();
  await check('undo and not saved');
  expect(found).toEqual({});
  await page.context().close();
});

test('the keyboard goes through the page as it is read, is seen everywhere, and comes back', async () => {
  const page = await openAs(anna, `/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit now').waitFor();
  // Folded away and back again by the keyboard, which keeps its place.
  const toggle = button(page, 'Calendars');
  const panel = page.getByRole('complementary', { name: 'Calendars' });
  for (const isOpen of [true, false, true]) {
    await toggle.press('Enter');
    await expect.poll(() => toggle.getAttribute('aria-expanded')).toBe(String(isOpen));
    expect(await panel.count()).toBe(isOpen ? 1 : 0);
    expect(await nameOfFocus(page)).toBe('Calendars');
  }
  await button(page, 'Today').focus();
  const names: string[] = [];
  const unseen: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    const name = (await nameOfFocus(page)).trim().split('\n')[0] ?? '';
    // Once around.
    if (name === 'Skip to content') break;
    names.push(name);
    const outline = await page.evaluate<string>(`(({ activeElement: element }) => {
      const isHidden = element.matches('input[type=radio]');
      const shown = isHidden ? element.nextElementSibling : element;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      return outlineStyle + ' ' + outlineWidth;
    })(document)`);
    if (!/^(solid|auto) [1-9]/.test(outline)) unseen.push(`${name}: ${outline}`);
    await page.keyboard.press('Tab');
  }
  expect(unseen).toEqual([]);
  const order = ['Today', 'Previous week', 'Next week', 'Calendars', 'Week', 'New Event'];
  order.push(accounts.google, 'Ben Okafor', 'Visit now');
  expect(names.filter((name) => order.includes(name))).toEqual(order);

  const more = page.getByTitle(/more events of this day/).first();
  await more.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => nameOfFocus(page)).toBe('Close');
  await page.keyboard.press('Tab');
  await expect.poll(() => nameOfFocus(page)).toContain('First visit in Lyon');
  await escape(page);
  await expect.poll(() => nameOfFocus(page)).toMatch(/^\+\d+$/);
  await page.context().close();
});

/** How far from the left some words of an element's text begin, and whether they are seen whole. */
const findWords = (words: string) => `(element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const from = node.data.indexOf(${JSON.stringify(words)});
    if (from < 0) continue;
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, from + ${words.length});
    const [{ left, right }, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
    return { left, isSeen: left >= box.left - 1 && right <= box.right + 1 };
  }
}`;

test('read from right to left the calendar is in order, and so is each text and time in it', async () => {
  for (const dir of ['ltr', 'rtl']) {
    const page = await openAs(anna, '/healthz');
    await page.addInitScript(`addEventListener('DOMContentLoaded', () => {
      document.documentElement.dir = '${dir}'; })`);
    const { found, check } = look(page);
    const wordsIn = (locator: Locator, words: string) =>
      locator.evaluate(
        (element, source) => Reflect.get(globalThis, 'eval')(source)(element),
        findWords(words),
      ) as Promise<{ left: number; isSeen: boolean }>;
    const isInOrder = async (locator: Locator, ...words: string[]) => {
      const places = await Promise.all(words.map((one) => wordsIn(locator, one)));
      return places.every(({ left }, index) => left > (places[index - 1]?.left ?? -1));
    };
    await page.goto(`${proxy.url}/calendar?view=week&date=${TUESDAY}`);
    await drawn(page, 'Visit now').waitFor();
    const heading = page.getByRole('heading', { level: 1 });
    expect(await isInOrder(heading, '17', '23', 'March', '2031')).toBe(true);
    const time = drawn(page, 'Free time').getByText('15:00–16:00').first();
    expect(await isInOrder(time, '15:00', '16:00')).toBe(true);
    for (const [title, beginning] of [
      [long.title, 'Quarterly'],
      [long.hebrew, long.hebrew.slice(0, 5)],
    ] as const) {
      const written = drawn(page, title).locator('[class*=title]').first();
      expect(await wordsIn(written, beginning)).toMatchObject({ isSeen: true });
    }
    expect(await findTurned(page)).toEqual([]);
    if (dir === 'rtl') await check('week, rtl');
    await show(page, 'Agenda');
    const listed = drawn(page, 'Visit now').getByText('10:00–11:30').first();
    expect(await isInOrder(listed, '10:00', '11:30')).toBe(true);
    expect(await findTurned(page)).toEqual([]);
    if (dir === 'rtl') await check('agenda, rtl');
    await show(page, 'Month');
    await drawn(page, 'Weekly call').waitFor();
    expect(await findTurned(page)).toEqual([]);
    if (dir === 'rtl') await check('month, rtl');
    await page.setViewportSize({ width: 390, height: 844 });
    const days = page.getByText('3 days', { exact: true });
    expect(await isInOrder(days, '3', 'days')).toBe(true);
    expect(found).toEqual({});
    await page.context().close();
  }
});
