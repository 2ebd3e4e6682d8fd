import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUser } from '../../src/api/sign-up.ts';
import { accounts } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { listLiveEvents } from '../support/sandbox-events.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const anna = { email: 'anna@northwind.example', password: 'kalends-demo' };
/** What the page shows after a change there or here; live, so well under this. */
const SOON_MS = 10_000;

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir });
  await createUser(stack.context, {
    tenantId: await stack.addTenant('Northwind'),
    name: 'Anna Berg',
    ...anna,
    role: 'admin',
    timeZone: 'Europe/Berlin',
  });
  browser = await launchBrowser();
  page = await browser.newPage({ locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  page.setDefaultTimeout(SOON_MS);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** The calls that wrote at a provider, in the sandbox's own record. */
const writes = () =>
  stack.sandbox.calls
    .filter(({ method, operation }) => method !== 'GET' && operation.startsWith('events.'))
    .filter(({ operation }) => operation !== 'events.watch')
    .map(({ provider, operation, status }) => `${provider} ${operation} ${status}`);

const titlesAt = async (provider: 'google' | 'outlook') =>
  (await listLiveEvents(stack, provider, accounts[provider])).map(({ title }) => title);

test('from signing in to disconnecting, watched from both sides', async () => {
  await page.goto(stack.url);
  await page.getByRole('textbox', { name: 'Email' }).fill(anna.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(anna.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Add lead' }).first().waitFor();

  await connectGoogle();
  await connectOutlook();

  const title = 'Visit in Lyon';
  await addLead('Carla Fontaine');
  await page.getByRole('button', { name: 'New Event' }).first().click();
  await page.getByRole('textbox', { name: 'Title' }).fill(title);
  await fillWhen(tomorrow(), '09:30', '11:00');
  await page.getByRole('textbox', { name: 'Location' }).fill('12 rue Mercière');
  await page.getByRole('button', { name: 'Save' }).click();

  await waitForCopies('In calendar', 2);
  await expect.poll(() => titlesAt('google')).toEqual([title]);
  await expect.poll(() => titlesAt('outlook')).toEqual([title]);
  expect(writes().sort()).toEqual(['google events.insert 200', 'outlook events.create 201']);
  await seenByPeople(title);

  await page.getByRole('button', { name: /^Edit/ }).first().click();
  await page.getByRole('textbox', { name: 'Title' }).fill(`${title}, second half`);
  await page.getByRole('button', { name: 'Save' }).click();
  await waitFor('the new title at both', async () => {
    const titles = [...(await titlesAt('google')), ...(await titlesAt('outlook'))];
    return titles.every((one) => one === `${title}, second half`) && titles.length === 2;
  });
  await waitForCopies('In calendar', 2);
  expect(writes().length).toBe(4);

  await page
    .getByRole('button', { name: /^Delete/ })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await waitFor('the event to go at both', async () => {
    const titles = [...(await titlesAt('google')), ...(await titlesAt('outlook'))];
    return titles.length === 0;
  });
  // A note over the page still names it, with the way back.
  await page.getByRole('main').getByText(title).first().waitFor({ state: 'detached' });
  expect(writes().length).toBe(6);
  // Nobody was mailed on all this way.
  expect(stack.sandbox.mails).toEqual([]);

  await disconnectAll();
});

async function openSettings(): Promise<void> {
  await page.goto(`${stack.url}/settings/calendars`);
}

async function connectGoogle(): Promise<void> {
  await openSettings();
  await page.getByRole('button', { name: 'Connect Google Calendar' }).click();
  await page.getByRole('button', { name: accounts.google }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/settings\/calendars/);
  await page.getByText(accounts.google).first().waitFor();
}

async function connectOutlook(): Promise<void> {
  await openSettings();
  await page.getByRole('button', { name: 'Connect Outlook Calendar' }).click();
  await page.getByRole('button', { name: accounts.outlook }).click();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL(/\/settings\/calendars/);
  await page.getByText(accounts.outlook).first().waitFor();
}

async function addLead(name: string): Promise<void> {
  await page.goto(`${stack.url}/leads`);
  await page.getByRole('button', { name: 'Add lead' }).first().click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(name);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Add|Save/ })
    .click();
  await page.getByRole('heading', { name }).or(page.getByRole('link', { name })).first().click();
  await page.getByRole('button', { name: 'New Event' }).first().waitFor();
}

async function fillWhen(date: string, start: string, end: string): Promise<void> {
  const fields = { 'Start date': date, 'Start time': start, 'End date': date, 'End time': end };
  for (const [label, value] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.keyboard.press('Tab');
  }
}

async function waitForCopies(state: string, count: number): Promise<void> {
  await expect
    .poll(() => page.getByText(state, { exact: true }).count(), { timeout: SOON_MS })
    .toBe(count);
}

/** The person at Google, and the one at Outlook, sees it in the calendar itself. */
async function seenByPeople(title: string): Promise<void> {
  for (const provider of ['google', 'outlook'] as const) {
    const person = await browser.newPage();
    await person.goto(`${stack.sandboxServer.url}/people/${provider}/${accounts[provider]}`);
    await person.getByRole('heading', { name: accounts[provider] }).waitFor();
    await person.getByRole('button', { name: 'Agenda' }).click();
    await person.getByText(title).first().waitFor({ timeout: SOON_MS });
    await person.close();
  }
}

function tomorrow(): string {
  return new Date(Date.now() + 24 * 60 * 60_000).toISOString().slice(0, 10);
}

async function disconnectAll(): Promise<void> {
  await openSettings();
  for (const left of [1, 0]) {
    await page
      .getByRole('button', { name: /^Disconnect/ })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Disconnect/ })
      .click();
    await expect
      .poll(() => page.getByRole('button', { name: /^Disconnect/ }).count(), { timeout: SOON_MS })
      .toBe(left);
  }
  const rows = await stack.context.store.system
    .selectFrom('calendar_integrations')
    .select(['access_token', 'refresh_token'])
    .execute();
  expect(rows).toEqual([
    { access_token: null, refresh_token: null },
    { access_token: null, refresh_token: null },
  ]);
  expect(stack.sandbox.calls.map(({ operation }) => operation)).toContain('oauth.revoke');
}
