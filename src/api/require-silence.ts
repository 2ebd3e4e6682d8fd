import type { Attendee } from '../calendar/event.ts';
import { keepsSilent, type ProviderName } from '../providers/provider.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { listCopies, type VisibleEvent } from '../store/visible-events.ts';
import { findInvitingCopy } from './activity-view.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './authenticate.ts';

/** Throws `guests-always-told` where a change of the event would be mailed whatever is asked. */
export async function requireSilentCopy(
  tx: TenantTransaction,
  { id, attendees }: VisibleEvent,
  { userId }: Caller,
  invited: readonly Attendee[] = [],
): Promise<void> {
  if ((attendees ?? []).length + invited.length === 0) return;
  const copy = findInvitingCopy(await listCopies(tx, [id], userId));
  requireSilence(copy && { provider: copy.provider, email: copy.account });
}

export function requireSilence(
  inviter: { provider: ProviderName; email: string } | undefined,
): void {
  if (!inviter || keepsSilent[inviter.provider]) return;
  throw new ApiError(
    'guests-always-told',
    `Guests are invited from ${inviter.email}, which mails them at once. Let it, or leave the guests out.`,
    { pointer: '/notify_guests' },
  );
}
