import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, addLead, withoutQuotas } from '../support/activities.ts';
import { launchBrowser } from '../support/browser.ts';
import { findViolationsInEveryLook } from '../support/every-look.ts';
import { personAt } from '../support/person-at-provider.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { holdRequests, loseRequests } from '../support/slow-line.ts';
import { type Person, type Stack, startStack } from '../support/stack.ts';

/** As `npm test` built them. */
const webDir = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SOON_MS = 10_000;
const both = ['google', 'outlook'] as const;
/** Tuesdays far enough ahead; the clocks go forward between the second and the third. */
const TUESDAY = '2031-03-18';
const TUESDAYS = ['2031-03-18', '2031-03-25', '2031-04-01', '2031-04-08', '2031-04-15'];
const window = { from: '2031-03-01T00:00:00Z', to: '2031-06-01T00:00:00Z' };

let stack: Stack;
let browser: Browser;
let anna: Person;
const emails = { google: '', outlook: '' };

beforeAll(async () => {
  if (!existsSync(webDir)) throw new Error('Run `npm run build` first: dist/web is missing.');
  stack = await startStack({ webDir, sandbox: { switches: withoutQuotas } });
  anna = await stack.addPerson();
  for (const provider of both) {
    const domain = provider === 'google' ? 'northwind' : 'northwind.onmicrosoft';
    emails[provider] = `${randomUUID().slice(0, 8)}@${domain}.sandbox`;
    const { tenantId } = stack.sandbox.world.findAccount(provider, accounts[provider]) ?? {};
    const account = { name: 'Anna', kind: 'work', timeZone: 'Europe/Berlin' } as const;
    const email = emails[provider];
    stack.sandbox.addAccount({ provider, email, ...account, tenantId: tenantId ?? null });
    await stack.connect(anna, provider, email);
  }
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A page of its own, signed in as Anna. */
async function openAs(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  return openSignedIn({ browser, stack, person: anna }, path, {
    timezoneId: 'Europe/Berlin',
    ...options,
  });
}

/** Each occurrence at a provider as `start title`, with the clock of Berlin. */
async function there(provider: 'google' | 'outlook'): Promise<string[]> {
  const path =
    provider === 'google'
      ? `/calendar/v3/calendars/primary/events?singleEvents=true&maxResults=500&timeMin=${window.from}&timeMax=${window.to}`
      : `/v1.0/me/calendarView?$top=500&startDateTime=${window.from}&endDateTime=${window.to}`;
  const body = (await personAt(stack, provider, emails[provider]).call('GET', path)) as Record<
    string,
    { summary?: string; subject?: string; start: { dateTime: string } }[]
  >;
  return (body['items'] ?? body['value'] ?? [])
    .map(({ summary, subject, start }) => {
      const instant = provider === 'google' ? start.dateTime : `${start.dateTime.slice(0, 19)}Z`;
      const local = new Date(instant).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });
      return `${local.slice(0, 16)} ${summary ?? subject}`;
    })
    .sort();
}

