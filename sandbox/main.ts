import { readFileSync } from 'node:fs';
import { defaultClients } from './seed.ts';
import type { Seed } from './seed.ts';
import { startSandboxServer } from './server.ts';

const {
  SANDBOX_PORT = '4800',
  SANDBOX_SEED,
  SANDBOX_STATE,
  SANDBOX_REDIRECT_URIS = '',
} = process.env;

const seed: Seed = SANDBOX_SEED ? (JSON.parse(readFileSync(SANDBOX_SEED, 'utf8')) as Seed) : {};
const redirectUris = [
  ...(seed.redirectUris ?? []),
  ...SANDBOX_REDIRECT_URIS.split(',')
    .map((uri) => uri.trim())
    .filter((uri) => uri !== ''),
];
const server = await startSandboxServer({
  port: Number(SANDBOX_PORT),
  seed: { ...seed, redirectUris },
  ...(SANDBOX_STATE ? { stateFile: SANDBOX_STATE } : {}),
});

console.log(`Sandbox of Google Calendar and Microsoft Graph: ${server.url}`);
for (const { provider, email } of server.sandbox.world.accounts) {
  console.log(`  ${provider.padEnd(8)} ${email}`);
}
for (const { id, secret } of Object.values(defaultClients))
  console.log(`  client   ${id} / ${secret}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0));
  });
}
