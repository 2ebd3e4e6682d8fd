import type { Socket } from 'node:net';
import type { App } from './context.ts';

/** What a request that is being answered gets when the server is told to end. */
const GRACE_MS = 10_000;

/**
 * Lets the server end. Browsers open connections ahead of need, and Node waits for those as for a
 * request; they are closed at once, and what is still busy after a while too.
 */
export function closeConnections(app: App): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy();
    setTimeout(() => app.server.closeAllConnections(), GRACE_MS).unref();
  });
}
