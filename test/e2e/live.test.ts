import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, addActivity, addLead, getActivity } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { type CuttableProxy, startProxy } from '../support/cuttable-proxy.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 20_000;

let proxy: CuttableProxy;
let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  proxy = await startProxy();
  stack = await startStack({ webDir, env: { PUBLIC_URL: proxy.url, WEBHOOK_URL: 'off' } });
  await proxy.open(Number(new URL(stack.url).port));
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  browser = await launchBrowser();
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  leadId = await addLead(anna);
});
afterAll(async () => {
  await browser?.close();
  await proxy?.cut();
  await database?.end();
  await stack?.stop();
});

/** Every kind of page of the product, each in a window of its own. */
async function openAll(): Promise<Record<'leads' | 'lead' | 'decisions' | 'settings', Page>> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  await context.addCookies(
    [...anna.client.cookies].map(([name, value]) => ({ name, value, url: proxy.url })),
  );
  const open = async (path: string) => {
    const page = await context.newPage();
    page.setDefaultTimeout(SOON_MS);
    await page.goto(proxy.url + path);
    return page;
  };
  return {
    leads: await open('/leads'),
    lead: await open(`/leads/${leadId}`),
    decisions: await open('/decisions'),
    settings: await open('/settings/calendars'),
  };
}

test('[U17] the server goes and comes back: every page says so, and shows what was missed, without a reload', async () => {
  const pages = await openAll();
  await pages.leads.getByRole('link', { name: 'Carla' }).waitFor();
  await pages.lead.getByText('Nothing planned yet').waitFor();
  await pages.decisions.getByText('Nothing waits for you').waitFor();
  const card = pages.settings.getByRole('article', { name: accounts.google });
  await card.getByText('Connected', { exact: true }).waitFor();
  // A mark that a reload would lose.
  for (const page of Object.values(pages)) await page.evaluate('window.wasHere = true');

  await proxy.cut();
  for (const page of Object.values(pages)) await page.getByText('Connection lost').waitFor();
  for (const [name, page] of Object.entries(pages)) {
    expect(await findViolationsInEveryLook(page, `${name}, offline`)).toEqual([]);
  }
  await pages.settings.getByRole('button', { name: 'Sync now' }).click();
  await card.getByRole('alert').getByText('Kalends could not be reached').waitFor();

  // Meanwhile, by other hands.
  const { id } = await addActivity(anna, { lead_id: leadId, title: 'Planned meanwhile' });
  await waitFor(
    'its copy',
    async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
  );
  await database.query(
    `update event_links set state = 'refused', next_attempt_at = null where event_id = $1`,
    [id],
  );
  await database.query(
    `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
       state_since = now() where tenant_id = $1`,
    [anna.tenantId],
  );

  await proxy.open(Number(new URL(stack.url).port));
  await pages.lead.getByRole('article', { name: 'Planned meanwhile' }).waitFor();
  await pages.leads.getByText('needs to be reconnected').waitFor();
  await pages.leads.getByText('1 decision waits for you.').waitFor();
  await pages.decisions.getByText('did not accept “Planned meanwhile”').waitFor();
  await card.getByText('Needs reconnect').waitFor();
  for (const page of Object.values(pages)) {
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
    expect(await page.evaluate('window.wasHere')).toBe(true);
  }
  await pages.leads.context().close();
});
