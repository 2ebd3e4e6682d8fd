import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { readMail } from './read-mail.ts';
import type { Sandbox } from './sandbox-type.ts';

/** Larger than any mail about a calendar. */
const MAIL_BYTES_MAX = 1024 * 1024;
const SILENCE_MS = 30_000;

export interface MailCatcher {
  port: number;
  stop(): Promise<void>;
}

/**
 * A mail server that takes every mail and sends none on: they are in the sandbox's inbox. Without TLS and
 * without passwords, so it listens on this machine's own address only. Rejects when the port is taken.
 */
export async function startMailCatcher(
  sandbox: Sandbox,
  { port, host }: { port: number; host: string },
): Promise<MailCatcher> {
  const server = new SMTPServer({
    banner: 'Kalends sandbox: what comes here goes nowhere',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAIL_BYTES_MAX,
    maxClients: 20,
    socketTimeout: SILENCE_MS,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAIL_BYTES_MAX) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (stream.sizeExceeded || bytes > MAIL_BYTES_MAX) {
          done(Object.assign(new Error('The mail is too large'), { responseCode: 552 }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        sandbox.receiveMail({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          ...readMail(Buffer.concat(chunks)),
        });
        done();
      });
    },
  });
  // A client that hangs up in the middle is no failure of the catcher.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
