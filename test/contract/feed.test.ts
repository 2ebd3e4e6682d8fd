import { describe, expect, test } from 'vitest';
import type { When } from '../../src/calendar/event.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { HttpRequest } from '../../src/runtime.ts';
import { createSandboxRuntime } from '../support/sandbox-runtime.ts';
import { begin, idOf, readRound, type Round } from './rounds.ts';
import { type Desk, lunch, openDesk, type Subject, subjects, silently } from './subjects.ts';

const longAgo: When = { kind: 'all-day', startDate: '2019-05-01', endDate: '2019-05-02' };
const DAY_MS = 24 * 60 * 60 * 1000;

/** What only one of the two APIs calls so. */
const wordings = {
  google: {
    list: 'events.list',
    series: {
      summary: 'Weekly',
      start: { dateTime: '2026-12-07T09:00:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-12-07T10:00:00', timeZone: 'Europe/Berlin' },
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'],
    },
    garbledTokens: ['garbled!'],
    garbledPages: ['garbled!'],
  },
  outlook: {
    list: 'calendarView.delta',
    series: {
      subject: 'Weekly',
      start: { dateTime: '2026-12-07T09:00:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-12-07T10:00:00', timeZone: 'Europe/Berlin' },
      recurrence: {
        pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
        range: { type: 'numbered', startDate: '2026-12-07', numberOfOccurrences: 4 },
      },
    },
    garbledTokens: [
      'http://127.0.0.1:4800/v1.0/me/calendarView/delta?$deltatoken=garbled!',
      // Kept from before the operator named another address.
      'https://graph.example/v1.0/me/calendarView/delta?$deltatoken=abc',
      'no address',
    ],
    garbledPages: ['http://127.0.0.1:4800/v1.0/me/calendarView/delta?$skiptoken=garbled!'],
  },
} as const;

/** The same provider, whose pages hold two entries instead of those that it is asked for. */
function withShortPages(subject: Subject, { sandbox }: Desk): Provider {
  const { send } = createSandboxRuntime(sandbox);
  const shorten = ({ url, headers = {}, ...request }: HttpRequest): HttpRequest => ({
    ...request,
    url: url.replace('maxResults=2500', 'maxResults=2'),
    headers: {
      ...headers,
      ...(headers.prefer && { prefer: headers.prefer.replace('maxpagesize=500', 'maxpagesize=2') }),
    },
  });
  const runtime = createSandboxRuntime(sandbox, { send: (request) => send(shorten(request)) });
  return subject.create(subject.config, runtime);
}

