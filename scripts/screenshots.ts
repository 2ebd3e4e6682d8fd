// Makes the pictures of the README: starts the built product on a new database, walks through it as a
// person would, and keeps what is seen in docs/images. `npm run build` comes first.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../test/support/browser.ts';
import { waitFor } from '../test/support/wait-for.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [port, sandboxPort] = ['4790', '4890'];
const url = `http://127.0.0.1:${port}`;

const dataDir = await mkdtemp(join(tmpdir(), 'kalends-pictures-'));
const product = spawn(process.execPath, [join(root, 'dist/src/main.js')], {
  env: { ...process.env, DATA_DIR: dataDir, PORT: port, SANDBOX_PORT: sandboxPort },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const browser = await launchBrowser();
try {
  await waitFor(
    'the product',
    () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );
  const page = await browser.newPage({
    viewport: { width: 1280, height: 760 },
    deviceScaleFactor: 1.5,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Email' }).fill('anna@northwind.example');
  await page.getByRole('textbox', { name: 'Password' }).fill('kalends-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Add lead' }).first().waitFor();

  for (const [connect, account, allow] of [
    ['Connect Google Calendar', 'anna@northwind.sandbox', 'Allow'],
    ['Connect Outlook Calendar', 'anna@northwind.onmicrosoft.sandbox', 'Accept'],
  ] as const) {
    await page.goto(`${url}/settings/calendars`);
    await page.getByRole('button', { name: connect }).click();
    await page.getByRole('button', { name: account }).click();
    await page.getByRole('button', { name: allow }).click();
    await page.getByText(account).first().waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor({ state: 'detached' });
  }
  await page.goto(`${url}/settings/calendars`);
  await page.getByText('Connected', { exact: true }).first().waitFor();
  await waitFor(
    'the first looks to end',
    async () => (await page.getByText('Looks again in').count()) === 2,
    60_000,
  );
  await page.evaluate('scrollTo(0, 0)');
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, 'docs/images/settings.png') });

  await page.goto(`${url}/leads`);
  await page.getByRole('link', { name: 'Carla Fontaine' }).click();
  for (const [title, place, weekday, hour, until] of [
    ['First visit in Lyon', '12 rue Mercière, Lyon', 2, '09:30', '11:00'],
    ['Call about the offer', 'By phone', 4, '14:00', '15:30'],
  ] as const) {
    const date = nextDay(weekday);
    await page.getByRole('button', { name: 'New Event' }).first().click();
    await page.getByRole('textbox', { name: 'Title' }).fill(title);
    await page.getByRole('textbox', { name: 'Location' }).fill(place);
    for (const [label, value] of [
      ['Start date', date],
      ['Start time', hour],
      ['End date', date],
      ['End time', until],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
      await page.keyboard.press('Tab');
    }
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  for (const title of ['First visit in Lyon', 'Call about the offer']) {
    const copies = page.getByRole('article', { name: title }).getByText('In calendar');
    await waitFor(`both copies of ${title}`, async () => (await copies.count()) === 2, 60_000);
  }
  // The note that the event was saved goes by itself.
  await page.waitForTimeout(6_000);
  await page.evaluate('scrollTo(0, 0)');
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, 'docs/images/lead.png') });

  // The week that comes: the demonstration's is full.
  await page.goto(`${url}/calendar`);
  await page.getByRole('button', { name: 'Next week' }).click();
  await page.getByText('Team stand-up').first().waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, 'docs/images/calendar.png') });

  await changeOnBothSides(page);
  await page.goto(`${url}/decisions`);
  await page.getByRole('button', { name: 'Take this version' }).waitFor();
  await page.screenshot({ path: join(root, 'docs/images/decisions.png') });
} finally {
  await browser.close();
  product.kill('SIGTERM');
  await new Promise((resolve) => product.once('exit', resolve));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
}

/** What Anna plans becomes one thing in her calendar and another here, before either has heard of the other. */
async function changeOnBothSides(page: Page): Promise<void> {
  const sandbox = `http://127.0.0.1:${sandboxPort}`;
  await fetch(`${sandbox}/sandbox/switches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ 'google.pushDelayMs': 60_000 }),
  });
  const there = await browser.newPage();
  await there.goto(`${sandbox}/people/google/anna@northwind.sandbox`);
  await there.getByRole('button', { name: 'Agenda' }).click();
  await there.getByRole('button', { name: 'Call about the offer' }).click();
  const form = there.getByRole('dialog');
  await form.getByLabel('Title', { exact: true }).fill('Call about the offer and the delivery');
  await form.getByLabel('Location', { exact: true }).fill('Video call');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });
  await there.close();

  await page.goto(`${url}/leads`);
  await page.getByRole('link', { name: 'Carla Fontaine' }).click();
  const row = page.getByRole('article', { name: 'Call about the offer' });
  await row.getByRole('button', { name: /^Edit/ }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Call about the second offer');
  await page.getByRole('textbox', { name: 'Location' }).fill('At their office');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('Conflict', { exact: true }).waitFor();
}

/** The next date with this day of the week, Monday being 1, after today: nobody visits on a Sunday. */
function nextDay(weekday: number): string {
  const today = new Date();
  const ahead = ((weekday - today.getUTCDay() + 6) % 7) + 1;
  return new Date(today.getTime() + ahead * 86_400_000).toISOString().slice(0, 10);
}
