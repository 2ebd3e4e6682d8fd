import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type ConnectionRef, withAccessToken } from '../../../src/jobs/access-token.ts';
import type { Config } from '../../../src/config.ts';
import { createRealRuntime, originsOf } from '../../../src/real-runtime.ts';
import { createProviders } from '../../../src/serve.ts';
import { openStore, type RoleUrls } from '../../../src/store/pool.ts';
import { quietLog } from '../../support/quiet-log.ts';

/** What a process of its own is told on its standard input. */
export interface Order {
  config: Config;
  roleUrls: RoleUrls;
  key: { id: string; base64: string };
  connection: ConnectionRef;
  /** How many workers want the token at once in this process. */
  workerCount: number;
  /** When all processes begin, in milliseconds since the epoch. */
  beginAt: number;
}

const order = JSON.parse(await text(process.stdin)) as Order;
const { config, key, connection } = order;
const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log: quietLog });
const store = openStore(order.roleUrls, quietLog);
const engine = {
  runtime,
  store,
  providers: createProviders(config, runtime),
  keys: {
    ring: { currentId: key.id, keys: new Map([[key.id, Buffer.from(key.base64, 'base64')]]) },
    secret: Buffer.alloc(32),
  },
  webhookUrl: null,
};
await runtime.sleep(order.beginAt - runtime.now());
const tokens = await Promise.all(
  Array.from({ length: order.workerCount }, () =>
    withAccessToken(engine, connection, async (accessToken) => accessToken),
  ),
);
const hashes = tokens.map((token) => createHash('sha256').update(token).digest('hex'));
process.stdout.write(JSON.stringify(hashes));
await store.close();
await runtime.close();
