import type {
  ChangePage,
  FeedPosition,
  Provider,
  RemoteChange,
} from '../../src/providers/provider.ts';
import type { Desk } from './subjects.ts';

export const window = {
  start: new Date('2026-09-01T00:00:00Z'),
  end: new Date('2027-12-31T00:00:00Z'),
};
export const begin: FeedPosition = { syncToken: null, pageToken: null, window };

export interface Round {
  pages: ChangePage[];
  changes: RemoteChange[];
  syncToken: string;
}

/** Reads page after page until there is a token for the next time. */
export async function readRound(
  provider: Provider,
  { call }: Desk,
  syncToken: string | null = null,
): Promise<Round> {
  const pages: ChangePage[] = [];
  let pageToken: string | null = null;
  while (pages.length < 50) {
    const page: ChangePage = await provider.listChanges(call, { syncToken, pageToken, window });
    pages.push(page);
    if ('syncToken' in page.next) {
      const changes = pages.flatMap((one) => one.changes);
      return { pages, changes, syncToken: page.next.syncToken };
    }
    pageToken = page.next.pageToken;
  }
  throw new Error('the feed does not end');
}

export const idOf = (change: RemoteChange) =>
  change.kind === 'event' ? change.event.externalId : change.externalId;
