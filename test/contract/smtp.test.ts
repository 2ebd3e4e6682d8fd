import { createServer, type AddressInfo, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { startMailCatcher } from '../../sandbox/mail-catcher.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';
import type { SmtpConfig } from '../../src/config.ts';
import { writeOutageMail } from '../../src/jobs/outage-mail.ts';
import { MailError } from '../../src/runtime.ts';
import { createSmtp, type SmtpLimits } from '../../src/smtp.ts';
import { makeServerCertificate } from '../support/certificate.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const outage = {
  provider: 'GOOGLE' as const,
  account: 'anna@northwind.sandbox',
  user_name: 'Anna',
  user_email: 'anna@x.example',
};
const mail = writeOutageMail(outage, 'some-id', 'https://crm.example');

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

/** How sending the mail ended: `sent`, or the code, and whether that was the last word. */
async function send(smtp: SmtpConfig, limits: SmtpLimits = {}, what = mail): Promise<string> {
  try {
    await createSmtp(smtp, { silenceMs: 400, totalMs: 1_500, ...limits })(what);
    return 'sent';
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return `${error.code}${error.isFinal ? ', final' : ''}`;
  }
}

interface Taken {
  raw: string;
  to: string[];
  isSecure: boolean;
  user: unknown;
}

async function startServer(options: SMTPServerOptions): Promise<{ port: number; taken: Taken[] }> {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString('latin1')));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        taken.push({ raw, to, isSecure: session.secure, user: session.user });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => server.close(() => resolve(undefined))));
  return { port: (server.server.address() as AddressInfo).port, taken };
}

const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode });

test('[R8] a mail of which the server says 4xx is tried again, one of which it says 5xx is not', async () => {
  for (const [code, end] of [
    [451, 'EENVELOPE 451'],
    [550, 'EENVELOPE 550, final'],
  ] as const) {
    const { port } = await startServer({ onRcptTo: (_, __, done) => done(refusal(code)) });
    expect(await send(smtpAt(port))).toBe(end);
  }
  for (const [code, end] of [
    [452, 'EMESSAGE 452'],
    [554, 'EMESSAGE 554, final'],
  ] as const) {
    const { port } = await startServer({
      onData(stream, _, done) {
        stream.resume();
        stream.on('end', () => done(refusal(code)));
      },
    });
    expect(await send(smtpAt(port))).toBe(end);
  }
});

test('[R8] what the operator can mend is tried again: an unknown host, a closed port, a refused password', async () => {
  expect(await send(smtpAt(25, { host: 'mail.invalid' }))).toMatch(/^(EDNS|ECONNECTION|ESOCKET)$/);
  expect(await send(smtpAt(1))).toMatch(/^(ECONNECTION|ESOCKET)$/);
  const { port } = await startServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_, __, done) => done(refusal(535)),
  });
  expect(await send(smtpAt(port, { user: 'kalends', password: 'wrong' }))).toBe('EAUTH 535');
});

/** A server of our own: nothing but what `talk` does with a connection. */
async function startTalker(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test('[R8] a server that is silent, and one that only ever says a little, are given up in time', async () => {
  const beganAt = Date.now();
  expect(await send(smtpAt(await startTalker(() => {})))).toBe('ETIMEDOUT');
  let isClosed: Promise<unknown> | undefined;
  const drip = await startTalker((socket) => {
    isClosed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('220 mail.example\r\n');
    const timer = setInterval(() => socket.write('250-wait\r\n'), 100);
    socket.once('close', () => clearInterval(timer));
  });
  expect(await send(smtpAt(drip))).toBe('EABORT');
  await isClosed;
  expect(Date.now() - beganAt).toBeLessThan(10_000);
}, 20_000);

test('[R8] TLS is used where the server offers it, and a password goes over nothing else', async () => {
  const { key, cert } = makeServerCertificate('localhost');
  const secure = await startServer({
    key,
    cert,
    disabledCommands: [],
    authOptional: true,
    onAuth: ({ username, password }, _, done) =>
      password === 'word' ? done(null, { user: username }) : done(refusal(535)),
  });
  const login = { host: 'localhost', user: 'kalends', password: 'word', requiresTls: true };
  expect(await send(smtpAt(secure.port, login), { ca: cert })).toBe('sent');
  expect(secure.taken[0]).toMatchObject({ isSecure: true, user: 'kalends' });
  // Whoever signed its certificate is nobody that we know.
  expect(await send(smtpAt(secure.port, login))).toMatch(/^(ESOCKET|ETLS)$/);
  expect(secure.taken).toHaveLength(1);

  let hasHeardAuth = false;
  const plain = await startServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_, __, done) => {
      hasHeardAuth = true;
      done(null, { user: 'kalends' });
    },
  });
  expect(await send(smtpAt(plain.port, login))).toBe('ETLS 500');
  expect(hasHeardAuth).toBe(false);
});

test('[R8] no name and no address becomes a header, a recipient or markup', async () => {
  const { port, taken } = await startServer({});
  const hostile = writeOutageMail(
    {
      ...outage,
      account: 'x@y.example\r\nBcc: all@victim.example\r\n\r\n<script>alert(1)</script>',
      user_name: 'Anna"\r\nTo: all@victim.example <a@b.example>, \u2028more',
      user_email: 'anna@x.example',
    },
    'some-id',
    'https://crm.example',
  );
  expect(await send(smtpAt(port), {}, hostile)).toBe('sent');
  const [{ raw = '', to } = { to: [] }] = taken;
  expect(to).toEqual(['anna@x.example']);
  const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
  expect(head).not.toMatch(/^(Bcc|Cc):/im);
  expect(head.match(/^To:/gim)).toHaveLength(1);
  expect(hostile.html).not.toContain('<script>');

  for (const address of [
    'a@b.example, all@victim.example',
    'a@b.example\r\nRCPT TO:<c@d.example>',
    'anna',
  ]) {
    const wrong = { ...mail, to: { name: 'Anna', address } };
    expect(await send(smtpAt(port), {}, wrong)).toBe('EADDRESS, final');
  }
  expect(taken).toHaveLength(1);
});

test('the sandbox’s mail catcher shows a mail as it was written', async () => {
  const sandbox = createSandbox();
  const catcher = await startMailCatcher(sandbox, { port: 0, host: '127.0.0.1' });
  stops.push(() => catcher.stop());
  const written = writeOutageMail(
    { ...outage, user_name: 'Zoë Grüße 山田', account: 'ä@northwind.sandbox' },
    'some-id',
    'https://crm.example',
  );
  expect(await send(smtpAt(catcher.port), {}, written)).toBe('sent');
  expect(sandbox.inbox).toMatchObject([
    {
      from: 'kalends@crm.example',
      to: ['anna@x.example'],
      messageId: '<some-id@crm.example>',
      subject: written.subject,
      text: written.text.trim(),
      html: written.html.trim(),
    },
  ]);
  const page = await sandbox.fetch(new Request('http://localhost/people/inbox'));
  const html = await page.text();
  expect(html).toContain('Zoë Grüße 山田');
  expect(html).toContain('<a href="https://crm.example/settings/calendars"');
  const api = await sandbox.fetch(new Request('http://localhost/sandbox/inbox'));
  expect(await api.json()).toMatchObject({ mails: [{ subject: written.subject }] });
});
