import { PassThrough } from 'node:stream';
import { Type } from 'typebox';
import { ApiError } from '../api-error.ts';
import { type Caller, requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import type { Notices } from '../notices.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { Sessions } from '../sessions.ts';

const HEARTBEAT_MS = 20_000;
/** Tabs of one person. A browser that loses one opens it again. */
const STREAMS_PER_USER_MAX = 12;
/** Bytes that wait for a page which does not read; it is dropped then, and comes back. */
const WAITING_BYTES_MAX = 64 * 1024;
/** What the browser waits before it opens a lost stream again. */
const RETRY_MS = 2_000;

const eventStream = Type.Unsafe<PassThrough>({ type: 'string' });

interface StreamParts {
  sessions: Sessions;
  notices: Notices;
  heartbeatMs?: number | undefined;
}

export function registerStreamRoute(
  app: App,
  { log, runtime }: AppContext,
  parts: StreamParts,
): void {
  const { sessions, notices, heartbeatMs = HEARTBEAT_MS } = parts;
  const streams = new Map<PassThrough, Caller>();
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.end();
  });

  app.route({
    method: 'GET',
    url: '/api/stream',
    schema: {
      summary: 'Server-sent events `activities` and `connections`: look again',
      produces: ['text/event-stream'],
      response: { 200: eventStream, '4xx': problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const own = [...streams.values()].filter(({ userId }) => userId === caller.userId);
      if (own.length >= STREAMS_PER_USER_MAX) {
        throw new ApiError('too-many-streams', 'Close some of the open pages.', {
          retryAfterSeconds: heartbeatMs / 1000,
        });
      }
      const stream = new PassThrough();
      const ended = new AbortController();
      streams.set(stream, caller);
      const unsubscribe = notices.subscribe(caller.tenantId, (topic) => {
        write(stream, `event: ${topic}\ndata: {}\n\n`);
      });
      stream.once('close', () => {
        ended.abort();
        unsubscribe();
        streams.delete(stream);
      });
      write(stream, `retry: ${RETRY_MS}\n\n`);
      void keepAlive(stream, request.headers.cookie, caller, ended.signal).catch((error) => {
        log.warn({ error: String(error) }, 'stream ended');
        stream.end();
      });
      return (
        reply
          .type('text/event-stream')
          // Not kept for another request: a server that ends would wait for that one.
          .header('connection', 'close')
          .header('x-accel-buffering', 'no')
          .send(stream)
      );
    },
  });

  /** Ends the stream when its session has ended, or its user may not be here any more. */
  async function keepAlive(
    stream: PassThrough,
    cookie: string | undefined,
    opener: Caller,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await runtime.sleep(heartbeatMs, signal);
      if (signal.aborted) return;
      // An open page is not a person: it does not prolong the session.
      const { caller } = await sessions.read(cookie, { touch: false });
      if (caller?.sessionHash !== opener.sessionHash) {
        stream.end();
        return;
      }
      write(stream, ': alive\n\n');
    }
  }
}

function write(stream: PassThrough, text: string): void {
  if (stream.writableEnded || stream.destroyed) return;
  if (stream.writableLength + stream.readableLength > WAITING_BYTES_MAX) stream.destroy();
  else stream.write(text);
}
