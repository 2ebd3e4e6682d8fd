import type { RemoteChange } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { isStorable } from './storable-text.ts';

/** An entry of a change feed before anything but its id is known of it. */
export type FeedEntry = { id: string } & Record<string, unknown>;

/**
 * Translates a page entry by entry: what cannot be read is said to be so, and the others go on.
 * Of entries with one id the last counts (Graph repeats them); but a series that is to be read whole
 * is not forgotten over what one entry says of it.
 */
export function readEntries(
  entries: readonly unknown[],
  translate: (entry: FeedEntry) => RemoteChange,
): RemoteChange[] {
  const changes = new Map<string, RemoteChange>();
  for (const entry of entries) {
    const change = isNamed(entry) ? tryTranslate(entry, translate) : nameless;
    const id = change.kind === 'event' ? change.event.externalId : change.externalId;
    const before = changes.get(id);
    changes.delete(id);
    changes.set(id, before?.kind === 'series' && change.kind === 'event' ? before : change);
  }
  return [...changes.values()];
}

const nameless: RemoteChange = {
  kind: 'unreadable',
  externalId: '',
  reason: 'An entry of the calendar has no usable id.',
};

function tryTranslate(
  entry: FeedEntry,
  translate: (entry: FeedEntry) => RemoteChange,
): RemoteChange {
  try {
    return translate(entry);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { kind: 'unreadable', externalId: entry.id, reason: error.message };
  }
}

const isNamed = (entry: unknown): entry is FeedEntry =>
  typeof entry === 'object' &&
  entry !== null &&
  'id' in entry &&
  typeof entry.id === 'string' &&
  entry.id !== '' &&
  isStorable(entry.id);
