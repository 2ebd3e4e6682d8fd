import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { startSandboxServer } from '../../../sandbox/server.ts';
import { connect, readIdToken, refresh } from '../oauth/support.ts';
import {
  ORIGIN,
  callAs,
  countEvents,
  createPlayedSandbox,
  googleEvents,
  graphEvents,
  graphMeeting,
  meeting,
} from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'));
const file = join(folder, 'deep', 'state.json');

afterEach(() => rmSync(join(folder, 'deep'), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('events, tokens, consents, keys, switches and records outlive a restart', async () => {
  const first = createSandbox({ stateFile: file });
  const google = await connect(first, 'google');
  await connect(first, 'outlook');
  await callAs(first, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  await callAs(first, 'outlook', 'POST', graphEvents, { body: graphMeeting('Lunch') });
  first.setSwitch('outlook.oauth.strict-rotation', true);
  first.addAccount({ provider: 'google', email: 'cleo@northwind.sandbox' });
  first.flush();

  const second = createSandbox({ stateFile: file });
  expect(await countEvents(second, 'google')).toBe(1);
  expect(await countEvents(second, 'outlook')).toBe(1);
  expect((await refresh(second, 'google', google.refresh_token ?? '')).status).toBe(200);
  expect(await readIdToken(second, 'google', google.id_token ?? '')).toMatchObject({
    iss: 'https://accounts.google.com',
  });
  expect(second.switches).toMatchObject({ 'outlook.oauth.strict-rotation': true });
  expect(second.world.findAccount('google', 'cleo@northwind.sandbox')).toBeTruthy();
  expect(second.calls.some(({ operation }) => operation === 'events.insert')).toBe(true);
  expect((await connect(second, 'google')).refresh_token).toBeUndefined();
});

test('people and redirect addresses that the settings named since are there after a restart', () => {
  const first = createSandbox({ stateFile: file });
  first.addAccount({ provider: 'google', email: 'cleo@northwind.sandbox' });
  writeFileSync(join(folder, 'saved.json'), JSON.stringify(first.snapshot()));
  const uri = 'https://crm.example/callback';
  const accounts = [{ provider: 'google' as const, email: 'dora@northwind.sandbox' }];
  const second = createSandbox({
    stateFile: join(folder, 'saved.json'),
    seed: { redirectUris: [uri], accounts },
  });
  for (const client of second.listClients()) expect(client.redirectUris).toContain(uri);
  for (const email of ['cleo@northwind.sandbox', 'dora@northwind.sandbox']) {
    expect(second.world.findAccount('google', email)).toBeTruthy();
  }
});

test('the file is replaced as a whole, and only its owner can read it', async () => {
  const sandbox = createSandbox({ stateFile: file });
  await callAs(sandbox, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  sandbox.flush();
  expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
  expect(() => JSON.parse(readFileSync(file, 'utf8'))).not.toThrow();
  expect(statSync(file).mode & 0o077).toBe(0);
});

test('a server saves at its stop', async () => {
  const server = await startSandboxServer({ port: 0, stateFile: file });
  await callAs(server.sandbox, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  await server.stop();
  expect(await countEvents(createSandbox({ stateFile: file }), 'google')).toBe(1);
});

test('a file that is no state stops the start with its name', () => {
  const broken = join(folder, 'broken.json');
  createSandbox({ stateFile: file }).flush();
  writeFileSync(broken, '{ half');
  expect(() => createSandbox({ stateFile: broken })).toThrow(broken);
});

test('snapshot and restore carry everything to another sandbox, and it is plain JSON', async () => {
  const one = createSandbox();
  const tokens = await connect(one, 'outlook');
  await callAs(one, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  const snapshot: unknown = JSON.parse(JSON.stringify(one.snapshot()));
  const two = createSandbox();
  two.restore(snapshot);
  expect(await countEvents(two, 'google')).toBe(1);
  const me = new Request(`${ORIGIN}/v1.0/me`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect((await two.fetch(me)).status).toBe(200);
});

test('reset brings back what the seed made', async () => {
  const seed = {
    accounts: [{ provider: 'google' as const, email: 'anna@northwind.sandbox' }],
    events: [
      { provider: 'google' as const, email: 'anna@northwind.sandbox', event: meeting('Seeded') },
    ],
  };
  const sandbox = createSandbox({ seed });
  expect(await countEvents(sandbox, 'google')).toBe(1);
  await callAs(sandbox, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  expect(await countEvents(sandbox, 'google')).toBe(2);
  sandbox.reset();
  expect(sandbox.calls).toEqual([]);
  expect(await countEvents(sandbox, 'google')).toBe(1);
});

test('after a reset nothing of before rings a webhook', async () => {
  const { sandbox, sent, pass } = createPlayedSandbox();
  const channel = { id: 'channel-1', type: 'web_hook', address: 'https://crm.example/hook' };
  await callAs(sandbox, 'google', 'POST', `${googleEvents}/watch`, { body: channel });
  await callAs(sandbox, 'google', 'POST', googleEvents, { body: meeting('Lunch') });
  // The first message of a channel is sent at once; the event's own is still to come.
  sent.length = 0;
  sandbox.reset();
  await pass(60_000);
  expect(sent).toHaveLength(0);
});

test('a seed takes the place of the accounts and clients, and adds redirect addresses', () => {
  const uri = 'https://crm.example/callback';
  const sandbox = createSandbox({ seed: { redirectUris: [uri] } });
  for (const client of sandbox.listClients()) expect(client.redirectUris).toContain(uri);
  const alone = createSandbox({
    seed: { accounts: [{ provider: 'outlook', email: 'zoe@x.sandbox' }] },
  });
  expect(alone.world.accounts).toMatchObject([{ email: 'zoe@x.sandbox', kind: 'work' }]);
});
