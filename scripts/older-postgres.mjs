// A PostgreSQL of the oldest kind we support, from Debian's packages, in a folder of its own.
// Only the tests use it: what the product starts by itself comes from npm.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';
const PORT = 47_015;

/** `{ url, version, stop }`, or `{ reason }` where there is none and none can be installed. */
export function startOlderPostgres() {
  const found = findBinaries() ?? (install() ? findBinaries() : null);
  if (!found) return { reason: 'needs Debian, and root to install it' };
  const dir = mkdtempSync(join(tmpdir(), 'kalends-older-'));
  chmodSync(dir, 0o711);
  const password = join(dir, 'password');
  writeFileSync(password, 'older', { mode: 0o644 });
  const data = join(dir, 'data');
  // PostgreSQL refuses to be root; a user namespace makes us nobody, our files staying ours.
  const asNobody =
    process.getuid() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : [];
  const initdb = [...asNobody, join(found.bin, 'initdb'), '-D', data, '-U', 'older'];
  initdb.push(`--pwfile=${password}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C');
  execFileSync(initdb[0], initdb.slice(1), { stdio: 'ignore' });

  const server = [...asNobody, join(found.bin, 'postgres'), '-D', data, '-p', String(PORT)];
  server.push('-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=');
  server.push('-c', 'max_connections=200', '-c', 'fsync=off');
  const child = spawn(server[0], server.slice(1), { stdio: 'ignore' });
  waitForPort();
  return {
    url: `postgres://older:older@127.0.0.1:${PORT}/postgres`,
    version: found.version,
    stop() {
      child.kill('SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function findBinaries() {
  if (!existsSync(DEBIAN)) return null;
  const version = readdirSync(DEBIAN)
    .filter((name) => Number(name) >= 15 && existsSync(join(DEBIAN, name, 'bin', 'postgres')))
    .sort((a, b) => Number(a) - Number(b))[0];
  return version ? { version, bin: join(DEBIAN, version, 'bin') } : null;
}

function install() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
    execFileSync('apt-get', ['install', '-y', '-qq', 'postgresql'], { stdio: 'ignore', env });
    return true;
  } catch {
    return false;
  }
}

function waitForPort() {
  const probe = `const s=require('net').connect(${PORT},'127.0.0.1',()=>process.exit(0));s.on('error',()=>process.exit(1))`;
  for (let tries = 0; tries < 200; tries++) {
    try {
      execFileSync(process.execPath, ['-e', probe]);
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  throw new Error('the older PostgreSQL did not start');
}
