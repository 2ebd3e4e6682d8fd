import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as Database } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { accounts, addActivity, addLead, getActivity } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { personAt } from '../support/person-at-provider.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 10_000;

let stack: Stack;
let browser: Browser;
let database: Database;
let anna: Person;
let connection: Connection;

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

async function connectGoogle(options: { isStarted?: boolean } = {}): Promise<void> {
  await stack.connect(anna, 'google', accounts.google, options);
  const { integrations } = await anna.client.get<{ integrations: Connection[] }>(
    '/api/calendar/connect?action=list',
  );
  connection = integrations[0] as Connection;
}

/** A page of its own, signed in as Anna. */
async function openAs(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  return openSignedIn({ browser, stack, person: anna }, path, options);
}

/** A calendar with everything that can be said of one. */
async function addTroubles(): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    `update calendars set brake = $2, last_pulled_at = now() - interval '30 hours',
       last_change_at = now() - interval '2 days', pull_done = pull_requested,
       next_pull_at = now() + interval '5 minutes'
     where connection_id = $1 and is_write_target returning id`,
    [
      connection.id,
      JSON.stringify({ count: 20, total: 40, since: new Date().toISOString(), decision: null }),
    ],
  );
  const id = rows[0]?.id;
  await database.query(
    `insert into unreadable_items (tenant_id, calendar_id, external_id, reason, since)
     values ($1, $2, 'x', 'Its time zone is not known: tzone://Custom.', now())`,
    [anna.tenantId, id],
  );
  await database.query(
    `insert into sync_runs (tenant_id, id, connection_id, calendar_id, started_at, ended_at, calls,
       changes_in, error)
     values ($1, $2, $3, $4, now() - interval '3 minutes', now(), 3, 2, 'unavailable')`,
    [anna.tenantId, randomUUID(), connection.id, id],
  );
}

/** One event for each thing that a person can be asked. */
async function addQuestions(leadId: string): Promise<void> {
  const questions = [
    [
      'In conflict',
      `state = 'conflict', state_reason = 'It was changed on both sides. The version from here was kept.',
       conflict = '[{"unit": "title", "winner": "local", "lost": "Their title"},
         {"unit": "when", "winner": "local", "lost": {"kind": "timed", "start": "2030-02-01T09:00:00",
          "end": "2030-02-01T10:00:00", "timeZone": "Europe/Berlin"}}]'`,
    ],
    [
      'Gone there',
      "state = 'detached', is_remote_gone = true, state_reason = 'It was deleted there.'",
    ],
    ['Came back', "state = 'conflict', is_revived = true, state_reason = 'It was kept in both.'"],
    ['Not taken', "state = 'refused', state_reason = 'The calendar did not accept it (400).'"],
    [
      'Somebody else’s',
      "origin = 'remote', can_edit = false, organizer = 'host@elsewhere.example'",
    ],
    ['Cancelled', "state = 'closed', state_reason = 'gone', is_remote_gone = true"],
  ] as const;
  for (const [title, columns] of questions) {
    const { id } = await addActivity(anna, { lead_id: leadId, title });
    await waitFor(
      'its copy',
      async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
    );
    await database.query(
      `update event_links set next_attempt_at = null, ${columns} where event_id = $1`,
      [id],
    );
    if (title !== 'Cancelled') continue;
    await database.query("update calendar_events set status = 'cancelled' where id = $1", [id]);
  }
}

test('where people decide is in order, with everything that can be asked of them', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  await addQuestions(lead);
  await addTroubles();
  await stack.connect(anna, 'outlook', accounts.outlook, { isStarted: false });
  const found: Record<string, string[]> = {};
  const page = await openAs('/settings/calendars');
  const check = async (state: string) => {
    const violations = await findViolationsInEveryLook(page, `decide, ${state}`);
    if (violations.length > 0) found[state] = violations;
  };
  await page.getByText('Delete so much?').waitFor();
  await page.getByText('Recent runs').first().click();
  await page.getByText('Ended early').waitFor();
  await page.getByText('could not be read').first().click();
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await check('settings');

  await page.goto(`${stack.url}/leads/${lead}`);
  await page.getByText('Their title').waitFor();
  // Both versions of a conflict, beside each other where there is room.
  const sides = page.getByRole('article', { name: 'In conflict' }).getByRole('region');
  expect(await sides.nth(0).innerText()).toContain('In force now');
  expect(await sides.nth(1).innerText()).toContain('Their title');
  const [ours, theirs] = await Promise.all([0, 1].map((one) => sides.nth(one).boundingBox()));
  expect(ours?.y).toBe(theirs?.y);
  await check('lead');
  expect(found).toEqual({});
  await page.context().close();
});

