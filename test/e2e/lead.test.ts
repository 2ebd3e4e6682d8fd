import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, addActivity, addLead, runJobs } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { query } from '../support/query.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
/** Hundreds of events on a busy machine take their time. */
const SOON_MS = 45_000;

let stack: Stack;
let browser: Browser;
let anna: Person;
beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  // Jobs run when a test says so.
  stack = await startStack({ webDir, withWorker: false, env: { WEBHOOK_URL: 'off' } });
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A page of its own, signed in as Anna. */
async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  });
  await context.addCookies(
    [...anna.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  return page;
}

async function openLead(leadId: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${stack.url}/leads/${leadId}`);
  await page.getByRole('heading', { name: 'Carla' }).waitFor();
  return page;
}

interface Listed {
  title: string;
  start: string;
  end: string;
  time_zone: string | null;
  recurrence: { rules: string[] } | null;
  copies: { provider: string }[];
}
const listed = async (leadId: string, title: string) => {
  const path = `/api/activities?lead_id=${leadId}`;
  const { activities } = await anna.client.get<{ activities: Listed[] }>(path);
  return activities.find((one) => one.title === title);
};

/** `2026-11-28`, so many days from now, in Berlin. */
const dayIn = (days: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(
    Date.now() + days * 86_400_000,
  );

describe('New Event', () => {
  test('“tomorrow 3pm for 2h” is understood, told and saved, in the chosen calendar alone', async () => {
    const lead = await addLead(anna);
    const page = await openLead(lead);
    await page.getByRole('button', { name: 'New Event' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('By words');
    const words = page.getByLabel('When, in words');
    await words.fill('tomorrow 3pm or');
    await page.getByText('Not understood yet').waitFor();
    await words.fill('tomorrow 3pm for 2h');
    await page.getByText(/^Understood: .*15:00–17:00$/).waitFor();
    await page.getByRole('checkbox', { name: accounts.outlook }).uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('article', { name: 'By words' }).waitFor();
    const activity = await listed(lead, 'By words');
    expect(activity).toMatchObject({
      start: `${dayIn(1)}T15:00:00`,
      end: `${dayIn(1)}T17:00:00`,
      time_zone: 'Europe/Berlin',
    });
    expect(activity?.copies.map(({ provider }) => provider)).toEqual(['google']);
    await page.context().close();
  });

  test('“every other Tuesday 10am until June” is a series; said otherwise, it is none', async () => {
    const lead = await addLead(anna);
    const page = await openLead(lead);
    await page.getByRole('button', { name: 'New Event' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('Again and again');
    const words = page.getByLabel('When, in words');
    const repeats = page.getByLabel('Repeats');
    await words.fill('every tue 10am for');
    await page.getByText('Not understood yet').waitFor();
    expect(await words.inputValue()).toBe('every tue 10am for');
    await words.fill('every tue 10am');
    await page.getByText(/^Understood: .*10:00–11:00\. Every Tuesday\.$/).waitFor();
    expect(await repeats.inputValue()).toBe('weekly');
    await words.fill('tue 10am');
    await page.getByText(/^Understood: .*10:00–11:00$/).waitFor();
    expect(await repeats.inputValue()).toBe('none');
    await words.fill('every other tue 10am until june');
    await page.getByText(/Every second Tuesday until 31 May \d{4}\.$/).waitFor();
    expect(await findViolationsInEveryLook(page, 'a series by words')).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('article', { name: 'Again and again' }).waitFor();
    const activity = await listed(lead, 'Again and again');
    expect(activity?.start).toMatch(/T10:00:00$/);
    expect(new Date(`${activity?.start}Z`).getUTCDay()).toBe(2);
    expect(activity?.recurrence?.rules).toEqual([
      expect.stringMatching(/^FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=\d{4}0531T215959Z$/),
    ]);
    await page.context().close();
  });

  test('the field of the date takes words, too, and newer choices are newer than words', async () => {
    const lead = await addLead(anna);
    const page = await openLead(lead);
    await page.getByRole('button', { name: 'New Event' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('In the field');
    await page.getByLabel('When, in words').fill('in 5 days 8:00');
    await page.getByLabel('Start date').fill('tomorrow 3pm');
    await page.keyboard.press('Tab');
    expect(await page.getByLabel('When, in words').inputValue()).toBe('');
    expect(await page.getByLabel('Start time').inputValue()).toBe('15:00');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('article', { name: 'In the field' }).waitFor();
    expect(await listed(lead, 'In the field')).toMatchObject({
      start: `${dayIn(1)}T15:00:00`,
      end: `${dayIn(1)}T16:00:00`,
    });
    await page.context().close();
  });
});

describe('keys', () => {
  test('single keys open, go along and edit, and do nothing while somebody types', async () => {
    const lead = await addLead(anna);
    await addActivity(anna, { lead_id: lead, title: 'First' });
    await addActivity(anna, {
      lead_id: lead,
      title: 'Second',
      start: '2040-01-02',
      end: '2040-01-03',
      time_zone: undefined,
    });
    const page = await openLead(lead);
    await page.getByRole('article', { name: 'Second' }).waitFor();
    const focus = () => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('j');
    expect(await focus()).toBe('First');
    await page.keyboard.press('j');
    expect(await focus()).toBe('Second');
    await page.keyboard.press('k');
    await page.keyboard.press('e');
    const title = page.getByRole('textbox', { name: 'Title' });
    await title.waitFor();
    expect(await title.inputValue()).toBe('First');
    // In a field letters are letters; behind a dialog nothing moves.
    await title.pressSequentially('n?#');
    expect(await title.inputValue()).toContain('n?#');
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focus()).toBe('First');
    await page.keyboard.press('#');
    await page.getByRole('dialog', { name: 'Delete this event?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // With another key held they are the browser's.
    await page.keyboard.press('Alt+n');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  });

  test('the list of keys turns them all off, for good, and is found without them', async () => {
    const page = await openLead(await addLead(anna));
    await page.getByText('Nothing planned yet').waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await help.getByText('New event').waitFor();
    expect(await findViolationsInEveryLook(page, 'keys')).toEqual([]);
    await help.getByRole('switch').click();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('Nothing planned yet').waitFor();
    for (const key of ['n', '?']) await page.keyboard.press(key);
    await page.waitForTimeout(300);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await help.getByRole('switch').click();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'New event' }).waitFor();
    await page.context().close();
  });
});

test('a copy that waits for a reconnect says why, and its button leads to the provider', async () => {
  const ben = await stack.addPerson();
  await stack.connect(ben, 'google', 'ben@northwind.sandbox');
  const lead = await addLead(ben);
  stack.sandbox.revokeGrant({ provider: 'google', email: 'ben@northwind.sandbox' });
  stack.sandbox.expireAccessTokens();
  await addActivity(ben, { lead_id: lead, title: 'Waits' });
  await runJobs(stack);
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  await context.addCookies(
    [...ben.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  await page.goto(`${stack.url}/leads/${lead}`);
  const row = page.getByRole('article', { name: 'Waits' });
  await row.getByText('Needs reconnect').waitFor();
  await row.getByText('The calendar has to be connected again').waitFor();
  expect(await findViolationsInEveryLook(page, 'lead, waits for a reconnect')).toEqual([]);
  await row.getByRole('button', { name: 'Reconnect: Waits, ben@northwind.sandbox' }).click();
  await page.waitForURL(`${stack.sandboxServer.url}/**`);
  await context.close();
});

describe('a lead with 500 events', () => {
  let full: string;
  beforeAll(async () => {
    full = await addLead(anna);
    const { id } = await addActivity(anna, { lead_id: full, title: 'Visit 0', location: 'Pier 9' });
    // One a day, each with its copies, as a year and a half of work would leave them.
    await query(
      stack,
      `insert into calendar_events
        select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'title', 'Visit ' || n,
          'start_local', e.start_local + n * interval '1 day', 'end_local', e.end_local + n * interval '1 day',
          'starts_at', e.starts_at + n * interval '1 day', 'ends_at', e.ends_at + n * interval '1 day'))).*
        from calendar_events e, generate_series(1, 499) n where e.id = $1`,
      [id],
    );
    await query(
      stack,
      `insert into event_links
        select (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'event_id', e.id))).*
        from event_links l join calendar_events e on e.tenant_id = l.tenant_id and e.lead_id = $2
        where l.event_id = $1 and e.id <> $1`,
      [id, full],
    );
  });

  test('all of them are there, and axe finds nothing', async () => {
    const page = await openLead(full);
    await page.getByRole('article').nth(499).waitFor();
    expect(await page.getByRole('article').count()).toBe(500);
    expect(await findViolationsInEveryLook(page, 'lead, very full')).toEqual([]);
    await page.context().close();
  }, 300_000);

  test('the page stays where it is behind the form, and scrolls again without it', async () => {
    const page = await openLead(full, { viewport: { width: 1440, height: 900 } });
    const scrolled = async () => {
      await page.mouse.move(200, 600);
      await page.mouse.wheel(0, 300);
      await page.waitForTimeout(300);
      return page.evaluate(() => window.scrollY);
    };
    await page.getByRole('button', { name: 'New Event' }).click();
    await page.getByRole('textbox', { name: 'Title' }).waitFor();
    expect(await scrolled()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await scrolled()).toBe(300);
    await page.context().close();
  });

  test('opening, typing and choosing each take the page less than 100 ms', async () => {
    const page = await openLead(full, { viewport: { width: 1440, height: 900 } });
    await page.getByRole('article').nth(499).waitFor();
    // What the page's own thread works, on the clock of the processor: that other programs want the
    // machine, too, is not the page's doing. All that follows within 300 ms counts.
    const tools = await page.context().newCDPSession(page);
    await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const workedMs = async () => {
      const { metrics } = await tools.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
    };
    const timeOf = async (act: () => Promise<void>) => {
      const before = await workedMs();
      await act();
      await page.waitForTimeout(300);
      return (await workedMs()) - before;
    };
    // Where it is has been found before: finding it is the test's work, in the page's thread.
    const clickOf = async (control: Locator) => {
      await control.scrollIntoViewIfNeeded();
      const box = await control.boundingBox();
      const [x, y] = [
        (box?.x ?? 0) + (box?.width ?? 0) / 2,
        (box?.y ?? 0) + (box?.height ?? 0) / 2,
      ];
      return () => page.mouse.click(x, y);
    };
    // Others of the machine also slow what a thread works itself, and keep its compiler waiting: the
    // best of some rounds is the page's.
    const best: Record<string, number> = {};
    const slow = () => Object.entries(best).filter(([, ms]) => !(ms > 0 && ms < 100));
    for (let round = 0; round === 0 || (round < 10 && slow().length > 0); round++) {
      const opening = await timeOf(await clickOf(page.getByRole('button', { name: 'New Event' })));
      const letters: number[] = [];
      const choices: number[] = [];
      const title = page.getByRole('textbox', { name: 'Title' });
      await title.focus();
      for (const key of 'Call') letters.push(await timeOf(() => page.keyboard.press(key)));
      await page.getByLabel('When, in words').fill('tomorrow 3');
      for (const key of 'pm') letters.push(await timeOf(() => page.keyboard.press(key)));
      choices.push(await timeOf(await clickOf(page.getByRole('switch', { name: 'All day' }))));
      choices.push(
        await timeOf(await clickOf(page.getByRole('checkbox', { name: accounts.google }))),
      );
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const took = { opening, letter: median(letters), choice: Math.max(...choices) };
      for (const [act, ms] of Object.entries(took)) best[act] = Math.min(best[act] ?? ms, ms);
    }
    expect(slow()).toEqual([]);
    await page.context().close();
  }, 300_000);
});

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
