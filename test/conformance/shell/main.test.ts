import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSettings } from '../../../sandbox/settings.ts';

const main = fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url));

test('a wrong setting stops the start with a sentence that names it', () => {
  expect(() => readSettings({ SANDBOX_PORT: 'http' })).toThrow('SANDBOX_PORT');
  expect(() => readSettings({ SANDBOX_PORT: '70000' })).toThrow('SANDBOX_PORT');
  expect(() => readSettings({ SANDBOX_SEED: '/nowhere/seed.json' })).toThrow('SANDBOX_SEED');
});

test('a seed file with a mistyped switch stops the start and is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-seed-'));
  try {
    const path = join(folder, 'seed.json');
    writeFileSync(path, JSON.stringify({ switches: { 'outlook.latency': 5 } }));
    const start = () => readSettings({ SANDBOX_SEED: path });
    expect(start).toThrow(`SANDBOX_SEED: ${path}: no switch 'outlook.latency'`);
    expect(start).toThrow('did you mean outlook.latencyMs');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('settings have their defaults, and redirect addresses are split at commas', () => {
  expect(readSettings({})).toEqual({ port: 4800, seed: { redirectUris: [] } });
  const { seed } = readSettings({
    SANDBOX_REDIRECT_URIS: 'https://a.example/x, https://b.example',
  });
  expect(seed?.redirectUris).toEqual(['https://a.example/x', 'https://b.example']);
});

test('the program says where it is and who is there, and saves when told to stop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-main-'));
  const state = join(folder, 'state.json');
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { ...process.env, SANDBOX_PORT: '0', SANDBOX_STATE: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  try {
    await expect.poll(() => text, { timeout: 20_000 }).toContain('client of outlook');
    expect(text).toContain('anna.berg@gmail.sandbox');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '';
    expect((await fetch(url)).status).toBe(200);
    const closed = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(existsSync(state)).toBe(true);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
