import { readSettings } from './settings.ts';
import { startSandboxServer } from './server.ts';

/** `npm run sandbox`: the sandbox alone, until it is told to stop. */
async function main(): Promise<void> {
  const server = await startSandboxServer(readSettings(process.env));
  console.log(`Sandbox of Google Calendar and Microsoft Graph: ${server.url}`);
  for (const { provider, email } of server.sandbox.world.accounts) {
    console.log(`  ${provider.padEnd(8)} ${email}`);
  }
  for (const { provider, id, secret } of server.sandbox.listClients()) {
    console.log(`  client of ${provider}: ${id} / ${secret ?? 'no secret'}`);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void server.stop().then(() => process.exit(0));
    });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
