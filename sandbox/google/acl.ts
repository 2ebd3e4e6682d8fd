/** Who may see and change a calendar, as far as sharing between the sandbox's people needs it. */

import { getCalendar } from './access.ts';
import { newListEntry, newRule } from './accounts.ts';
import { NO_CONTENT, ok, type Answer, type Call } from './call.ts';
import { touchTopic } from './channels.ts';
import { forbidden, fullSyncRequired, invalid, notFound, required } from './errors.ts';
import { etagOf } from './events/event.ts';
import { findObject, findString } from './json.ts';
import { nextStamp, type AccessRole, type AclRule, type CalendarState } from './state.ts';
import { printSyncToken, readSyncToken } from './sync-token.ts';

const ROLES: readonly AccessRole[] = [
  'none',
  'freeBusyReader',
  'reader',
  'writerWithoutPrivateAccess',
  'writer',
  'owner',
];
const SCOPE_TYPES = ['default', 'user', 'group', 'domain'];

export function listAcl(call: Call): Answer {
  const calendar = getCalendar(call, 'owner');
  const scope = `acl ${calendar.id}`;
  const text = call.query.text('syncToken');
  const token = text === undefined ? undefined : readSyncToken(text, scope);
  if (token === 'garbled') throw invalid('Invalid sync token value.', 'syncToken');
  if (token === 'foreign') throw fullSyncRequired();
  const showDeleted = token !== undefined || (call.query.flag('showDeleted') ?? false);
  const items = [...calendar.acl.values()]
    .filter((rule) => rule.stamp > (token?.stamp ?? 0) && (showDeleted || !rule.isDeleted))
    .map(renderRule);
  const latest = Math.max(0, ...[...calendar.acl.values()].map(({ stamp }) => stamp));
  return ok({
    kind: 'calendar#acl',
    etag: `"p3${latest.toString(32)}o"`,
    nextSyncToken: printSyncToken({ stamp: latest }, scope),
    items,
  });
}

export function getAclRule(call: Call): Answer {
  return ok(renderRule(getRule(call, getCalendar(call, 'owner'))));
}

export function insertAclRule(call: Call): Answer {
  const calendar = getCalendar(call, 'owner');
  const scope = findObject(call.body, 'scope');
  const type = scope && findString(scope, 'type');
  if (!scope || !type) throw required('Missing scope.');
  if (!SCOPE_TYPES.includes(type)) throw invalid('Invalid scope type.');
  const value = findString(scope, 'value')?.toLowerCase();
  if ((value === undefined) !== (type === 'default')) throw invalid('Invalid scope value.');
  return ok(renderRule(putRule(call, calendar, newRule(type, value, readRole(call), 0))));
}

export function updateAclRule(call: Call): Answer {
  const calendar = getCalendar(call, 'owner');
  const rule = getRule(call, calendar);
  checkNotLastOwner(calendar, rule);
  return ok(renderRule(putRule(call, calendar, { ...rule, role: readRole(call) })));
}

export function deleteAclRule(call: Call): Answer {
  const calendar = getCalendar(call, 'owner');
  const rule = getRule(call, calendar);
  checkNotLastOwner(calendar, rule);
  putRule(call, calendar, { ...rule, role: 'none', isDeleted: true });
  return NO_CONTENT;
}

/** A changed rule ends every sync token of the calendar (410). Source: guides/sync. */
function putRule(call: Call, calendar: CalendarState, rule: AclRule): AclRule {
  const stored = { ...rule, stamp: nextStamp(call.state, call.now) };
  calendar.acl.set(rule.id, stored);
  calendar.tokensValidFrom = stored.stamp;
  touchTopic(call, `acl:${calendar.id}`);
  // Whoever is let in by name finds the calendar on his list.
  const user = [...call.state.users.values()].find(({ email }) => email === rule.scope.value);
  if (user && !rule.isDeleted && rule.role !== 'none' && !user.entries.has(calendar.id)) {
    user.entries.set(calendar.id, newListEntry(calendar, nextStamp(call.state, call.now)));
    touchTopic(call, `calendarList:${user.accountId}`);
  }
  return stored;
}

function renderRule(rule: AclRule): object {
  const { id, role, scope, stamp } = rule;
  return { kind: 'calendar#aclRule', etag: etagOf(stamp), id, scope: { ...scope }, role };
}

function getRule(call: Call, calendar: CalendarState): AclRule {
  const rule = calendar.acl.get(call.path.ruleId ?? '');
  if (!rule || rule.isDeleted) throw notFound();
  return rule;
}

function readRole({ body }: Call): AccessRole {
  const text = findString(body, 'role');
  if (!text) throw required('Missing role.');
  const role = ROLES.find((candidate) => candidate === text);
  if (!role) throw invalid('Invalid role.');
  return role;
}

function checkNotLastOwner(calendar: CalendarState, rule: AclRule): void {
  if (rule.scope.value === calendar.ownerEmail) throw forbidden('Cannot change your own access.');
}
