import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { unpackFile, unpackTar } from './unpack.ts';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Where a browser may be on machines for which npm brings none. */
const installedBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Launches a headless Chromium: the one that npm installed, or `CHROMIUM_PATH`, or the machine's.
 * Works as root and where there is nothing but Node. Throws when there is none at all.
 */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = await findChromium();
  return chromium.launch({
    executablePath: path,
    args: [
      // Chromium's own sandbox refuses to run as root; the tests only open our own pages.
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    env: { ...plainEnv(), ...env },
  });
}

type Found = { path: string; env: Record<string, string> };

async function findChromium(): Promise<Found> {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) return { path: chosen, env: {} };
  if (process.platform === 'linux' && process.arch === 'x64') return unpackChromium();
  const path = installedBrowsers.find((candidate) => existsSync(candidate));
  if (path) return { path, env: {} };
  throw new Error('No Chromium was found; set CHROMIUM_PATH to one.');
}

/**
 * Unpacks the npm package's Chromium, its libraries and a font, once, under node_modules: bare
 * machines lack all three. The package's own unpacking goes to the shared temporary folder, where
 * one user's files stop the next user's tests.
 */
async function unpackChromium(): Promise<Found> {
  const packageFolder = join(modules, '@sparticuz/chromium');
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(modules, '.cache', `chromium-${version}`);
  if (!existsSync(folder)) {
    const archives = join(packageFolder, 'bin');
    // Filled beside its place and then moved there, so that it is never half there.
    const draft = `${folder}.${process.pid}`;
    await mkdir(draft, { recursive: true });
    await unpackFile(join(archives, 'chromium.br'), join(draft, 'chromium'), 0o755);
    for (const name of ['al2023', 'fonts', 'swiftshader']) {
      await unpackTar(join(archives, `${name}.tar.br`), draft);
    }
    await writeFile(join(draft, 'fonts.conf'), fontsIn(folder));
    await rename(draft, folder).catch(async (error: unknown) => {
      await rm(draft, { recursive: true });
      if (!existsSync(folder)) throw error;
    });
  }
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

/** Only the font that was brought along: text then measures the same on every machine. */
function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
</fontconfig>
`;
}

function plainEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
