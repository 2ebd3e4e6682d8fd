import { createServer, connect, type Server, type Socket } from 'node:net';
import { findFreePort } from '../../src/store/free-port.ts';

/** A door before a server that can be shut and opened: to those outside the server is gone meanwhile. */
export interface CuttableProxy {
  url: string;
  /** Ends every connection and takes no new ones. */
  cut(): Promise<void>;
  /** Lets connections in again, all of them to `port` on this machine. */
  open(port: number): Promise<void>;
}

export async function startProxy(): Promise<CuttableProxy> {
  const outside = await findFreePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  return {
    url: `http://127.0.0.1:${outside}`,
    async cut() {
      const closed = new Promise<void>((resolve) => {
        if (server) server.close(() => resolve());
        else resolve();
      });
      for (const socket of sockets) socket.destroy();
      await closed;
      server = undefined;
    },
    async open(port) {
      server = createServer((from) => {
        const to = connect(port, '127.0.0.1');
        for (const [one, other] of [
          [from, to],
          [to, from],
        ] as const) {
          sockets.add(one);
          one.on('error', () => other.destroy());
          one.on('close', () => {
            sockets.delete(one);
            other.destroy();
          });
          one.pipe(other);
        }
      });
      const listening = new Promise((resolve) => server?.once('listening', resolve));
      server.listen(outside, '127.0.0.1');
      await listening;
    },
  };
}
