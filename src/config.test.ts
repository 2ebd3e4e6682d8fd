import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const client = { GOOGLE_CALENDAR_CLIENT_ID: 'id', GOOGLE_CALENDAR_CLIENT_SECRET: 'secret' };
const at = (env: Record<string, string>) => readConfig(env).webhookUrl;

test('[W9] providers ring the public address where it can be rung, another when told so, or none', () => {
  expect(at({})).toBe('http://127.0.0.1:4700');
  expect(at({ SANDBOX: 'off' })).toBeNull();
  expect(at(client)).toBeNull();
  expect(at({ ...client, SANDBOX: 'on' })).toBeNull();
  expect(at({ ...client, PUBLIC_URL: 'https://crm.example.com' })).toBe('https://crm.example.com');
  const other = { PUBLIC_URL: 'https://crm.example.com', WEBHOOK_URL: 'https://in.example.com/' };
  expect(at({ ...client, ...other })).toBe('https://in.example.com');
  expect(at({ ...client, ...other, WEBHOOK_URL: 'off' })).toBeNull();
});

test.each([
  ['ftp://in.example.com', {}],
  ['in.example.com', {}],
  ['https://in.example.com/hooks', {}],
  ['https://in.example.com?x', {}],
  ['https://user:word@in.example.com', {}],
  ['http://in.example.com', {}],
  ['http://127.0.0.1:4700', client],
])('[W9] a wrong WEBHOOK_URL stops the start with one sentence: %s', (WEBHOOK_URL, env) => {
  const read = () => readConfig({ ...env, WEBHOOK_URL });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/^WEBHOOK_URL must [^\n]+\.$/);
});
