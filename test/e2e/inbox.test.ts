import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts, addActivity, addLead, getActivity } from '../support/activities.ts';
import { findViolations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 15_000;

let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;
let leadId: string;

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, env: { WEBHOOK_URL: 'off' } });
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await database?.end();
  await stack?.stop();
});
beforeEach(async () => {
  anna = await stack.addPerson({ role: 'admin' });
  await stack.connect(anna, 'google', accounts.google);
  leadId = await addLead(anna);
});

async function openAs(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  await context.addCookies(
    [...anna.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  await page.goto(stack.url + path);
  return page;
}

const shot = async (page: Page, name: string) => {
  if (process.env['SHOTS'])
    await page.screenshot({ path: `${process.env['SHOTS']}/${name}.png`, fullPage: true });
};

const looks: BrowserContextOptions[] = [
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { viewport: { width: 768, height: 1024 }, colorScheme: 'light' },
  { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
];

/** What the database says of a copy that asks. */
const questions = {
  conflict: `state = 'conflict', conflict = '[{"unit": "title", "winner": "local", "lost": "Their title"},
    {"unit": "when", "winner": "local", "lost": {"kind": "timed", "start": "2030-02-01T09:00:00",
    "end": "2030-02-01T10:00:00", "timeZone": "Europe/Berlin"}}]'`,
  detached: "state = 'detached', is_remote_gone = true",
  returned: "state = 'conflict', is_revived = true",
  refused: "state = 'refused', state_reason = 'The calendar did not accept it (400).'",
};

/** An event about whose copy its owner is asked. Answers its id. */
async function ask(title: string, kind: keyof typeof questions): Promise<string> {
  const { id } = await addActivity(anna, { lead_id: leadId, title });
  await waitFor(
    'its copy',
    async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
  );
  await database.query(
    `update event_links set next_attempt_at = null, ${questions[kind]} where event_id = $1`,
    [id],
  );
  await tellPages('activities');
  return id;
}

/** A calendar in which the brake holds `count` deletions. */
async function brake(count: number): Promise<void> {
  await database.query(
    `update calendars set brake = $2, next_pull_at = now() + interval '1 hour' where tenant_id = $1 and is_write_target`,
    [
      anna.tenantId,
      JSON.stringify({ count, total: 40, since: new Date().toISOString(), decision: null }),
    ],
  );
  await tellPages('connections');
}

const tellPages = (topic: string) =>
  database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', $2::text)::text)`,
    [anna.tenantId, topic],
  );

const endGrant = async () => {
  await database.query(
    `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
       state_since = now() where tenant_id = $1`,
    [anna.tenantId],
  );
  await tellPages('connections');
};

const card = (page: Page, title: string) =>
  page.getByRole('article').filter({ hasText: `“${title}”` });
test.each(looks)(
  'axe finds nothing among decisions, $viewport.width wide, $colorScheme',
  async (look) => {
    const name = `${look.viewport?.width}-${look.colorScheme}`;
    const found: Record<string, string[]> = {};
    const page = await openAs('/decisions', look);
    await page.getByText('Nothing waits for you').waitFor();
    found['empty'] = await findViolations(page);
    await shot(page, `decisions-empty-${name}`);
    await ask('Offer for the northern plant', 'conflict');
    await ask('Call about the renewal of the framework agreement', 'detached');
    await ask('Lunch', 'returned');
    await ask('Site visit', 'refused');
    await brake(20);
    await card(page, 'Site visit').waitFor();
    await page.getByText('20 deletions wait').waitFor();
    found['full'] = await findViolations(page);
    await shot(page, `decisions-${name}`);
    await page.getByLabel('Select “Lunch”').check();
    await page.getByText('1 selected').waitFor();
    await page.getByLabel('Select “Site visit”').check();
    await page.getByText('These need different answers').waitFor();
    found['selected'] = await findViolations(page);
    await shot(page, `decisions-selected-${name}`);
    await endGrant();
    await page.goto(`${stack.url}/leads/${leadId}`);
    await page.getByText('5 decisions wait for you.').waitFor();
    await page.getByText('needs to be reconnected').waitFor();
    found['banner'] = await findViolations(page);
    await shot(page, `banner-${name}`);
    await page.getByRole('button', { name: 'History' }).first().click();
    await page.getByRole('dialog').getByText('Made').waitFor();
    found['history'] = await findViolations(page);
    expect(Object.entries(found).filter(([, violations]) => violations.length > 0)).toEqual([]);
    await page.context().close();
  },
);