async function expectThere(expected: string[]): Promise<void> {
  for (const provider of both) {
    await expect.poll(() => there(provider), { timeout: 20_000 }).toEqual(expected);
  }
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const gone = (page: Page) =>
  expect.poll(() => page.getByRole('dialog').count(), { timeout: SOON_MS }).toBe(0);

async function tabTo(page: Page, label: string): Promise<void> {
  const nameOfFocus = () =>
    page.evaluate(`(({ activeElement: element }) =>
      element?.getAttribute('aria-label') ?? element?.labels?.[0]?.innerText
        ?? element?.innerText)(document)`);
  for (let presses = 0; presses < 40; presses++) {
    if ((await nameOfFocus()) === label) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not lead to ${label}`);
}

test('a weekly series is planned with the keyboard, edited in three scopes, and deleted', async () => {
  const leadId = await addLead(anna);
  const page = await openAs(`/leads/${leadId}`);
  const keys = page.keyboard;
  await page.getByText('Nothing planned yet').waitFor();
  await expect.poll(() => button(page, 'New Event').isEnabled()).toBe(true);
  await button(page, 'New Event').focus();
  await keys.press('Enter');
  await page.getByRole('textbox', { name: 'Title' }).waitFor();
  await tabTo(page, 'Title');
  await keys.type('Visit');
  await tabTo(page, 'Start date');
  await keys.type(TUESDAY);
  await tabTo(page, 'Start time');
  await keys.type('9:00');
  await tabTo(page, 'Repeats');
  // Choosing by typing, as selects do.
  await keys.type('Every Tuesday');
  await page.getByText('Every Tuesday', { exact: true }).last().waitFor();
  await tabTo(page, 'Ends');
  await keys.type('After');
  await tabTo(page, 'Times');
  await keys.press('ControlOrMeta+a');
  await keys.type('5');
  const meaning = page.getByRole('list', { name: 'Next dates' });
  await page.getByText('Every Tuesday (5 times)').waitFor();
  expect(await meaning.getByRole('listitem').allInnerTexts()).toEqual([
    'Tue, 18 Mar 2031',
    'Tue, 25 Mar 2031',
    'Tue, 1 Apr 2031',
    'Tue, 8 Apr 2031',
    'Tue, 15 Apr 2031',
  ]);
  await keys.press('Enter');
  await gone(page);
  const row = page.getByRole('article', { name: 'Visit' });
  await row.getByText('Every Tuesday (5 times)').waitFor();
  await row.getByText('Next: Tue, 18 Mar 2031').waitFor();
  await expectThere([
    '2031-03-18 09:00 Visit',
    '2031-03-25 09:00 Visit',
    '2031-04-01 09:00 Visit',
    '2031-04-08 09:00 Visit',
    '2031-04-15 09:00 Visit',
  ]);

  // One is moved; the harmless answer is chosen already.
  await button(page, 'Coming dates').click();
  await button(page, 'Edit Tue, 1 Apr 2031').click();
  await page.getByLabel('Start date', { exact: true }).fill('2031-04-02');
  await button(page, 'Save').click();
  const question = page.getByRole('dialog', { name: 'Change which ones?' });
  await question.waitFor();
  expect(await question.getByRole('radio', { name: 'This one' }).isChecked()).toBe(true);
  await question.getByText('The series moves 1 day later').waitFor();
  await question.getByRole('button', { name: 'Save' }).click();
  await gone(page);
  await page.getByText('One of “Visit”, instead of Tue, 1 Apr 2031').waitFor();

  // One is cancelled.
  await button(page, 'Delete Tue, 25 Mar 2031').click();
  await page.getByRole('dialog', { name: 'Delete which ones?' }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await gone(page);
  await expectThere([
    '2031-03-18 09:00 Visit',
    '2031-04-02 09:00 Visit',
    '2031-04-08 09:00 Visit',
    '2031-04-15 09:00 Visit',
  ]);

  // This and what follows are renamed, and begin an hour later, by the arrow keys.
  await button(page, 'Edit Tue, 8 Apr 2031').click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Call');
  await page.getByLabel('Start time').fill('10:00');
  await keys.press('Enter');
  await question.waitFor();
  await expect
    .poll(() => question.getByRole('radio', { name: 'This one' }).evaluate(hasFocus))
    .toBe(true);
  await keys.press('ArrowDown');
  await keys.press('Enter');
  await gone(page);
  await page.getByRole('article', { name: 'Call' }).getByText('Every Tuesday (2 times)').waitFor();
  await expectThere([
    '2031-03-18 09:00 Visit',
    '2031-04-02 09:00 Visit',
    '2031-04-08 10:00 Call',
    '2031-04-15 10:00 Call',
  ]);

  // All are deleted, of both halves.
  await page
    .getByRole('article', { name: 'Call' })
    .getByRole('button', { name: 'Delete series' })
    .click();
  await page
    .getByRole('dialog', { name: 'Delete this series?' })
    .getByRole('button', { name: 'Delete' })
    .click();
  await gone(page);
  await button(page, 'Delete Tue, 18 Mar 2031').click();
  await page.getByRole('radio', { name: 'All of the series' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await gone(page);
  await page.getByText('Nothing planned yet').waitFor();
  await expectThere([]);
  await page.context().close();
});

const hasFocus = (element: unknown) =>
  element === Reflect.get(globalThis, 'document').activeElement;

test('the form, the row and the questions of a series are in order', async () => {
  const leadId = await addLead(anna);
  const plan = (body: object) =>
    anna.client.send<{ id: string; version: number }>('POST', '/api/activities', {
      lead_id: leadId,
      title: 'Visit',
      start: `${TUESDAY}T09:00`,
      end: `${TUESDAY}T10:00`,
      time_zone: 'Europe/Berlin',
      ...body,
    });
  const { id, version } = await plan({
    recurrence: { rules: ['FREQ=WEEKLY;INTERVAL=2;UNTIL=20310630T215959Z;BYDAY=TU,TH'] },
  });
  await plan({
    title: 'Odd',
    recurrence: { rules: ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'] },
  });
  await anna.client.send('PATCH', `/api/activities/${id}/occurrences/2031-04-01T09:00:00`, {
    scope: 'this',
    version,
    start: '2031-04-02T15:00',
    end: '2031-04-02T16:00',
    time_zone: 'Europe/Berlin',
  });
  const page = await openAs(`/leads/${leadId}`);
  const found: Record<string, string[]> = {};
  const check = async (name: string, shown?: Locator) => {
    const violations = await findViolationsInEveryLook(page, `series, ${name}`, shown);
    if (violations.length > 0) found[name] = violations;
  };
  const row = page.getByRole('article', { name: 'Visit' }).first();
  const dates = /\/api\/activities\?.*from=/;
  const letGo = await holdRequests(page, dates);
  await row.getByRole('button', { name: 'Coming dates' }).click();
  await row.getByText('Loading…').waitFor({ state: 'attached' });
  await check('dates loading');
  const find = await loseRequests(page, dates);
  await letGo('lost');
  // News of the series ask for them again, and fail again.
  await check('dates failed', row.getByText('This could not be loaded'));
  await find();
  // News of the series may have brought them by then.
  await row
    .getByRole('button', { name: 'Try again' })
    .evaluateAll((again) => again.forEach((one) => (one as HTMLElement).click()));
  await page
    .getByRole('list', { name: 'Coming dates of Visit' })
    .getByRole('listitem')
    .nth(3)
    .waitFor();
  await check('row');
  await row.getByRole('button', { name: 'Edit series' }).click();
  await page.getByText('Next dates').waitFor();
  await page.getByText('Next dates').scrollIntoViewIfNeeded();
  await check('form of a series');
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  const lastDate = page.getByLabel('Last date', { exact: true });
  await lastDate.fill('2031-05-28');
  await page.keyboard.press('Tab');
  await expect.poll(() => lastDate.inputValue()).toBe('Wed, 28 May 2031');
  // All of it can be read on a phone.
  const hiddenWidth = await lastDate.evaluate(
    (input: { scrollWidth: number; clientWidth: number }) => input.scrollWidth - input.clientWidth,
  );
  expect(hiddenWidth).toBe(0);
  if (size) await page.setViewportSize(size);
  await button(page, 'Tuesday').click();
  await button(page, 'Begin on Thu, 20 Mar 2031 instead').scrollIntoViewIfNeeded();
  await check('start besides the rule');
  await button(page, 'Begin on Thu, 20 Mar 2031 instead').click();
  await expect
    .poll(() => page.getByLabel('Start date', { exact: true }).inputValue())
    .toBe('Thu, 20 Mar 2031');
  await button(page, 'Thursday').click();
  await page
    .getByRole('spinbutton', { name: 'Every' })
    .or(page.getByLabel('Every', { exact: true }))
    .first()
    .fill('');
  await page.getByLabel('Last date', { exact: true }).fill('2031-01-01');
  await button(page, 'Save').click();
  await page.getByText('Choose at least one day.').waitFor();
  await check('form refused');
  await page.keyboard.press('Escape');
  await gone(page);
  await page
    .getByRole('article', { name: 'Odd' })
    .getByRole('button', { name: 'Edit series' })
    .click();
  await page.getByRole('dialog').getByText('on the last weekday').waitFor();
  await check('form of a rule that is kept');
  await page.keyboard.press('Escape');
  await gone(page);
  await button(page, 'Edit Tue, 15 Apr 2031').click();
  await page.getByLabel('Start time').fill('10:30');
  await button(page, 'Save').click();
  await page.getByRole('dialog', { name: 'Change which ones?' }).waitFor();
  await check('question');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Change which ones?' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await gone(page);
  await button(page, 'Delete Tue, 15 Apr 2031').click();
  await page.getByRole('dialog').waitFor();
  await check('question of a deletion');
  expect(found).toEqual({});
  await page.context().close();
});

test('[O12] [O13] a series that Outlook cannot hold as one says what it is there', async () => {
  const leadId = await addLead(anna);
  const plan = (title: string, rule: string) =>
    anna.client.send('POST', '/api/activities', {
      lead_id: leadId,
      title,
      start: '2031-03-01T09:00',
      end: '2031-03-01T10:00',
      time_zone: 'Europe/Berlin',
      recurrence: { rules: [rule] },
    });
  await plan('Twice a month', 'FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4');
  await plan('Twice a day', 'FREQ=DAILY;BYHOUR=9,15;COUNT=4');
  await plan('Weekly', 'FREQ=WEEKLY;COUNT=2');
  const page = await openAs(`/leads/${leadId}`);
  const line = (title: string, account: string) =>
    page.getByRole('article', { name: title }).getByRole('listitem').filter({ hasText: account });
  const wait = { timeout: SOON_MS };
  await line('Twice a month', emails.outlook).getByText('it is several series there').waitFor(wait);
  await line('Twice a day', emails.outlook).getByText('is an event of its own there').waitFor(wait);
  await line('Weekly', emails.outlook).getByText('In calendar').waitFor(wait);
  expect(await page.getByText('cannot repeat it this way').count()).toBe(2);
  expect(await findViolationsInEveryLook(page, 'series, held otherwise')).toEqual([]);
  await page.context().close();
});

/** Every Tuesday, five times. */
const planWeekly = (leadId: string, title: string) =>
  anna.client.send<{ id: string; version: number }>('POST', '/api/activities', {
    lead_id: leadId,
    title,
    start: `${TUESDAY}T09:00`,
    end: `${TUESDAY}T10:00`,
    time_zone: 'Europe/Berlin',
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=5'] },
  });

test('[O9] a date of a series that was cancelled is put back with one press', async () => {
  const leadId = await addLead(anna);
  await planWeekly(leadId, 'Standing');
  const page = await openAs(`/leads/${leadId}`);
  await button(page, 'Coming dates').click();
  await button(page, 'Delete Tue, 25 Mar 2031').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await gone(page);
  await page.getByText('This one is cancelled; the series goes on').waitFor();
  expect(await findViolationsInEveryLook(page, 'series, a date cancelled')).toEqual([]);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByText('It is back in its place, as an event of its own').waitFor();
  await page.getByRole('article', { name: 'Standing' }).nth(1).waitFor();
  const standing = TUESDAYS.map((date) => `${date} 09:00 Standing`);
  for (const provider of both) {
    const found = async () => (await there(provider)).filter((line) => line.endsWith('Standing'));
    await expect.poll(found, { timeout: SOON_MS }).toEqual(standing);
  }
  await page.context().close();
});

test('a date that is edited in a form and changes on its own elsewhere is told of at once', async () => {
  const leadId = await addLead(anna);
  const { id } = await planWeekly(leadId, 'Elsewhere');
  const page = await openAs(`/leads/${leadId}`);
  await button(page, 'Coming dates').click();
  await button(page, 'Edit Tue, 1 Apr 2031').click();
  const form = page.getByRole('dialog', { name: 'Edit one of a series' });
  const notes = form.getByRole('textbox', { name: 'Notes' });
  await notes.fill('Bring the offer');
  // Another date is nothing to it.
  const path = `/api/activities/${id}/occurrences`;
  await anna.client.send('DELETE', `${path}/2031-04-08T09:00:00`);
  await button(page, 'Edit Tue, 8 Apr 2031').waitFor({ state: 'detached' });
  expect(await form.getByText('changed meanwhile').count()).toBe(0);
  const { version } = await anna.client.get<{ version: number }>(`/api/activities/${id}`);
  const change = { scope: 'this', version, location: 'Hall' };
  await anna.client.send('PATCH', `${path}/2031-04-01T09:00:00`, change);
  await form.getByText('This event was changed meanwhile').waitFor();
  await form.getByRole('button', { name: 'Show what changed' }).click();
  await form.getByText('Location “Hall”').waitFor();
  expect(await notes.inputValue()).toBe('Bring the offer');
  await page.context().close();
});

test('[Z9] a rule is said with dates and times as the viewer’s English has them', async () => {
  const leadId = await addLead(anna);
  const plan = (title: string, rule: string) =>
    anna.client.send('POST', '/api/activities', {
      lead_id: leadId,
      title,
      start: '2031-06-02T09:00',
      end: '2031-06-02T10:00',
      time_zone: 'Europe/Berlin',
      recurrence: { rules: [rule] },
    });
  await plan('Yearly', 'FREQ=YEARLY;COUNT=2');
  await plan('Thrice', 'FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20310630T220000Z');
  const said = async (locale: string) => {
    const page = await openAs(`/leads/${leadId}`, { locale });
    const row = (title: string) => page.getByRole('article', { name: title });
    const sentences = ['Yearly', 'Thrice'].map((title) => row(title).getByText(/^Every/));
    const texts = [await sentences[0]?.textContent(), await sentences[1]?.textContent()];
    await page.context().close();
    return texts;
  };
  expect(await said('en-US')).toEqual([
    'Every year on June 2 (2 times)',
    'Every week on Monday, Wednesday, and Friday until June 30, 2031',
  ]);
  expect(await said('en-GB')).toEqual([
    'Every year on 2 June (2 times)',
    'Every week on Monday, Wednesday and Friday until 30 June 2031',
  ]);
});