describe.each(subjects)('$name: the change feed', (subject) => {
  const { list, series, garbledTokens, garbledPages } = wordings[subject.name];
  const isGoogle = subject.name === 'google';

  test('lists the whole window, and then only what changed', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const [kept, edited] = [
      await provider.createEvent(call, newLinkId(), lunch, silently),
      await provider.createEvent(call, newLinkId(), lunch, silently),
    ];
    const full = await readRound(provider, desk);
    expect(full.changes).toEqual([
      { kind: 'event', event: kept },
      { kind: 'event', event: edited },
    ]);
    const { externalId, etag } = edited;
    const again = await provider.updateEvent(call, externalId, etag, { title: 'Dinner' }, silently);
    const delta = await readRound(provider, desk, full.syncToken);
    expect(delta.changes).toEqual([{ kind: 'event', event: again }]);
    expect((await readRound(provider, desk, delta.syncToken)).changes).toEqual([]);
  });

  test('[F4] goes on through short pages and an empty one, with nothing lost', async () => {
    const desk = await openDesk(subject, { sandbox: { switches: { 'google.emptyPageEvery': 1 } } });
    const { call, newLinkId } = desk;
    const provider = withShortPages(subject, desk);
    const makeFive = async () => {
      const ids: string[] = [];
      for (let count = 0; count < 5; count++) {
        ids.push((await provider.createEvent(call, newLinkId(), lunch, silently)).externalId);
      }
      return ids;
    };
    let syncToken: string | null = null;
    for (const round of ['full', 'delta']) {
      const made = await makeFive();
      const read: Round = await readRound(provider, desk, syncToken);
      expect([round, new Set(read.changes.map(idOf))]).toEqual([round, new Set(made)]);
      expect(read.pages.slice(1, -1).some(({ changes }) => changes.length === 0)).toBe(true);
      syncToken = read.syncToken;
    }
  });

  test('tells what is gone, and never what was gone before', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const { syncToken } = await readRound(provider, desk);
    await provider.deleteEvent(call, externalId, etag, silently);
    const kind = isGoogle ? 'removed' : 'missing';
    const { changes } = await readRound(provider, desk, syncToken);
    expect(changes).toEqual([{ kind, externalId }]);
    const full = await readRound(provider, desk);
    expect(full.changes.filter((change) => change.kind === 'event')).toEqual([]);
  });

  test('does not take an event that left the window for a deleted one', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const { syncToken } = await readRound(provider, desk);
    const moved = await provider.updateEvent(call, externalId, etag, { when: longAgo }, silently);
    const { changes } = await readRound(provider, desk, syncToken);
    expect(changes).toEqual([
      isGoogle ? { kind: 'event', event: moved } : { kind: 'missing', externalId },
    ]);
    expect(await provider.findEvent(call, externalId)).toEqual(moved);
  });

  test('leaves out what was over before the window', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    await provider.createEvent(call, newLinkId(), { ...lunch, when: longAgo }, silently);
    expect((await readRound(provider, desk)).changes).toEqual([]);
  });

  test('[F16] tells a series and what became of its parts', async () => {
    const desk = await openDesk(subject);
    const { provider, call, ask } = desk;
    const path = subject.eventsPath(call.calendarId);
    const { json: master } = await ask('POST', path, series);
    const id = String(master.id);
    const found = await provider.findEvent(call, id);
    expect(found?.fields.recurrence?.rules).toEqual([expect.stringContaining('COUNT=4')]);
    const full = await readRound(provider, desk);
    expect(full.changes).toEqual([
      isGoogle ? { kind: 'event', event: found } : { kind: 'series', externalId: id },
    ]);

    const range = isGoogle
      ? ''
      : '?startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z';
    const { json: instances } = await ask('GET', `${path}/${id}/instances${range}`);
    const [, second, third] = (instances.items ?? instances.value) as { id: string }[];
    await ask('DELETE', `${path}/${second?.id}`);
    await ask('PATCH', `${path}/${third?.id}`, isGoogle ? { summary: 'X' } : { subject: 'X' });
    const delta = await readRound(provider, desk, full.syncToken);
    const again = await readRound(provider, desk);
    for (const { changes } of [delta, again]) {
      const told = new Map(changes.map((change) => [idOf(change), change.kind]));
      if (!isGoogle) expect([...told]).toEqual([[id, 'series']]);
      else {
        expect(told.get(String(second?.id))).toBe('cancelled-occurrence');
        expect(told.get(String(third?.id))).toBe('event');
      }
    }
  });

  test('[F5] whose token has ended or is garbled says so, and can be begun again', async () => {
    const switches = { 'outlook.deltaTokenLifetimeMinutes': 24 * 60 };
    const desk = await openDesk(subject, { sandbox: { switches } });
    const { sandbox, provider, newLinkId } = desk;
    const event = await provider.createEvent(desk.call, newLinkId(), lunch, silently);
    const { syncToken } = await readRound(provider, desk);
    const expired = { kind: 'sync-token-expired' };
    for (const garbled of garbledTokens) {
      await expect(readRound(provider, desk, garbled)).rejects.toMatchObject(expired);
    }
    for (const pageToken of garbledPages) {
      const position = { ...begin, pageToken };
      await expect(provider.listChanges(desk.call, position)).rejects.toMatchObject(expired);
    }
    sandbox.clockOffsetMs += 31 * DAY_MS;
    const accessToken = sandbox.issueToken({ provider: subject.name, email: subject.email });
    const later = { ...desk, call: { ...desk.call, accessToken } };
    for (const status of [410, 400]) {
      sandbox.setSwitch('outlook.deltaExpiredStatus', status);
      await expect(readRound(provider, later, syncToken)).rejects.toMatchObject(expired);
    }
    const { changes } = await readRound(provider, later);
    expect(changes).toEqual([{ kind: 'event', event }]);
  });

  test('names no event twice on a page', async () => {
    const desk = await openDesk(subject);
    const { sandbox, provider, call, newLinkId } = desk;
    const first = await provider.createEvent(call, newLinkId(), lunch, silently);
    const second = await provider.createEvent(call, newLinkId(), lunch, silently);
    sandbox.faults.add({ match: { operation: list }, effect: { kind: 'repeat-entries' } });
    const { changes } = await readRound(provider, desk);
    expect(changes).toHaveLength(2);
    expect(new Set(changes.map(idOf))).toEqual(new Set([first.externalId, second.externalId]));
  });

  test('that comes broken is no page, and never an empty one', async () => {
    const desk = await openDesk(subject);
    const { sandbox, provider, call, newLinkId } = desk;
    await provider.createEvent(call, newLinkId(), lunch, silently);
    for (const [effect, kind] of [
      [{ kind: 'cut-body' }, 'unavailable'],
      [{ kind: 'malformed-json' }, 'malformed-answer'],
      [{ kind: 'html-page', status: 200 }, 'malformed-answer'],
      [{ kind: 'status', status: 200, body: {} }, 'malformed-answer'],
      [{ kind: 'status', status: 503 }, 'unavailable'],
      [{ kind: 'status', status: 429 }, 'rate-limited'],
      [{ kind: 'status', status: 404 }, 'access-lost'],
      [{ kind: 'status', status: 400 }, 'refused'],
      [{ kind: 'expire-token' }, 'token-rejected'],
    ] as const) {
      const rule = sandbox.faults.add({ match: { operation: list }, effect });
      const outcome = provider.listChanges(desk.call, begin);
      await expect(outcome, JSON.stringify(effect)).rejects.toMatchObject({ kind });
      sandbox.faults.remove(rule);
      const accessToken = sandbox.issueToken({ provider: subject.name, email: subject.email });
      desk.call = { ...call, accessToken };
    }
  });
});
