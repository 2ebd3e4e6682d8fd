// Makes the pictures of the README: starts the built product on a new database, walks through it as a
// person would, and keeps what is seen in docs/images. `npm run build` comes first.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, 'docs/images/settings.png') });

  await page.goto(`${url}/leads`);
  await page.getByRole('link', { name: 'Carla Fontaine' }).click();
  for (const [title, place, days, hour] of [
    ['First visit in Lyon', '12 rue Mercière, Lyon', 2, '09:30'],
    ['Call about the offer', 'By phone', 9, '14:00'],
  ] as const) {
    const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await page.getByRole('button', { name: 'New Event' }).first().click();
    await page.getByRole('textbox', { name: 'Title' }).fill(title);
    await page.getByRole('textbox', { name: 'Location' }).fill(place);
    for (const [label, value] of [
      ['Start date', date],
      ['Start time', hour],
      ['End date', date],
      ['End time', '15:30'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
      await page.keyboard.press('Tab');
    }
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await waitFor(
    'four copies in calendars',
    async () => (await page.getByText('In calendar', { exact: true }).count()) === 4,
    20_000,
  );
  // The note that the event was saved goes by itself.
  await page.waitForTimeout(6_000);
  await page.screenshot({ path: join(root, 'docs/images/lead.png') });

  await page.goto(`${url}/calendar?view=month`);
  await page.getByRole('button', { name: /First visit in Lyon/ }).waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(root, 'docs/images/calendar.png') });
} finally {
  await browser.close();
  product.kill('SIGTERM');
  await new Promise((resolve) => product.once('exit', resolve));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
}
