/** Who may do what on which calendar. */

import type { Call } from './call.ts';
import { accessLevelRequired, forbidden, notFound } from './errors.ts';
import type { AccessRole, CalendarState, UserState } from './state.ts';

const ROLES: readonly AccessRole[] = [
  'none',
  'freeBusyReader',
  'reader',
  'writerWithoutPrivateAccess',
  'writer',
  'owner',
];

const EVERY_CALENDAR = [
  'calendar',
  'calendar.readonly',
  'calendar.events',
  'calendar.events.readonly',
  'calendar.events.freebusy',
];

export function isAtLeast(role: AccessRole, least: AccessRole): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** The strongest role that any access rule gives the user. */
export function roleOf(calendar: CalendarState, user: UserState): AccessRole {
  let best: AccessRole = 'none';
  for (const rule of calendar.acl.values()) {
    if (rule.isDeleted || !isAtLeast(rule.role, best)) continue;
    if (isInScope(rule.scope, user.email)) best = rule.role;
  }
  return best;
}

/**
 * The calendar of the path, `primary` being the caller's own. Throws 404 for one that the caller
 * may not even see, 403 `requiredAccessLevel` for too low a role.
 */
export function getCalendar(call: Call, least: AccessRole, calendarId?: string): CalendarState {
  const id = calendarId ?? call.path.calendarId ?? '';
  const calendar = findCalendar(call, id);
  if (!calendar) throw notFound();
  const role = roleOf(calendar, call.user);
  if (role === 'none') throw notFound();
  if (!isAtLeast(role, least)) {
    const level = least === 'writerWithoutPrivateAccess' ? 'writer' : least;
    throw accessLevelRequired(level);
  }
  checkNarrowScopes(call, calendar, role);
  return calendar;
}

export function findCalendar(call: Call, id: string): CalendarState | undefined {
  const real = id === 'primary' ? call.user.email : id;
  return call.state.calendars.get(real) ?? call.state.calendars.get(real.toLowerCase());
}

export function hasScope(call: Call, ...names: string[]): boolean {
  return call.caller.scopes.some((scope) =>
    names.some((name) => scope === `https://www.googleapis.com/auth/${name}`),
  );
}

/** Scopes that reach only owned or only app-made calendars. Source: guides/auth. */
function checkNarrowScopes(call: Call, calendar: CalendarState, role: AccessRole): void {
  if (!/^(events|calendars|calendarList)\./.test(call.operation)) return;
  const wide = call.operation.startsWith('events.')
    ? EVERY_CALENDAR
    : [
        'calendar',
        'calendar.readonly',
        'calendar.calendars',
        'calendar.calendars.readonly',
        'calendar.calendarlist',
        'calendar.calendarlist.readonly',
      ];
  if (hasScope(call, ...wide)) return;
  const owned = hasScope(call, 'calendar.events.owned', 'calendar.events.owned.readonly');
  if (owned && role === 'owner') return;
  const isOwnMake = calendar.createdByClient === call.caller.clientId;
  if (hasScope(call, 'calendar.app.created') && isOwnMake) return;
  const isPublic = [...calendar.acl.values()].some(
    (rule) => rule.scope.type === 'default' && isAtLeast(rule.role, 'reader') && !rule.isDeleted,
  );
  if (hasScope(call, 'calendar.events.public.readonly') && isPublic) return;
  throw forbidden();
}

function isInScope(scope: { type: string; value?: string | undefined }, email: string): boolean {
  if (scope.type === 'default') return true;
  if (scope.type === 'domain') return email.endsWith(`@${scope.value ?? ''}`);
  return scope.type === 'user' && scope.value === email;
}
