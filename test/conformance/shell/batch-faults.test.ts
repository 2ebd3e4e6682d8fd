import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { ORIGIN, PEOPLE, callAs, countEvents, graphMeeting, meeting } from './support.ts';

interface PartAnswer {
  id: string;
  status: number;
  headers?: Record<string, string>;
}

/** Three creations in one Graph batch. */
async function graphBatch(sandbox: Sandbox, dependsOn?: string[]): Promise<PartAnswer[]> {
  const requests = ['1', '2', '3'].map((id) => ({
    id,
    method: 'POST',
    url: `/me/events?part=${id}`,
    headers: { 'Content-Type': 'application/json' },
    body: graphMeeting(`Part ${id}`),
    ...(id === '3' && dependsOn ? { dependsOn } : {}),
  }));
  const response = await callAs(sandbox, 'outlook', 'POST', '/v1.0/$batch', { body: { requests } });
  expect(response.status).toBe(200);
  const { responses } = (await response.json()) as { responses: PartAnswer[] };
  return responses.sort((a, b) => a.id.localeCompare(b.id));
}

const second = { operation: 'events.create', path: 'part=2' };

test('one part of a Graph batch fails and the others go on', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ match: second, effect: { kind: 'status', status: 429, retryAfterS: 4 } });
  const answers = await graphBatch(sandbox);
  expect(answers.map(({ status }) => status)).toEqual([201, 429, 201]);
  expect(answers[1]?.headers).toMatchObject({ 'retry-after': '4' });
  expect(await countEvents(sandbox, 'outlook')).toBe(2);
});

test('what depends on a failed part fails with 424', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ match: second, effect: { kind: 'status', status: 503 } });
  const answers = await graphBatch(sandbox, ['2']);
  expect(answers.map(({ status }) => status)).toEqual([201, 503, 424]);
  expect(await countEvents(sandbox, 'outlook')).toBe(1);
});

test('a part can take effect and say that it failed, or say nothing', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ match: second, effect: { kind: 'status', status: 504, when: 'after' } });
  sandbox.faults.add({ match: { path: 'part=3' }, effect: { kind: 'lose' } });
  const answers = await graphBatch(sandbox);
  expect(answers.map(({ id, status }) => `${id}: ${status}`)).toEqual(['1: 201', '2: 504']);
  expect(await countEvents(sandbox, 'outlook')).toBe(3);
});

async function googleBatch(sandbox: Sandbox): Promise<string> {
  const parts = ['1', '2', '3'].map(
    (id) => `--b
Content-Type: application/http
Content-ID: <item${id}>

POST /calendar/v3/calendars/primary/events?part=${id}
Content-Type: application/json

${JSON.stringify(meeting(`Part ${id}`))}
`,
  );
  const token = sandbox.issueToken({ provider: 'google', email: PEOPLE.google });
  const response = await sandbox.fetch(
    new Request(`${ORIGIN}/batch/calendar/v3`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'multipart/mixed; boundary=b',
      },
      body: `${parts.join('')}--b--\n`.replaceAll('\n', '\r\n'),
    }),
  );
  expect(response.status).toBe(200);
  return response.text();
}

const statusesOf = (text: string) => {
  const ids = [...text.matchAll(/Content-ID: <response-item(\d)>/gi)].map((match) => match[1]);
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
  return ids.map((id, index) => `${id}: ${statuses[index]}`);
};

test('one part of a Google batch fails and the others go on', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ match: { path: 'part=2' }, effect: { kind: 'status', status: 403 } });
  const text = await googleBatch(sandbox);
  expect(statusesOf(text)).toEqual(['1: 200', '2: 403', '3: 200']);
  expect(text).toContain('rateLimitExceeded');
  expect(await countEvents(sandbox, 'google')).toBe(2);
});

test('the parts of a Google batch come in another order, or not at all', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ match: { path: 'part=1' }, effect: { kind: 'reorder' } });
  sandbox.faults.add({ match: { path: 'part=2' }, effect: { kind: 'lose' } });
  expect(statusesOf(await googleBatch(sandbox))).toEqual(['3: 200', '1: 200']);
  expect(await countEvents(sandbox, 'google')).toBe(3);
});
