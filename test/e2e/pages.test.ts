import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallbackResult } from '../../src/api/schemas/connections.ts';
import { callbackResults } from '../../src/api/schemas/connections.ts';
import { accounts, addActivity, addLead } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));

let stack: Stack;
let browser: Browser;
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir });
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  await stack.connect(anna, 'outlook', accounts.outlook);
  leadId = await addLead(anna);
  await addActivity(anna, { lead_id: leadId, title: 'Visit', location: 'Pier 9', show_as: 'free' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A page of its own, signed in as Anna. */
async function openAs(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  return openSignedIn({ browser, stack, person: anna }, path, options);
}

test('the first load of a lead takes less than 250 kB of compressed script', async () => {
  const page = await openAs('/healthz');
  // Of the pages nothing is loaded yet: a cold load.
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() !== 'script') return;
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await page.goto(`${stack.url}/leads/${leadId}`);
  await page.getByRole('article', { name: 'Visit' }).waitFor();
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(250_000);
  await page.context().close();
});

test('an event is planned with the keyboard alone, and the focus comes back', async () => {
  const page = await openAs(`/leads/${leadId}`);
  await page.getByRole('button', { name: 'New Event', disabled: false }).focus();
  const keys = page.keyboard;
  await keys.press('Enter');
  await page.getByRole('textbox', { name: 'Title' }).waitFor();
  await expect.poll(() => nameOfFocus(page)).toBe('Title');
  await keys.type('By keys');
  // Past when, in words, and all day.
  for (let presses = 0; presses < 3; presses++) await keys.press('Tab');
  await keys.type('2031-03-31');
  // Escape closes the picker and not the form behind it.
  await keys.press('Tab');
  await keys.press('Enter');
  await page.getByRole('button', { name: 'Next month' }).waitFor();
  await expect.poll(() => nameOfFocus(page)).not.toBe('Choose the first day in a calendar');
  await keys.press('Escape');
  await expect.poll(() => nameOfFocus(page)).toBe('Choose the first day in a calendar');
  await keys.press('Tab');
  await keys.type('9:30');
  for (let presses = 0; presses < 4; presses++) await keys.press('Tab');
  await keys.type('tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).waitFor();
  await keys.press('Enter');
  // Past how it repeats, where Enter would open the choices.
  await keys.press('Tab');
  await keys.press('Tab');
  await keys.press('Enter');

  await page.getByRole('article', { name: 'By keys' }).waitFor();
  await expect.poll(() => nameOfFocus(page)).toBe('New Event');
  const { activities } = await anna.client.get<{ activities: Record<string, unknown>[] }>(
    `/api/activities?lead_id=${leadId}`,
  );
  expect(activities.find(({ title }) => title === 'By keys')).toMatchObject({
    start: '2031-03-31T09:30:00',
    end: '2031-03-31T10:30:00',
    time_zone: 'Asia/Tokyo',
  });
  await page.context().close();
});

function nameOfFocus(page: Page): Promise<unknown> {
  return page.evaluate(`(({ activeElement: element }) =>
    element?.getAttribute('aria-label') ?? element?.labels?.[0]?.innerText
      ?? element?.innerText)(document)`);
}

test('every end of a connection is a sentence that is announced, once', async () => {
  const page = await openAs('/settings/calendars');
  const sentences = new Map<CallbackResult, string>();
  for (const result of callbackResults) {
    await page.goto(`${stack.url}/settings/calendars?result=${result}&provider=google`);
    const alert = page.getByRole('alert').filter({ hasText: 'Google' });
    await alert.waitFor();
    sentences.set(result, await alert.innerText());
    expect(new URL(page.url()).search).toBe('');
    if (!['connected', 'missing-permission'].includes(result)) continue;
    expect(await findViolationsInEveryLook(page, `settings, ${result}`)).toEqual([]);
  }
  expect(new Set(sentences.values()).size).toBe(callbackResults.length);
  await page.reload();
  await page.getByRole('button', { name: 'Connect Google Calendar' }).waitFor();
  expect(await page.getByRole('alert').filter({ hasText: 'Google' }).count()).toBe(0);
  await page.context().close();
});

test('what an address claims is not repeated: only permissions that we know are named', async () => {
  const missing = encodeURIComponent('See the list of your calendars; Call 555 0100');
  const page = await openAs(
    `/settings/calendars?result=missing-permission&provider=google&missing=${missing}`,
  );
  const alert = page.getByRole('alert').filter({ hasText: 'See the list of your calendars' });
  await alert.waitFor();
  expect(await alert.innerText()).not.toContain('555');
  await page.context().close();
});

test('markup in an event is text', async () => {
  const title = '<img src=x onerror="document.title=1"> & <b>bold</b>';
  const lead = await addLead(anna);
  await addActivity(anna, { lead_id: lead, title, description: title, location: title });
  const page = await openAs(`/leads/${lead}`);
  await page.getByRole('heading', { name: title }).waitFor();
  expect(await page.getByText(title, { exact: true }).count()).toBe(3);
  expect(await page.locator('article img, article b').count()).toBe(0);
  await page.context().close();
});

test('[U17] what changes before the line is up is shown once it is', async () => {
  // No calendar: nothing more is told of it later.
  const person = await stack.addPerson();
  const lead = await addLead(person);
  const page = await openSignedIn({ browser, stack, person }, '/healthz');
  const release = await holdRequests(page, '**/api/stream');
  await page.goto(`${stack.url}/leads/${lead}`);
  await page.getByText('Nothing planned yet').waitFor();
  await addActivity(person, { lead_id: lead, title: 'Planned meanwhile' });
  await release();
  await page.getByRole('article', { name: 'Planned meanwhile' }).waitFor();
  await page.context().close();
});

test('a lost line is told, and what was missed is shown when it is back', async () => {
  const lead = await addLead(anna);
  const page = await openAs('/leads');
  await page.context().route('**/api/stream', (route) => route.abort());
  await page.goto(`${stack.url}/leads/${lead}`);
  await page.getByText('Nothing planned yet').waitFor();
  await page.getByText('Connection lost').waitFor();
  await addActivity(anna, { lead_id: lead, title: 'Planned elsewhere' });
  await page.context().unroute('**/api/stream');
  await page.getByRole('article', { name: 'Planned elsewhere' }).waitFor({ timeout: 20_000 });
  await page.getByText('Connection lost').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a session that ended leads to the sign-in and back to the page', async () => {
  const page = await openAs('/leads');
  await page.getByRole('link', { name: 'Carla' }).first().waitFor();
  await page.context().clearCookies();
  await page.goto(`${stack.url}/leads/${leadId}`);
  await page.getByRole('textbox', { name: 'Email' }).fill(anna.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(anna.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('article', { name: 'Visit' }).waitFor();
  expect(page.url()).toBe(`${stack.url}/leads/${leadId}`);
  await page.context().close();
});
