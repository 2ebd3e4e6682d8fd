import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SmtpConfig } from '../../../src/config.ts';
import { withAccessToken } from '../../../src/jobs/access-token.ts';
import {
  MAIL_ATTEMPTS_MAX,
  MAIL_LEASE_MS,
  sendOneMail,
} from '../../../src/jobs/send-outage-mails.ts';
import { createSmtp } from '../../../src/smtp.ts';
import { Death, startLife } from '../../support/mortal-engine.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { anna, connect } from '../connections/support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack({ withWorker: false, sandbox: { smtpPort: 0 } });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.sandbox.reset();
  await query(stack, 'delete from calendar_integrations');
  person = await stack.addPerson({ name: 'Anna Bérg' });
});

const smtpAt = (port: number, changes: Partial<SmtpConfig> = {}): SmtpConfig => ({
  host: '127.0.0.1',
  port,
  isTlsFromStart: false,
  requiresTls: false,
  user: null,
  password: null,
  from: { name: 'Kalends', address: 'kalends@crm.example' },
  ...changes,
});

function mailingTo(port: number) {
  const sendMail = createSmtp(smtpAt(port), { silenceMs: 1_000, totalMs: 2_000 });
  return { sendMail, publicUrl: 'https://crm.example' };
}
const toCatcher = () => mailingTo(stack.sandboxServer.smtpPort ?? 0);

/** Has the person's grant end, and the product find out, as it does before each call. */
async function loseGrant(): Promise<void> {
  const { id } = await connect(stack, person, 'google', anna.google);
  stack.sandbox.revokeGrant({ provider: 'google', email: anna.google });
  await findOut(id);
}

async function findOut(connectionId: Awaited<ReturnType<typeof connect>>['id']): Promise<void> {
  await query(
    stack,
    "update calendar_integrations set token_expires_at = now() - interval '1 hour', refresh_locked_until = null",
  );
  const { engine } = startLife(stack, {});
  const ref = { tenantId: person.tenantId, connectionId };
  await withAccessToken(engine, ref, async (token) => token).then(
    () => expect.unreachable('the grant goes on'),
    () => undefined,
  );
}

const MAILS_MAX = 100;

/** Sends all that is due `aheadMs` from now; how many tries that took. */
async function sendDue(mailing = toCatcher(), aheadMs = 0): Promise<number> {
  const { engine } = startLife(stack, { aheadMs });
  for (let tries = 0; tries < MAILS_MAX; tries++) {
    if (!(await sendOneMail(engine, mailing))) return tries;
  }
  throw new Error('the mailer goes round and round');
}

const HOUR_MS = 60 * 60_000;
const outcomes = async () =>
  (await query<{ outcome: string | null }>(stack, 'select outcome from outage_mails')).map(
    ({ outcome }) => outcome,
  );

test('[R8] a connection that needs to be reconnected is told to its owner by mail, once an outage', async () => {
  await loseGrant();
  const [{ id } = { id: '' }] = await query<{ id: never }>(
    stack,
    'select id from calendar_integrations',
  );
  expect(await sendDue()).toBe(1);
  // Each further look finds the same outage.
  await findOut(id as never).catch(() => undefined);
  expect(await sendDue(undefined, 48 * HOUR_MS)).toBe(0);
  expect(stack.sandbox.inbox).toHaveLength(1);
  const [mail] = stack.sandbox.inbox;
  expect(mail).toMatchObject({
    from: 'kalends@crm.example',
    to: [person.email],
    subject: `Reconnect your Google Calendar: ${anna.google}`,
  });
  expect(mail?.text).toContain('Hello Anna Bérg,');
  expect(mail?.text).toContain(`cannot reach your Google Calendar (${anna.google}) any more`);
  expect(mail?.text).toContain('\nhttps://crm.example/settings/calendars\n');
  expect(mail?.html).toContain('<a href="https://crm.example/settings/calendars">');

  // The next outage is another one.
  await loseGrant();
  expect(await sendDue()).toBe(1);
  const ids = stack.sandbox.inbox.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(2);
});

test('[R8] the mail holds no token', async () => {
  const { id } = await connect(stack, person, 'google', anna.google);
  const before = JSON.stringify(stack.sandbox.snapshot());
  stack.sandbox.revokeGrant({ provider: 'google', email: anna.google });
  await findOut(id);
  await sendDue();
  const said = JSON.stringify(stack.sandbox.inbox);
  const secrets = before.match(/ya29\.[\w-]+|1\/\/[\w-]+/g) ?? [];
  expect(secrets.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  expect(said).not.toContain(person.password);
});

test('[R8] who has reconnected before the mail went out is not told', async () => {
  await loseGrant();
  await connect(stack, person, 'google', anna.google);
  await sendDue();
  expect(stack.sandbox.inbox).toEqual([]);
  expect(await outcomes()).toEqual(['over']);
});

test('[R8] of many senders at once one sends', async () => {
  await loseGrant();
  await Promise.all(Array.from({ length: 8 }, () => sendDue()));
  expect(stack.sandbox.inbox).toHaveLength(1);
});

test('[R8] wherever a sender dies, the mail goes out, and what is sent twice is the same message', async () => {
  const STEPS_MAX = 40;
  let doubles = 0;
  for (let at = 0; ; at++) {
    if (at > STEPS_MAX) throw new Error('a life without an end');
    stack.sandbox.reset();
    await query(stack, 'delete from calendar_integrations');
    await loseGrant();
    const { engine, steps } = startLife(stack, { at });
    const isDead = await sendOneMail(engine, toCatcher()).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Death) return true;
        throw error;
      },
    );
    const sentBefore = stack.sandbox.inbox.length;
    // Until its lease has ended nobody else sends it.
    if (isDead && steps.includes('after commit')) expect(await sendDue()).toBe(0);
    await sendDue(toCatcher(), MAIL_LEASE_MS + 1_000);
    const ids = stack.sandbox.inbox.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(1);
    expect(ids.length).toBe(isDead && sentBefore === 1 && !isSettled(steps) ? 2 : 1);
    doubles += ids.length - 1;
    if (!isDead) break;
  }
  expect(doubles).toBeGreaterThan(0);
});

/** Whether the word of the sending was committed: the second commit that wrote. */
const isSettled = (steps: readonly string[]) =>
  steps.filter((name) => name === 'after commit').length > 1;

test('[R8] a server that is away is tried again, later and later, for a day, and then given up', async () => {
  await loseGrant();
  const closed = await freePort();
  const mailing = mailingTo(closed);
  const dueAt: number[] = [];
  let aheadMs = 0;
  for (let tries = 0; tries < MAIL_ATTEMPTS_MAX; tries++) {
    expect(await sendDue(mailing, aheadMs)).toBe(1);
    const [row] = await query<{ next_attempt_at: Date | null }>(
      stack,
      'select next_attempt_at from outage_mails',
    );
    if (!row?.next_attempt_at) break;
    dueAt.push(row.next_attempt_at.getTime() - Date.now());
    aheadMs = Math.max(row.next_attempt_at.getTime() - Date.now(), 0) + 1_000;
  }
  expect(dueAt).toHaveLength(MAIL_ATTEMPTS_MAX - 1);
  expect(dueAt[0]).toBeGreaterThan(50_000);
  expect(dueAt.at(-1)).toBeGreaterThan(20 * HOUR_MS);
  expect(dueAt.at(-1)).toBeLessThan(40 * HOUR_MS);
  expect(await outcomes()).toEqual(['given-up']);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
