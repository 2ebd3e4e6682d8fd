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

test('[R8] mails are sent where both a server and a sender are named', () => {
  expect(readConfig({}).smtp).toBeNull();
  const from = { MAIL_FROM: 'Kalends at Northwind <kalends@northwind.example>' };
  const full = { ...from, SMTP_URL: 'smtp://kalends:p%40ss@mail.example.com' };
  expect(readConfig(full).smtp).toEqual({
    host: 'mail.example.com',
    port: 587,
    isTlsFromStart: false,
    requiresTls: true,
    user: 'kalends',
    password: 'p@ss',
    from: { name: 'Kalends at Northwind', address: 'kalends@northwind.example' },
  });
  const relay = { MAIL_FROM: 'kalends@northwind.example', SMTP_URL: 'smtp://[::1]:25' };
  expect(readConfig(relay).smtp).toMatchObject({ host: '::1', port: 25, requiresTls: false });
  const tls = { ...from, SMTP_URL: 'smtps://mail.example.com' };
  expect(readConfig(tls).smtp).toMatchObject({ port: 465, isTlsFromStart: true });
});

test.each([
  [{ SMTP_URL: 'smtp://mail.example.com' }, 'MAIL_FROM'],
  [{ MAIL_FROM: 'kalends@northwind.example' }, 'SMTP_URL'],
  [{ SMTP_URL: 'https://mail.example.com', MAIL_FROM: 'a@b.example' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtp://mail.example.com/?x', MAIL_FROM: 'a@b.example' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtp://a:%zz@mail.example.com', MAIL_FROM: 'a@b.example' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'Kalends' }, 'MAIL_FROM'],
  [{ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'a@b.example, c@d.example' }, 'MAIL_FROM'],
])('[R8] a wrong setting for mail stops the start with one sentence: %j', (env, name) => {
  const read = () => readConfig(env);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(new RegExp(`^[^\\n]*${name} [^\\n]+\\.$`));
});
