import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { personAt } from '../support/person-at-provider.ts';
import { listLiveEvents } from '../support/sandbox-events.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const carla = 'carla@fontaine.example';
const ben = 'ben@northwind.sandbox';

let stack: Stack;
let browser: Browser;
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
beforeEach(async () => {
  anna = await stack.addPerson();
  const lead = { name: 'Carla Fontaine', email: carla };
  leadId = (await anna.client.send<{ id: string }>('POST', '/api/leads', lead)).id;
  await stack.connect(anna, 'google', accounts.google);
});

async function openLead(options: BrowserContextOptions = {}): Promise<Page> {
  return openSignedIn({ browser, stack, person: anna }, `/leads/${leadId}`, options);
}

/** At nine, there, so many days from now. */
const inDays = (days: number) => {
  const date = new Date(Date.now() + days * 24 * 60 * 60_000).toISOString().slice(0, 10);
  return { start: `${date}T09:00`, end: `${date}T10:00` };
};

test('[U11] an event of one calendar is shown in another, as nothing but busy time, from its lead', async () => {
  await stack.connect(anna, 'outlook', accounts.outlook);
  const there = personAt(stack, 'google', accounts.google);
  const title = 'Price talk';
  const id = await there.create({ title, ...inDays(1), attendees: [carla] });
  const over = await there.create({ title: 'Over', ...inDays(-2), attendees: [carla] });
  const page = await openLead();
  // What is over is nothing to keep free for.
  await page.getByRole('article', { name: 'Over' }).waitFor();
  expect(await page.getByRole('button', { name: 'Show in another calendar: Over' }).count()).toBe(
    0,
  );
  const row = page.getByRole('article', { name: title });
  await row.getByRole('button', { name: `Show in another calendar: ${title}` }).click();
  await row.getByLabel('What it shows').selectOption('Only that you are busy');
  expect(await row.getByLabel('Calendar', { exact: true }).inputValue()).not.toBe('');
  expect(await findViolationsInEveryLook(page, 'mirror, asked')).toEqual([]);

  // Refused, it says so and can be tried again.
  await page.context().route('**/mirrors', (route) => route.abort());
  await row.getByRole('button', { name: 'Show it there' }).click();
  await row.getByText('Kalends could not be reached').waitFor();
  await page.context().unroute('**/mirrors');
  await row.getByRole('button', { name: 'Show it there' }).click();

  await row.getByText('Shows only that you are busy').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe(title);
  // There is no third calendar to show it in.
  expect(await row.getByRole('button', { name: /Show in another/ }).count()).toBe(0);
  await waitFor('the busy time there', async () => {
    const found = await listLiveEvents(stack, 'outlook', accounts.outlook);
    return found.some((event) => event.title === 'Busy');
  });
  await row.getByText('In calendar').nth(1).waitFor();
  expect(await findViolationsInEveryLook(page, 'mirror, shown')).toEqual([]);
  for (const one of [id, over]) await there.remove(one);
  await page.context().close();
});

test('[G8] somebody else’s meeting is answered from its lead, and its organizer has the answer', async () => {
  const organizer = personAt(stack, 'google', ben);
  const title = 'Ben’s kick-off';
  const id = await organizer.create({
    title,
    ...inDays(1),
    attendees: [accounts.google, carla],
  });
  const answerThere = async () => {
    const { attendees } = (await organizer.find(id)) as {
      attendees: { email: string; responseStatus: string }[];
    };
    return attendees.find(({ email }) => email === accounts.google)?.responseStatus;
  };
  const page = await openLead();
  const row = page.getByRole('article', { name: title });
  await row.getByText('Your answer: No answer yet').waitFor();
  await row.getByText(`Organised by ${ben}`).waitFor();
  expect(await row.getByRole('button', { name: 'Edit' }).count()).toBe(0);
  const choice = (name: string) => row.getByRole('button', { name: `${name}: ${title}` });
  expect(await choice('Accept').getAttribute('aria-pressed')).toBe('false');
  expect(await findViolationsInEveryLook(page, 'answer, asked')).toEqual([]);

  await choice('Accept').click();
  await row.getByText('Your answer: Accepted').waitFor();
  expect(await choice('Accept').getAttribute('aria-pressed')).toBe('true');
  await waitFor('the answer there', async () => (await answerThere()) === 'accepted');

  await page.context().route('**/answer', (route) => route.abort());
  await choice('Decline').click();
  await row.getByText('Kalends could not be reached').waitFor();
  expect(await answerThere()).toBe('accepted');
  await page.context().unroute('**/answer');
  await choice('Decline').click();
  await row.getByText('Your answer: Declined').waitFor();
  await waitFor('the other answer there', async () => (await answerThere()) === 'declined');
  expect(await findViolationsInEveryLook(page, 'answer, given')).toEqual([]);
  await organizer.remove(id);
  await page.context().close();
});
