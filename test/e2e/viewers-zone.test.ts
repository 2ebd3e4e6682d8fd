import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { Session } from '../../src/api/schemas/session.ts';
import { launchBrowser } from '../support/browser.ts';
import { addNamedLead, at, button, drawn, plan, TUESDAY } from '../support/calendar-page.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));

let stack: Stack;
let browser: Browser;
/** Her account says Berlin. */
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, withWorker: false });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
beforeEach(async () => {
  anna = await stack.addPerson();
  leadId = await addNamedLead(anna, 'Carla Fontaine');
});

/** As from a browser in this zone. */
const openIn = (timezoneId: string, path: string) =>
  openSignedIn({ browser, stack, person: anna }, path, { timezoneId });

const storedZone = async () => (await anna.client.get<Session>('/api/session')).user?.time_zone;

test('a lead’s page shows times where the browser is, and the event’s own zone beside them', async () => {
  await plan(anna, leadId, 'Visit', at(TUESDAY, '09:00-10:00'));
  await plan(anna, leadId, 'There', { ...at(TUESDAY, '09:00-10:00'), time_zone: 'Asia/Tokyo' });
  const page = await openIn('Asia/Tokyo', `/leads/${leadId}`);
  const visit = page.getByRole('article', { name: 'Visit' });
  await visit.getByText('17:00–18:00').waitFor();
  await visit.getByText('09:00–10:00 in Berlin (GMT+1)').waitFor();
  const there = page.getByRole('article', { name: 'There' });
  await there.getByText('09:00–10:00', { exact: true }).waitFor();
  expect(await there.getByText('Tokyo').count()).toBe(0);
  await page.context().close();
});

test('a new event is in the zone where the browser is', async () => {
  const page = await openIn('Asia/Tokyo', `/leads/${leadId}`);
  await button(page, 'New Event').click();
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await expect.poll(() => zone.inputValue()).toBe('Asia/Tokyo');
  await page.getByRole('textbox', { name: 'Title' }).fill('Typed there');
  await page.getByLabel('When, in words').fill('tomorrow 3pm');
  await button(page, 'Save').click();
  const row = page.getByRole('article', { name: 'Typed there' });
  await row.getByText('15:00–16:00').waitFor();
  const { activities } = await anna.client.get<{ activities: Activity[] }>(
    `/api/activities?lead_id=${leadId}`,
  );
  expect(activities).toMatchObject([{ title: 'Typed there', time_zone: 'Asia/Tokyo' }]);
  await page.context().close();
});

test('the calendar has its hours, its line of now and its new events where the browser is', async () => {
  await plan(anna, leadId, 'Visit', at(TUESDAY, '09:00-10:00'));
  const page = await openIn('Asia/Tokyo', '/leads');
  // Half past ten there, and half past two in Berlin.
  await page.clock.setFixedTime(new Date(`${TUESDAY}T01:30:00Z`));
  await page.goto(`${stack.url}/calendar?view=week&date=${TUESDAY}`);
  await drawn(page, 'Visit').getByText('Tue 18 Mar, 17:00–18:00').waitFor({ state: 'attached' });
  const topOf = async (of: Locator) => (await of.boundingBox())?.y ?? Number.NaN;
  const line = await topOf(page.locator('[class*=nowLine]'));
  expect(line).toBeGreaterThan(await topOf(page.getByText('10:00', { exact: true })));
  expect(line).toBeLessThan(await topOf(page.getByText('11:00', { exact: true })));
  await button(page, 'New Event').click();
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await expect.poll(() => zone.inputValue()).toBe('Asia/Tokyo');
  await page.context().close();
});

test('the account learns where its person’s browser is, by the present name of the place', async () => {
  const page = await openIn('Asia/Calcutta', '/leads');
  await expect.poll(storedZone).toBe('Asia/Kolkata');
  await page.context().close();
});

test('an open page goes along with who travels', async () => {
  await plan(anna, leadId, 'Visit', at(TUESDAY, '09:00-10:00'));
  // No zone from the context: that one would stay for good.
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addCookies(
    [...anna.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
  );
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  const moveTo = (timezoneId: string) =>
    protocol.send('Emulation.setTimezoneOverride', { timezoneId });
  await moveTo('Europe/Berlin');
  await page.clock.install();
  await page.goto(`${stack.url}/leads/${leadId}`);
  const visit = page.getByRole('article', { name: 'Visit' });
  await visit.getByText('09:00–10:00', { exact: true }).waitFor();
  await moveTo('America/New_York');
  await page.clock.fastForward('01:00');
  await visit.getByText('04:00–05:00', { exact: true }).waitFor();
  await expect.poll(storedZone).toBe('America/New_York');
  await context.close();
});
