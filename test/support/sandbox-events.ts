import type { SandboxOf } from './person-at-provider.ts';

/** An event as its owner would find it at the provider, in the provider's own words. */
export interface FoundEvent {
  id: string;
  title: string;
  raw: Record<string, unknown>;
}

/** The live events of an account's default calendar, asked for through the provider's own API. */
export async function listLiveEvents(
  stack: SandboxOf,
  provider: 'google' | 'outlook',
  email: string,
): Promise<FoundEvent[]> {
  const token = stack.sandbox.issueToken({ provider, email });
  const path =
    provider === 'google'
      ? '/calendar/v3/calendars/primary/events?maxResults=2500'
      : '/v1.0/me/events?$top=500';
  const response = await fetch(`${stack.sandboxServer.url}${path}`, {
    // As the product asks: an item's default id changes when it moves, this one does not.
    headers: { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"' },
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const body = (await response.json()) as Record<string, Record<string, unknown>[]>;
  return (body[provider === 'google' ? 'items' : 'value'] ?? []).map((raw) => ({
    id: String(raw['id']),
    title: String(raw['summary'] ?? raw['subject'] ?? ''),
    raw,
  }));
}
