import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts, addActivity, addLead } from '../support/activities.ts';
import { findViolations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { personAt } from '../support/person-at-provider.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 15_000;

let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;

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
});

async function openAs(
  path: string,
  options: BrowserContextOptions = {},
  person = anna,
): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  await context.addCookies(
    [...person.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
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

const tellPages = (topic: string) =>
  database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', $2::text)::text)`,
    [anna.tenantId, topic],
  );

/** Two colleagues with connections, one of which has ended. */
async function addColleagues(): Promise<void> {
  for (const [name, email] of [
    ['Ben Okafor', 'ben@northwind.sandbox'],
    ['Clara Jensen-Oberhausen', 'anna.berg@gmail.sandbox'],
  ] as const) {
    const colleague = await stack.addPerson({ tenantId: anna.tenantId, name });
    await stack.connect(colleague, 'google', email);
    if (name.startsWith('Ben')) continue;
    await database.query(
      `update calendar_integrations set state = 'needs_reconnect', state_reason = 'grant-ended',
         state_since = now() where user_id = $1`,
      [colleague.userId],
    );
  }
}

test.each(looks)(
  'axe finds nothing in System Settings and on a first day, $viewport.width wide, $colorScheme',
  async (look) => {
    const name = `${look.viewport?.width}-${look.colorScheme}`;
    const found: Record<string, string[]> = {};
    const check = async (page: Page, state: string) => {
      found[state] = await findViolations(page);
      await shot(page, `${state}-${name}`);
    };
    const page = await openAs('/leads', look);
    await page.getByText('Get started').waitFor();
    await check(page, 'first-day');
    await page.goto(`${stack.url}/settings/calendars`);
    await page.getByText('No calendar connected').waitFor();
    await page.getByText('Nothing has happened yet.').waitFor();
    await check(page, 'settings-empty');

    const there = personAt(stack, 'google', accounts.google);
    const ids = [];
    for (const title of ['Board meeting', 'Dentist', 'Planning']) {
      ids.push(await there.create({ title }));
    }
    await stack.connect(anna, 'google', accounts.google);
    await stack.connect(anna, 'outlook', accounts.outlook, { isStarted: false });
    await addColleagues();
    const lead = await addLead(anna);
    await addActivity(anna, { lead_id: lead, title: 'Visit' });
    await page.goto(`${stack.url}/settings/calendars`);
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    await page.getByText('Recent runs').first().click();
    await page.getByRole('table', { name: 'Recent runs' }).waitFor();
    await page.getByRole('cell', { name: 'Clara Jensen-Oberhausen' }).first().waitFor();
    await check(page, 'settings');
    for (const id of ids) await there.remove(id);
    expect(Object.entries(found).filter(([, violations]) => violations.length > 0)).toEqual([]);
    await page.context().close();
  },
);

export { randomUUID, tellPages };
