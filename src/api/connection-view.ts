import { keepsSilent } from '../providers/provider.ts';
import type { ConnectionReason, ConnectionSummary } from '../store/connections.ts';
import type { ConnectionState } from '../store/database.ts';
import type { Connection } from './schemas/connections.ts';

/** A connection as its owner or an admin sees it. */
export function viewConnection(row: ConnectionSummary): Connection {
  return {
    id: row.id,
    provider: row.provider === 'GOOGLE' ? 'google' : 'outlook',
    email: row.email,
    is_active: row.is_active,
    sync_enabled: row.sync_enabled,
    state: row.state,
    reason: describe(row),
    since: row.state_since.toISOString(),
    last_synced_at: row.last_synced_at?.toISOString() ?? null,
    first_sync_at: row.first_sync_at?.toISOString() ?? null,
    waiting_count: row.waiting_count,
    write_calendar: row.write_calendar,
    is_inviting: row.is_inviting,
    can_keep_silent: keepsSilent[row.provider],
  };
}

/** What a state means when no reason says more. `Record` keeps both tables total. */
const stateTexts: Record<ConnectionState, string | null> = {
  active: null,
  needs_reconnect:
    'The calendar service does not accept our access any more. Reconnect it; nothing is lost meanwhile.',
  misconfigured:
    'The calendar service does not accept this server. Ask your administrator; nothing is lost meanwhile.',
  disconnected: 'Disconnected. Its copies stay in the calendar. Connect it again to go on.',
};

const reasonTexts: Record<ConnectionReason, string> = {
  'grant-ended':
    'The permission was withdrawn or has ended. Reconnect with the same account; what waits goes out then.',
  'client-refused':
    'The calendar service refuses the client id or secret of this server. An administrator has to ' +
    'correct them; we keep trying, and nothing is lost meanwhile.',
  'token-unreadable':
    'The stored access cannot be opened, as its key is missing here. An administrator has to put the ' +
    'key back, or you connect the account again.',
  'no-writable-calendar':
    'We may not write to any calendar of this account. Make one writable, then connect again.',
  'removing-copies':
    'It is being disconnected, and its copies are being removed. If this stays, disconnect once more.',
  'copies-removed':
    'Disconnected, and its copies were removed from the calendar. Connect it again to go on.',
  'copies-left':
    'Disconnected. Some copies could not be removed and are still in the calendar: delete them there.',
};

function describe({ state, state_reason }: ConnectionSummary): string | null {
  const isKnown = (reason: string): reason is ConnectionReason =>
    Object.hasOwn(reasonTexts, reason);
  return state_reason !== null && isKnown(state_reason)
    ? reasonTexts[state_reason]
    : stateTexts[state];
}
