import { type CalendarView, isQuiet } from '../store/calendar-views.ts';
import type { CalendarRow, ConnectionRow } from '../store/database.ts';
import type { Calendar } from './schemas/calendars.ts';

/** A calendar as its owner sees it. */
export function viewCalendar(
  { calendar, channelUntil, channelCount, links, unreadable, notBefore }: CalendarView,
  connection: ConnectionRow,
  now: Date,
): Calendar {
  const isReachable = isRunning(connection) && calendar.state !== 'removed';
  const isRead = isReachable && (calendar.direction === 'both' || calendar.direction === 'in');
  const quiet = isReachable && isQuiet(calendar, connection.first_sync_at, now);
  return {
    id: calendar.id,
    connection_id: calendar.connection_id,
    name: calendar.name,
    is_primary: calendar.is_primary,
    can_write: calendar.can_write,
    direction: calendar.direction,
    is_write_target: calendar.is_write_target,
    state: calendar.state,
    problem: describeProblem(calendar, quiet),
    is_quiet: quiet,
    last_pulled_at: toText(calendar.last_pulled_at),
    last_change_at: toText(calendar.last_change_at),
    next_look_at: isRead ? toText(findNextLook(calendar, notBefore, now)) : null,
    // Nobody is told to wait for a run that will not be.
    asked_at: isReachable && calendar.direction !== 'none' ? toText(calendar.asked_at) : null,
    watch: {
      kind: isRead ? (channelUntil ? 'channel' : 'polled') : 'off',
      reason: isRead && !channelUntil ? (calendar.watch_problem ?? NO_CHANNEL) : null,
      channel_count: channelCount,
      expires_at: toText(channelUntil),
    },
    brake: calendar.direction === 'none' ? null : calendar.brake,
    links,
    unreadable: {
      count: unreadable.count,
      items: unreadable.items.map(({ reason, since }) => ({ reason, since: since.toISOString() })),
    },
  };
}

/** Whether runs are made for the connection at all. */
function isRunning({ is_active, sync_enabled, state, first_sync_at }: ConnectionRow): boolean {
  const canWork = state === 'active' || state === 'misconfigured';
  return is_active && sync_enabled && canWork && first_sync_at !== null;
}

const NO_CHANNEL = 'The calendar does not tell us of changes by itself, so we ask it regularly.';
const REMOVED =
  'It is not in the account’s list of calendars any more. Its events stay here as they are.';
const PAUSED = 'We may not write to it at present. It is tried again by itself.';
const QUIET =
  'It has not been looked at for more than a day. Sync now; if that does not help, reconnect the account.';

function describeProblem(
  { state, state_reason, direction }: CalendarRow,
  quiet: boolean,
): string | null {
  if (state === 'removed') return REMOVED;
  if (direction === 'none') return null;
  // What is written for people has spaces; a code has none.
  const reason = state_reason?.includes(' ') ? state_reason : null;
  if (state === 'paused') return reason ?? PAUSED;
  // It works, and something is being done about it: its bookmark ended, and it is listed anew.
  return quiet ? QUIET : reason;
}

function findNextLook(calendar: CalendarRow, notBefore: Date | null, now: Date): Date | null {
  const isWanted = calendar.pull_requested > calendar.pull_done;
  const next = isWanted ? now : calendar.next_pull_at;
  return next && notBefore && notBefore > next ? notBefore : next;
}

function toText(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
