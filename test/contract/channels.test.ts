import { describe, expect, test } from 'vitest';
import type { ChannelId } from '../../src/calendar/ids.ts';
import { answering, json, lunch, openDesk, type Subject, subjects, silently } from './subjects.ts';
import { waitFor } from '../support/wait-for.ts';

const [google, outlook] = subjects;
if (!google || !outlook) throw new Error('both providers are needed');

const DAY_MS = 24 * 60 * 60 * 1000;
const notificationUrl = 'https://crm.example.test/webhooks/ring';
const secret = 's3cret-s3cret-s3cret-s3cret-s3cret';
const newId = () => crypto.randomUUID() as ChannelId;
const newRequest = () => ({ id: newId(), secret, notificationUrl });

interface Ring {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A desk whose provider can ring us up, at once and once for a change. */
async function openBell(subject: Subject) {
  const rings: Ring[] = [];
  const switches = {
    'google.pushDelayMs': 0,
    'google.pushTrickleMs': 0,
    'outlook.notificationDelayMs': 0,
    'outlook.notificationsPerChange': 1,
  };
  const desk = await openDesk(subject, {
    sandbox: { switches, runtime: { fetch: (request) => answerRing(rings, request) } },
  });
  const isChange = ({ headers }: Ring) => headers['x-goog-resource-state'] !== 'sync';
  return { ...desk, changes: () => rings.filter(isChange) };
}

async function answerRing(rings: Ring[], request: Request): Promise<Response> {
  const token = new URL(request.url).searchParams.get('validationToken');
  if (token !== null) return new Response(token, { headers: { 'content-type': 'text/plain' } });
  const headers = Object.fromEntries(request.headers);
  rings.push({ url: request.url, headers, body: await request.text() });
  return new Response(null, { status: 202 });
}

describe.each(subjects)('$name: a channel', (subject) => {
  const isGoogle = subject.name === 'google';

  test('rings with its secret when the calendar changes, and not after it was stopped', async () => {
    const { provider, call, newLinkId, changes } = await openBell(subject);
    const request = newRequest();
    const channel = await provider.openChannel(call, request);
    if (isGoogle) expect(channel.externalId).toBe(request.id);
    expect(channel.resourceId === null).toBe(!isGoogle);
    await provider.createEvent(call, newLinkId(), lunch, silently);
    const ring = await waitFor('a ring', () => changes()[0]);
    expect(ring.url.startsWith(notificationUrl)).toBe(true);
    expect(JSON.stringify(ring)).toContain(secret);
    expect(JSON.stringify(ring)).toContain(channel.externalId);

    await provider.stopChannel(call.accessToken, channel);
    const rungBefore = changes().length;
    await provider.createEvent(call, newLinkId(), lunch, silently);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(changes()).toHaveLength(rungBefore);
  });

  test('lasts for about a week, as the provider says', async () => {
    const { provider, call, runtime } = await openBell(subject);
    const { expiresAt } = await provider.openChannel(call, newRequest());
    const lifeMs = expiresAt.getTime() - runtime.now();
    expect(lifeMs).toBeLessThanOrEqual(7 * DAY_MS);
    expect(lifeMs).toBeGreaterThan(6.9 * DAY_MS);
  });

  test('that has ended is stopped without harm', async () => {
    const { provider, call } = await openBell(subject);
    const channel = await provider.openChannel(call, newRequest());
    await provider.stopChannel(call.accessToken, channel);
    await provider.stopChannel(call.accessToken, channel);
    for (const status of [404, 410]) {
      const refusal = json({ error: { code: status, message: 'Gone' } }, status);
      await answering(subject, () => refusal).provider.stopChannel('token', channel);
    }
    const busy = answering(subject, () => json({}, 503)).provider;
    await expect(busy.stopChannel('token', channel)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test.each([
    [400, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [401, 'token-rejected'],
    [429, 'rate-limited'],
    [503, 'unavailable'],
    [302, 'malformed-answer'],
  ])('answered %i when it is asked for is %s', async (status, kind) => {
    const refusal = isGoogle
      ? {
          code: status,
          message: 'No',
          errors: [{ reason: 'pushNotSupportedForRequestedResource' }],
        }
      : { code: 'Forbidden', message: 'No' };
    const { provider } = answering(subject, () => json({ error: refusal }, status));
    const call = { accessToken: 'token', calendarId: 'calendar' };
    await expect(provider.openChannel(call, newRequest())).rejects.toMatchObject({ kind });
  });
});

describe('google: a channel', () => {
  test('is not renewed: another one is opened beside it', async () => {
    const { provider, call, newLinkId, changes } = await openBell(google);
    const old = await provider.openChannel(call, newRequest());
    expect(await provider.renewChannel(call.accessToken, old)).toBeNull();
    const fresh = await provider.openChannel(call, newRequest());
    expect(fresh.externalId).not.toBe(old.externalId);
    await provider.createEvent(call, newLinkId(), lunch, silently);
    await waitFor('both to ring', () => changes().length === 2);
  });

  test('under an id that was used before is told from one that cannot be', async () => {
    const { provider, call } = await openBell(google);
    const request = newRequest();
    await provider.openChannel(call, request);
    await expect(provider.openChannel(call, request)).rejects.toMatchObject({
      kind: 'already-exists',
    });
  });

  test.each(['1797000000000', 1797000000000])('ends at %j', async (expiration) => {
    const answer = json({ id: 'one', resourceId: 'resource', expiration });
    const { provider } = answering(google, () => answer);
    const channel = await provider.openChannel(
      { accessToken: 'token', calendarId: 'calendar' },
      newRequest(),
    );
    expect(channel.expiresAt).toEqual(new Date(1797000000000));
  });
});

describe('outlook: a channel', () => {
  test('is renewed for another week, and is gone where it has ended', async () => {
    const { sandbox, provider, call } = await openBell(outlook);
    const channel = await provider.openChannel(call, newRequest());
    const early = { ...channel, expiresAt: new Date(0) };
    const renewed = await provider.renewChannel(call.accessToken, early);
    expect(renewed?.externalId).toBe(channel.externalId);
    expect(renewed?.expiresAt.getTime()).toBeGreaterThanOrEqual(channel.expiresAt.getTime());
    sandbox.clockOffsetMs += 8 * DAY_MS;
    const accessToken = sandbox.issueToken({ provider: 'outlook', email: outlook.email });
    await expect(provider.renewChannel(accessToken, channel)).rejects.toMatchObject({
      kind: 'gone',
    });
  });

  test('that stands in the way of a new one and rings where we are makes room for it', async () => {
    const { sandbox, provider, call, newLinkId, changes } = await openBell(outlook);
    const lost = await provider.openChannel(call, newRequest());
    const request = {
      ...newRequest(),
      secret: 'another',
      notificationUrl: `${notificationUrl}?a=1`,
    };
    const channel = await provider.openChannel(call, request);
    expect(channel.externalId).not.toBe(lost.externalId);
    await provider.createEvent(call, newLinkId(), lunch, silently);
    const { body } = await waitFor('a ring', () => changes()[0]);
    expect(body).toContain('another');
    expect(body).not.toContain(secret);
    const deleted = sandbox.calls.filter(({ operation }) => operation === 'subscriptions.delete');
    expect(deleted).toHaveLength(1);
  });

  test('of somebody else at the same calendar is left alone', async () => {
    const { sandbox, provider, call } = await openBell(outlook);
    await provider.openChannel(call, newRequest());
    const elsewhere = { ...newRequest(), notificationUrl: 'https://other.example.test/ring' };
    await expect(provider.openChannel(call, elsewhere)).rejects.toMatchObject({ kind: 'refused' });
    const deleted = sandbox.calls.filter(({ operation }) => operation === 'subscriptions.delete');
    expect(deleted).toEqual([]);
  });

  test('is of its own calendar, not of the default one', async () => {
    const { provider, call, ask, newLinkId, changes } = await openBell(outlook);
    const { json: made } = await ask('POST', '/me/calendars', { name: 'Second' });
    const second = { ...call, calendarId: String(made.id) };
    await provider.openChannel(second, newRequest());
    await provider.createEvent(call, newLinkId(), lunch, silently);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(changes()).toEqual([]);
    await provider.createEvent(second, newLinkId(), lunch, silently);
    await waitFor('a ring', () => changes()[0]);
  });
});
