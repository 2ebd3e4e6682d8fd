import type { RemoteEvent } from './provider.ts';
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
