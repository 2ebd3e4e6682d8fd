import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionFault, cutBodies } from './fault-effects.ts';
import { startMailCatcher } from './mail-catcher.ts';
import { createSandbox } from './sandbox.ts';
import type { Sandbox, SandboxOptions } from './sandbox-type.ts';
import { findText } from './text-response.ts';

/** The largest request body; Graph takes 4 MB. */
const BODY_BYTES_MAX = 5 * 1024 * 1024;

export interface SandboxServer {
  /** Without a slash at the end. */
  url: string;
  /** Of the mail catcher; null where none was asked for. */
  smtpPort: number | null;
  sandbox: Sandbox;
  stop(): Promise<void>;
}

export interface SandboxServerOptions extends SandboxOptions {
  /** 0 takes a free one. */
  port: number;
  host?: string;
  /** Starts a mail catcher beside it (mail-catcher.ts); 0 takes a free port. */
  smtpPort?: number;
}

/** Serves a sandbox over HTTP. Rejects when the port is taken. */
export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const { port, host = '127.0.0.1', smtpPort, ...sandboxOptions } = options;
  const sandbox = createSandbox(sandboxOptions);
  const server = createServer((message, reply) => {
    void answer(sandbox, message, reply);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const catcher =
    smtpPort === undefined ? null : await startMailCatcher(sandbox, { port: smtpPort, host });
  const address = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${address.port}`,
    sandbox,
    smtpPort: catcher?.port ?? null,
    async stop() {
      await catcher?.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      sandbox.flush();
    },
  };
}

async function answer(
  sandbox: Sandbox,
  message: IncomingMessage,
  reply: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(message);
    if (body === null) {
      reply.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const request = toRequest(message, body);
    if (request) await send(await sandbox.fetch(request), reply);
    else reply.writeHead(400, { connection: 'close' }).end();
  } catch (error) {
    if (error instanceof ConnectionFault) await dropConnection(message, error.holdMs);
    else confess(reply, error);
  }
}

/** A mistake of the sandbox itself must not look like a fault that somebody asked for. */
function confess(reply: ServerResponse, error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!reply.headersSent) reply.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
  reply.end(`The sandbox failed: ${reason}\n`);
}

/** A fault that loses the connection loses it here for real, after the time it is held. */
async function dropConnection({ socket }: IncomingMessage, holdMs: number): Promise<void> {
  if (holdMs > 0) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, holdMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
  socket.resetAndDestroy();
}

/** Null when there is more than is taken. */
async function readBody(message: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The links in answers lead to the address by which the caller came, so it is taken from `Host`.
 * Null when that is no address.
 */
function toRequest(message: IncomingMessage, body: Buffer): Request | null {
  const { localAddress, localPort } = message.socket;
  const host = message.headers.host ?? `${localAddress}:${localPort}`;
  // Behind a proxy that speaks TLS, links must lead back to it.
  const scheme = message.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const method = message.method ?? 'GET';
  const headers = new Headers();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '');
  }
  const hasBody = body.length > 0 && method !== 'GET' && method !== 'HEAD';
  const url = `${scheme}://${host}${message.url ?? '/'}`;
  if (!URL.canParse(url)) return null;
  return new Request(url, {
    method,
    headers,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  });
}

async function send(response: Response, reply: ServerResponse): Promise<void> {
  const headers: [string, string][] = [...response.headers];
  const cut = cutBodies.get(response);
  if (cut) {
    // The promised length is that of the whole body, so the caller sees that it broke off.
    reply.writeHead(response.status, headers.flat());
    reply.write(cut, () => reply.socket?.destroy());
    return;
  }
  const text = findText(response);
  const body = text === undefined ? Buffer.from(await response.arrayBuffer()) : Buffer.from(text);
  reply.writeHead(response.status, [
    ...headers.flat(),
    ...(response.status === 204 || response.status === 304
      ? []
      : ['content-length', String(body.length)]),
  ]);
  reply.end(body);
}
