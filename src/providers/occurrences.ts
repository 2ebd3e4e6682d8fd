import { findOccurrenceAt } from '../calendar/occurrences.ts';
import type { RemoteEvent, RemoteSlot } from './provider.ts';
import { ProviderError } from './provider-error.ts';

/**
 * Occurrences that a provider is asked for; none where it refuses because the event is no series, or
 * none any more.
 */
export async function findNoneOfSingle<T>(
  askForOccurrences: () => Promise<T>,
  findSeries: () => Promise<RemoteEvent | undefined>,
): Promise<T | undefined> {
  try {
    return await askForOccurrences();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'refused') throw error;
    if ((await findSeries())?.fields.recurrence) throw error;
    return undefined;
  }
}

/**
 * What a list of occurrences fails to show is cancelled only if its series says so, or has no such date:
 * a list may lack what is there. Answers what is there after all; undefined: nothing. Pure.
 *
 * @throws ProviderError `malformed-answer` where the series has the date and nobody changed or cancelled it.
 */
export function findMissing(
  series: RemoteEvent | undefined,
  { originalStart }: RemoteSlot,
  isIt: (slot: RemoteSlot) => boolean,
): RemoteEvent | undefined {
  if (!series?.fields.recurrence) return undefined;
  for (const exception of series.exceptions ?? []) {
    if (exception.kind === 'changed' && isIt(exception.event.slot)) return exception.event;
    if (exception.kind === 'cancelled' && isIt(exception.slot)) return undefined;
  }
  const { when, recurrence } = series.fields;
  if (!findOccurrenceAt({ when, recurrence }, originalStart)) return undefined;
  throw new ProviderError(
    'malformed-answer',
    'A list of occurrences lacks one that its series has.',
  );
}
