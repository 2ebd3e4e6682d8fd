import type { Caller } from '../world.ts';
import { accessDenied, GraphError } from './graph-error.ts';

/** Any of these scopes will do. Source: permissions.json. */
const sufficient = {
  user: ['User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadWrite.All'],
  readCalendars: [
    'Calendars.Read',
    'Calendars.ReadWrite',
    'Calendars.Read.Shared',
    'Calendars.ReadWrite.Shared',
  ],
  writeCalendars: ['Calendars.ReadWrite', 'Calendars.ReadWrite.Shared'],
  readSettings: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
  writeSettings: ['MailboxSettings.ReadWrite'],
} as const;

export function requireScope({ caller }: { caller: Caller }, need: keyof typeof sufficient): void {
  const granted = new Set(
    caller.scopes.map((scope) => scope.toLowerCase().replace('https://graph.microsoft.com/', '')),
  );
  if (sufficient[need].some((scope) => granted.has(scope.toLowerCase()))) return;
  if (need !== 'user') throw accessDenied();
  throw new GraphError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
}
