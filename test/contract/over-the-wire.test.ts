import { afterEach, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { startSandboxServer } from '../../sandbox/server.ts';
import type { LinkId } from '../../src/calendar/ids.ts';
import { readConfig } from '../../src/config.ts';
import type { ProviderErrorKind } from '../../src/providers/provider-error.ts';
import { createRealRuntime, originsOf } from '../../src/real-runtime.ts';
import { consent, lunch, planVisit, type Subject, subjects, silently } from './subjects.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Everything real but the company at the other end. */
async function connect(subject: Subject) {
  const server = await startSandboxServer({ port: 0 });
  closing.push(() => server.stop());
  const config = readConfig({ SANDBOX_PORT: new URL(server.url).port });
  const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log });
  closing.push(() => runtime.close());
  const own = config[subject.name];
  if (!own) throw new Error('the sandbox configures both');
  const patience = { timeoutMs: 10_000 };
  const provider = subject.create(own, {
    ...runtime,
    send: (request) => runtime.send({ ...request, ...patience }),
  });
  const visit = planVisit(subject, provider);
  const code = await consent(server.sandbox, subject, visit);
  const { accessToken } = await provider.exchangeCode({ ...visit, code });
  const calendars = await provider.listCalendars(accessToken);
  const calendarId = calendars.find(({ isPrimary }) => isPrimary)?.externalId ?? '';
  return {
    ...server,
    provider,
    patience,
    call: { accessToken, calendarId },
    newLinkId: () => runtime.newId() as LinkId,
  };
}

describe.each(subjects)('$name over HTTP', (subject) => {
  const create =
    subject.name === 'google' ? { method: 'POST', path: '/events' } : { method: 'POST' };

  test('signs in, writes, reads and deletes', async () => {
    const { provider, call, newLinkId } = await connect(subject);
    const linkId = newLinkId();
    const created = await provider.createEvent(call, linkId, lunch, silently);
    expect(await provider.findEventOfLink(call, linkId)).toEqual(created);
    const updated = await provider.updateEvent(
      call,
      created.externalId,
      created.etag,
      {
        description: 'Größe < 5 & more',
      },
      silently,
    );
    expect(updated.fields.description).toBe('Größe < 5 & more');
    await provider.deleteEvent(call, created.externalId, updated.etag, silently);
    expect(await provider.findEvent(call, created.externalId)).toBeUndefined();
  });

  test.each<[FaultEffect, ProviderErrorKind]>([
    [{ kind: 'time-out', when: 'after', holdMs: 2000 }, 'unavailable'],
    [{ kind: 'reset', when: 'after' }, 'unavailable'],
    [{ kind: 'cut-body' }, 'unavailable'],
    [{ kind: 'status', status: 503, when: 'after' }, 'unavailable'],
    [{ kind: 'malformed-json' }, 'malformed-answer'],
    [{ kind: 'html-page', status: 200, when: 'after' }, 'malformed-answer'],
  ])(
    '[F8] a create that took effect before %j is found again, and is one',
    async (effect, kind) => {
      const { sandbox, provider, patience, call, newLinkId } = await connect(subject);
      const linkId = newLinkId();
      sandbox.faults.add({ match: { provider: subject.name, ...create }, effect });
      if (effect.kind === 'time-out') patience.timeoutMs = 500;
      await expect(provider.createEvent(call, linkId, lunch, silently)).rejects.toMatchObject({
        kind,
      });
      patience.timeoutMs = 10_000;
      const found = await provider.findEventOfLink(call, linkId);
      expect(found).toMatchObject({ linkId, fields: lunch });
      const again = await provider
        .createEvent(call, linkId, lunch, silently)
        .catch(() => undefined);
      if (again) expect(again.externalId).toBe(found?.externalId);
    },
  );

  test('a page of a portal in the place of an answer to a delete is no deletion', async () => {
    const { sandbox, provider, call, newLinkId } = await connect(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    sandbox.faults.add({
      match: { provider: subject.name, operation: 'events.delete' },
      effect: { kind: 'html-page', status: 200, when: 'before' },
    });
    const deletion = provider.deleteEvent(call, externalId, etag, silently);
    await expect(deletion).rejects.toMatchObject({ kind: 'malformed-answer' });
    expect(await provider.findEvent(call, externalId)).toBeDefined();
  });

  test.each<[FaultEffect, ProviderErrorKind, number | null]>([
    [{ kind: 'status', status: 429, retryAfterS: 0.5 }, 'rate-limited', 500],
    [{ kind: 'status', status: 429 }, 'rate-limited', null],
    [{ kind: 'status', status: 503, retryAfterS: 7 }, 'unavailable', 7000],
    [{ kind: 'reset', when: 'before' }, 'unavailable', null],
    [{ kind: 'expire-token' }, 'token-rejected', null],
  ])('says what to do about %j', async (effect, kind, retryAfterMs) => {
    const { sandbox, provider, call, newLinkId } = await connect(subject);
    const linkId = newLinkId();
    sandbox.faults.add({ match: { provider: subject.name, ...create }, effect });
    await expect(provider.createEvent(call, linkId, lunch, silently)).rejects.toMatchObject({
      kind,
      retryAfterMs,
    });
    if (kind === 'token-rejected') return;
    expect(await provider.findEventOfLink(call, linkId)).toBeUndefined();
  });
});
