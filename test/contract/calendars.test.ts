import { describe, expect, test } from 'vitest';
import { answering, json, openDesk, subjects, silently } from './subjects.ts';

describe.each(subjects)('$name: the calendars of a person', (subject) => {
  test('have one main calendar that can be written', async () => {
    const { provider, call } = await openDesk(subject);
    const calendars = await provider.listCalendars(call.accessToken);
    const main = calendars.filter(({ isPrimary }) => isPrimary);
    expect(main).toMatchObject([{ canWrite: true }]);
    for (const { externalId, name } of calendars) {
      expect(externalId).not.toBe('');
      expect(name).not.toBe('');
    }
  });

  test('are read to the last page', async () => {
    const isGoogle = subject.name === 'google';
    const page = (count: number) =>
      isGoogle
        ? {
            items: [{ id: `calendar-${count}`, accessRole: 'reader' }],
            ...(count < 3 && { nextPageToken: `page-${count + 1}` }),
          }
        : {
            value: [{ id: `calendar-${count}`, name: 'x' }],
            ...(count < 3 && {
              '@odata.nextLink': `${subject.config.apiUrl}/me/calendars?$skip=${count}`,
            }),
          };
    const { provider, requests } = answering(subject, (_, count) => json(page(count)));
    const calendars = await provider.listCalendars('token');
    expect(calendars.map(({ externalId }) => externalId)).toEqual([
      'calendar-1',
      'calendar-2',
      'calendar-3',
    ]);
    expect(calendars.every(({ canWrite }) => !canWrite)).toBe(true);
    expect(requests).toHaveLength(3);
  });

  test('that never end are given up', async () => {
    const endless =
      subject.name === 'google'
        ? { items: [], nextPageToken: 'again' }
        : { value: [], '@odata.nextLink': `${subject.config.apiUrl}/me/calendars?$skip=1` };
    const { provider, requests } = answering(subject, () => json(endless));
    await expect(provider.listCalendars('token')).rejects.toMatchObject({
      kind: 'malformed-answer',
    });
    expect(requests.length).toBeLessThanOrEqual(20);
  });

  test('and events may have any id: it is one part of the path', async () => {
    const { provider, requests } = answering(subject, () => json({}, 404));
    const call = { accessToken: 'token', calendarId: '../me?x=#%2e/ü' };
    await provider.findEvent(call, '../../delete?y=#/ü').catch(() => {});
    const { url } = requests[0] ?? { url: '' };
    const depth = subject.name === 'google' ? 4 : 5;
    expect(url.startsWith(`${subject.config.apiUrl}/`)).toBe(true);
    const path = new URL(url).pathname.slice(new URL(subject.config.apiUrl).pathname.length);
    expect(path.split('/')).toHaveLength(depth + 1);
  });

  test.each(['', '.', '..'])('cannot have the id %j, which is no part of a path', async (id) => {
    const { provider, requests } = answering(subject, () => json({}));
    const call = { accessToken: 'token', calendarId: 'calendar' };
    const refused = { kind: 'malformed-answer' };
    await expect(provider.deleteEvent(call, id, 'etag', silently)).rejects.toMatchObject(refused);
    await expect(provider.findEvent({ ...call, calendarId: id }, 'event')).rejects.toMatchObject(
      refused,
    );
    expect(requests).toEqual([]);
  });
});

const outlook = subjects[1];
if (!outlook) throw new Error('no subject');

test.each([
  'https://attacker.example/v1.0/me/calendars',
  'http://127.0.0.1:4801/v1.0/me/calendars',
  'http://127.0.0.1:4800@attacker.example/v1.0/me/calendars',
  'http://user:secret@127.0.0.1:4800/v1.0/me/calendars',
  'https://127.0.0.1:4800/v1.0/me/calendars',
  'http://127.0.0.1.nip.io:4800/v1.0/me/calendars',
  'file:///etc/passwd',
  '//attacker.example/v1.0/me/calendars',
  'me/calendars?$skip=10',
  '',
])('[attack 38] outlook: the next page at %j gets no token', async (nextLink) => {
  const { provider, requests } = answering(outlook, () =>
    json({ value: [{ id: 'one', name: 'One' }], '@odata.nextLink': nextLink }),
  );
  const listed = provider.listCalendars('canary-token');
  // An empty address is the end of the list.
  if (nextLink === '') await listed;
  else {
    const error = await listed.catch((caught: Error) => caught);
    expect(error).toMatchObject({ kind: 'malformed-answer' });
    expect((error as Error).message).not.toMatch(/canary-token|secret/);
  }
  for (const { url } of requests) expect(new URL(url).origin).toBe('http://127.0.0.1:4800');
  expect(requests).toHaveLength(1);
});