test('[U1] a person says which way events go and where new ones go, and sees that they are looked at', async () => {
  await connectGoogle();
  await database.query(
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
       created_at) values ($1, $2, $3, 'other', 'Other', false, true, now())`,
    [anna.tenantId, randomUUID(), connection.id],
  );
  const page = await openAs('/settings/calendars');
  await page
    .getByLabel('Which way events go: Other')
    .selectOption('Only from Kalends into the calendar');
  await page.getByLabel('New events go to').selectOption({ label: 'Other' });
  const target = async () =>
    (
      await database.query(
        'select name, direction from calendars where connection_id = $1 and is_write_target',
        [connection.id],
      )
    ).rows;
  await waitFor('the other calendar', async () => (await target())[0]?.name === 'Other');
  expect(await target()).toEqual([{ name: 'Other', direction: 'out' }]);
  // Where nothing goes out to it any more, new events do not either; the page says so.
  await page.getByLabel('Which way events go: Other').selectOption('Not synced');
  await expect
    .poll(() => page.getByLabel('New events go to').inputValue(), { timeout: SOON_MS })
    .toBe('');

  await database.query(
    'update calendars set asked_at = now() where connection_id = $1 and is_primary',
    [connection.id],
  );
  await page.reload();
  await page.getByText(/^Looking at .*…$/).waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, looking')).toEqual([]);
  await database.query('update calendars set asked_at = null where connection_id = $1', [
    connection.id,
  ]);
  await database.query(
    `select pg_notify('kalends', json_build_object('tenant_id', $1::text, 'topic', 'connections')::text)`,
    [anna.tenantId],
  );
  await page.getByText(/^Looking at .*…$/).waitFor({ state: 'detached' });
  await page.context().close();
});

test('[U7] older events go out when a person starts the account, and not before', async () => {
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Older' });
  await connectGoogle({ isStarted: false });
  const page = await openAs('/settings/calendars');
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  expect((await getActivity(anna, id)).copies).toEqual([]);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Sync now' }).waitFor();
  await waitFor(
    'the copy',
    async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
  );
  await page.context().close();
});

test('[U5] what is asked about an event is answered on its lead, and the focus stays with it', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  await addQuestions(lead);
  const page = await openAs(`/leads/${lead}`);
  const row = (name: string) => page.getByRole('article', { name });
  await row('In conflict').getByRole('button', { name: 'Take this version' }).click();
  await row('Their title').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Their title');
  await row('Gone there').getByRole('button', { name: 'Put it back there' }).click();
  await row('Gone there').getByText('In calendar').waitFor();
  await row('Came back').getByRole('button', { name: 'Keep it' }).click();
  await row('Came back').getByText('In calendar').waitFor();
  await row('Somebody else’s').getByText('host@elsewhere.example').waitFor();
  expect(await row('Somebody else’s').getByRole('button', { name: 'Edit' }).count()).toBe(0);
  await row('Cancelled').getByRole('button', { name: 'Restore' }).click();
  await row('Cancelled').getByText('In calendar').waitFor();
  await page.context().close();
});

test('[U6] one event is looked at from its lead, and says when that ended and how it stands', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Checked' });
  await waitFor(
    'the copy',
    async () => (await getActivity(anna, id)).copies[0]?.state === 'synced',
  );
  const page = await openAs(`/leads/${lead}`);
  const row = page.getByRole('article', { name: 'Checked' });
  const letGo = await holdRequests(page, /\/calendars$/);
  await row.getByRole('button', { name: 'Sync now' }).click();
  await row.getByText(/^Looking at .*…$/).waitFor();
  expect(await findViolationsInEveryLook(page, 'lead, one event looked at')).toEqual([]);
  await letGo();
  await row.getByText(/^Done at .*\. It is in step with every calendar\.$/).waitFor();
  expect(await findViolationsInEveryLook(page, 'lead, one event was looked at')).toEqual([]);
  await page.context().close();
});

test('[U3] it is told who settled a conflict, and in whose calendar an event was deleted', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  const inCalendar = async (title: string) => {
    const { id } = await addActivity(anna, { lead_id: lead, title });
    const isThere = async () => (await getActivity(anna, id)).copies[0]?.state === 'synced';
    await waitFor('the copy', isThere);
    return id;
  };
  const settled = await inCalendar('Settled');
  await database.query(
    `update event_links set state = 'conflict',
       conflict = '[{"unit": "title", "winner": "local", "lost": "Their title"}]' where event_id = $1`,
    [settled],
  );
  const gone = await inCalendar('Gone');
  await personAt(stack, 'google', accounts.google).remove(
    (await getActivity(anna, gone)).google_event_id ?? '',
  );
  await anna.client.send('POST', '/api/calendar/sync', { activity_id: gone });
  const page = await openAs(`/leads/${lead}`);
  const row = (name: string) => page.getByRole('article', { name });
  const where = `It was deleted in Google Calendar (${accounts.google}).`;
  await row('Gone').getByText(where).waitFor();
  await row('Settled').getByRole('button', { name: 'Keep this version' }).click();
  await row('Settled').getByText('In calendar').waitFor();
  expect(await findViolationsInEveryLook(page, 'lead, deleted in a calendar')).toEqual([]);
  await row('Settled').getByRole('button', { name: 'History' }).click();
  const history = page.getByRole('dialog');
  await history.getByText('Decided: it stays as it is').waitFor();
  await history.getByText('Title: kept “Settled”; “Their title” gave way').waitFor();
  await history.getByText('Anna Berg, in Kalends').first().waitFor();
  expect(await findViolationsInEveryLook(page, 'history, settled')).toEqual([]);
  await page.context().close();
});

test('[U16] the audit trail says which calendar was changed, and how', async () => {
  await connectGoogle();
  const path = `/api/calendar/connections/${connection.id}/calendars`;
  const { calendars } = await anna.client.get<{ calendars: { id: string; name: string }[] }>(path);
  const [main] = calendars;
  await anna.client.send('PATCH', `${path}/${main?.id}`, { direction: 'in' });
  await database.query("update calendars set name = 'Field work' where id = $1", [main?.id]);
  const page = await openAs('/settings/calendars');
  const trail = page.getByRole('table', { name: 'Audit trail' });
  await trail.getByText(`Changed which way events go: ${accounts.google} (Google)`).waitFor();
  await trail
    .getByText('Field work: “Both ways” became “Only from the calendar into Kalends”.')
    .waitFor();
  expect(await findViolationsInEveryLook(page, 'settings, audit trail')).toEqual([]);
  await page.context().close();
});

test('[S6] [U1] where changes go one way only a copy says in what it differs, and one that waits says so', async () => {
  await connectGoogle();
  const path = `/api/calendar/connections/${connection.id}/calendars`;
  const { calendars } = await anna.client.get<{ calendars: { id: string }[] }>(path);
  const turn = (direction: string) =>
    anna.client.send('PATCH', `${path}/${calendars[0]?.id}`, { direction });
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Visit', location: 'Roof' });
  const copy = async () => (await anna.client.get<Activity>(`/api/activities/${id}`)).copies[0];
  await waitFor('its copy', async () => (await copy())?.state === 'synced');
  await turn('in');
  const changes = { version: 1, title: 'Long visit', location: 'Yard' };
  await anna.client.send('PATCH', `/api/activities/${id}`, changes);
  await waitFor('both', async () => (await copy())?.differs_in.length === 2);
  const page = await openAs(`/leads/${lead}`);
  const event = page.getByRole('article', { name: 'Long visit' });
  await event
    .getByText('Different there, since changes go one way only: Location, Title.')
    .waitFor();
  expect(await findViolationsInEveryLook(page, 'lead, differs there')).toEqual([]);
  await turn('none');
  await event.getByText('This calendar is switched off in System Settings.').waitFor();
  expect(await event.getByText('Different there').count()).toBe(0);
  expect(await findViolationsInEveryLook(page, 'lead, switched off')).toEqual([]);
  await page.context().close();
});

test('what is typed while the event changes elsewhere is kept, and what changed is told', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Visit', location: 'Roof' });
  const page = await openAs(`/leads/${lead}`);
  await page
    .getByRole('article', { name: 'Visit' })
    .getByRole('button', { name: 'Edit', exact: true })
    .click();
  const form = page.getByRole('dialog', { name: 'Edit event' });
  const field = (name: string) => form.getByRole('textbox', { name });
  await field('Title').fill('Site visit');
  await field('Location').fill('Yard');
  const elsewhere = { version: 1, location: 'Hall', description: 'Bring the offer' };
  await anna.client.send('PATCH', `/api/activities/${id}`, elsewhere);
  // At once, and not only when it is saved.
  await form.getByText('This event was changed meanwhile').waitFor();
  expect(await field('Title').inputValue()).toBe('Site visit');
  await form.getByRole('button', { name: 'Show what changed' }).click();
  await form.getByText('Location “Hall”, Notes “Bring the offer”').waitFor();
  await form.getByText('You changed that, too (Location)').waitFor();
  expect(await findViolationsInEveryLook(page, 'form, changed meanwhile')).toEqual([]);
  expect(await field('Title').inputValue()).toBe('Site visit');
  expect(await field('Location').inputValue()).toBe('Yard');
  expect(await field('Notes').inputValue()).toBe('Bring the offer');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('article', { name: 'Site visit' }).getByText('Yard').waitFor();
  const saved = await anna.client.get<Record<string, string>>(`/api/activities/${id}`);
  expect(saved).toMatchObject({ location: 'Yard', description: 'Bring the offer' });

  await page
    .getByRole('article', { name: 'Site visit' })
    .getByRole('button', { name: 'Edit', exact: true })
    .click();
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  // The note of before is still there, and not over the button.
  await page.getByText('Event saved').waitFor();
  await form.getByRole('button', { name: 'Save' }).click({ trial: true, timeout: 2_000 });
  if (size) await page.setViewportSize(size);
  await field('Notes').fill('Bring the samples');
  await anna.client.send('DELETE', `/api/activities/${id}`);
  await form.getByText('This event was deleted or cancelled meanwhile').waitFor();
  expect(await field('Notes').inputValue()).toBe('Bring the samples');
  expect(await findViolationsInEveryLook(page, 'form, deleted meanwhile')).toEqual([]);
  await page.context().close();
});

test('[U2] a change is taken back from the history, and a deletion from what was deleted lately', async () => {
  await connectGoogle();
  const lead = await addLead(anna);
  const { id } = await addActivity(anna, { lead_id: lead, title: 'Lunch' });
  await anna.client.send('PATCH', `/api/activities/${id}`, { version: 1, title: 'Dinner' });
  const page = await openAs(`/leads/${lead}`);
  const row = (name: string) => page.getByRole('article', { name });
  await row('Dinner').getByRole('button', { name: 'History' }).click();
  await page.getByText('Title: “Lunch” became “Dinner”').waitFor();
  await page.getByRole('button', { name: /^Undo: Changed/ }).click();
  await page.getByText('Title: “Dinner” became “Lunch”').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const deleteLunch = async () => {
    await row('Lunch').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row('Lunch').waitFor({ state: 'detached' });
  };
  await deleteLunch();
  await page.getByText('“Lunch” is deleted.').waitFor();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await row('Lunch').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Lunch');
  await deleteLunch();
  await page.getByText('Deleted lately', { exact: true }).click();
  await page.getByRole('button', { name: 'Restore: Lunch' }).click();
  await row('Lunch').getByRole('button', { name: 'Edit' }).waitFor();
  await row('Lunch').getByText('In calendar').waitFor();
  await page.context().close();
});

test('[U10] an admin says what is taken in', async () => {
  const page = await openAs('/settings/calendars');
  await page.getByLabel('Days back').fill('30');
  await page.getByLabel('Which events').selectOption('Only meetings with a known lead');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await anna.client.get('/api/admin/policies')).toMatchObject({
    import_days_back: 30,
    ingest: 'with-lead',
  });
  await page.context().close();
});
