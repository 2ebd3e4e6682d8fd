import { readFileSync } from 'node:fs';
import type { Seed } from './seed.ts';
import type { SandboxServerOptions } from './server.ts';
import { assertSwitches } from './switches.ts';

/** Reads the environment. Throws one sentence that names the setting that is wrong. */
export function readSettings(env: Record<string, string | undefined>): SandboxServerOptions {
  const { SANDBOX_PORT = '4800', SANDBOX_STATE, SANDBOX_SEED, SANDBOX_REDIRECT_URIS = '' } = env;
  const { SANDBOX_SMTP_PORT } = env;
  const seed = SANDBOX_SEED ? readSeed(SANDBOX_SEED) : {};
  const more = SANDBOX_REDIRECT_URIS.split(',').map((uri) => uri.trim());
  const redirectUris = [...(seed.redirectUris ?? []), ...more.filter((uri) => uri !== '')];
  return {
    port: readPort('SANDBOX_PORT', SANDBOX_PORT),
    ...(SANDBOX_SMTP_PORT ? { smtpPort: readPort('SANDBOX_SMTP_PORT', SANDBOX_SMTP_PORT) } : {}),
    seed: { ...seed, redirectUris },
    ...(SANDBOX_STATE ? { stateFile: SANDBOX_STATE } : {}),
  };
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`${name} is not a port: ${text}`);
  return port;
}

function readSeed(path: string): Seed {
  const seed = parseSeed(path);
  try {
    assertSwitches(seed.switches ?? {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new Error(`SANDBOX_SEED: ${path}: ${reason}`, { cause: error });
  }
  return seed;
}

function parseSeed(path: string): Seed {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Seed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new Error(`SANDBOX_SEED is not a JSON file: ${path} (${reason})`, { cause: error });
  }
}
