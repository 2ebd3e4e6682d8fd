import type { Provider, RemoteEvent } from '../providers/provider.ts';
import type { LinkRow } from '../store/database.ts';
import type { LinkChanges } from '../store/links.ts';
import { absorbLook, agreeOnAnswer, dropLate, noteLate, settleLate } from '../sync/absorb.ts';
import type { Base } from '../sync/link.ts';
import { asKept } from '../sync/news-of-series.ts';
import { BY_ITSELF, isSingle } from '../sync/single.ts';

/** What an answer or a page of the feed that carries the event tells. */
export function learn(
  link: LinkRow,
  answer: RemoteEvent,
  kind: 'look' | 'create' | 'update' | 'delete',
  provider: Provider,
): LinkChanges {
  const { sent } = link;
  const base = learnBase(link, answer, kind, provider);
  // A deletion arrives while the copy has the etag that it is for, or never.
  const lateEtag = isTakenBack(sent) ? link.etag : link.late_deletion_etag;
  return {
    external_id: answer.externalId,
    // Copies of one occurrence are told from those of its series.
    ical_uid: answer.slot ? link.ical_uid : answer.iCalUid,
    etag: answer.etag,
    remote: answer.fields,
    is_remote_gone: false,
    is_stale: false,
    // It had gone and came back: nothing is agreed any more.
    base: link.is_remote_gone && !sent ? null : base,
    sent: null,
    can_edit: answer.canEdit,
    organizer: answer.organizer,
    answers: answer.answers,
    own_answer: answer.ownAnswer,
    warning: answer.warnings[0] ?? null,
    late_deletion_etag: answer.etag === lateEtag ? lateEtag : null,
  };
}

/** An update is written for an etag: it arrives while the copy has that, or never (SPEC Q2). */
function learnBase(
  link: LinkRow,
  answer: RemoteEvent,
  kind: 'look' | 'create' | 'update' | 'delete',
  { capabilities }: Provider,
): Base | null {
  const { sent } = link;
  if (kind !== 'look' && sent && sent.kind !== 'delete') {
    return dropLate(agreeOnAnswer(link.base, sent.fields, answer.fields));
  }
  const kept = asKept(link, answer, capabilities);
  if (answer.etag === link.etag) {
    return noteLate(absorbLook(kept, sent, answer.fields, capabilities), kept, sent);
  }
  const settled = settleLate(kept, answer.fields, capabilities);
  return absorbLook(settled, sent, answer.fields, capabilities);
}

/**
 * After so many failures, each with its back-off, no try is still on its way; and what was changed
 * here may be what lets the next one through.
 */
const LATE_ATTEMPTS_MAX = 4;

/** What it tells that there is no such event. */
export function learnGone(
  link: LinkRow,
  kind: 'look' | 'create' | 'update' | 'delete',
): LinkChanges {
  const { sent, attempts } = link;
  // A create that has not arrived: nothing is there, and nothing was. It is made again.
  if (kind === 'look' && sent?.kind === 'create' && !link.is_remote_gone) {
    const isLate = attempts < LATE_ATTEMPTS_MAX;
    return { sent: isLate ? { ...sent, isMissing: true } : null, remote: null, is_stale: false };
  }
  const gone = { sent: null, remote: null, is_stale: false, is_remote_gone: true } as const;
  // Of a date that is there by itself, that we took it away is nothing that was said there of it.
  const isOurs = sent?.kind === 'delete' && (isSingle(link) || link.series_form === BY_ITSELF);
  return {
    ...gone,
    wanted_answer: null,
    ...(isOurs && { base: null }),
    ...(isTakenBack(sent) && { late_deletion_etag: link.etag }),
  };
}

/** Whether it is a deletion whose event has come back to life since. */
export const isTakenBack = (sent: LinkRow['sent']): boolean =>
  sent?.kind === 'delete' && sent.isTakenBack === true;
