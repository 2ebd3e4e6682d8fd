import type { EventFields } from '../calendar/event.ts';
import type { EventId, LinkId } from '../calendar/ids.ts';
import type { Provider, RemoteEvent } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { toFields } from '../store/event-fields.ts';
import { cancelEvent, changeEvent, lockEvent, noteSynced, reviveEvent } from '../store/events.ts';
import type { JobRow } from '../store/jobs.ts';
import { askForCopies, changeLink, type LinkChanges, lockLink } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { absorbLook, agreeOnAnswer } from '../sync/absorb.ts';
import type { Base } from '../sync/link.ts';
import { planLink } from '../sync/plan.ts';
import { withAccessToken } from './access-token.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import { backOffMs, type Reaction, reactionTo } from './reaction.ts';

/** The calendar that a job looks at, as it stood when the run began. */
export interface Target {
  job: JobRow;
  provider: Provider;
  /** The provider's id of the calendar. */
  externalCalendarId: string;
}

/** What a failure of one link means for the rest of the run; `null`: go on. */
export type Stop = {
  next: Reaction['next'];
  reason: string;
  error: string;
  retryAfterMs: number | null;
};

/** One write, then what came of it, then perhaps what was edited meanwhile: it ends well before. */
const ROUNDS_MAX = 8;

/**
 * Brings one event and one copy of it to agreement: plan, store what is about to be sent, send,
 * store what came of it, plan again. Each transaction ends with the fence, and no transaction is
 * open while the provider is called (SPEC Q1–Q4).
 */
export async function syncLink(
  engine: Engine,
  target: Target,
  ids: { id: LinkId; event_id: EventId },
): Promise<Stop | null> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const step = await inFence(engine, target, (tx) => decide(engine, target, tx, ids));
    if (step.kind === 'done') return null;
    try {
      await perform(engine, target, step);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const stop = await inFence(engine, target, (tx) => react(engine, tx, ids, error));
      if (stop !== 'again') return stop;
    }
  }
  // Two sides that keep changing: the link is still due, and others have their turn first.
  return null;
}

/** The call to make next. The link is as it was stored with the intent. */
type Step =
  | { kind: 'done' }
  | { kind: 'look'; link: LinkRow }
  | { kind: 'create'; link: LinkRow; fields: EventFields }
  | { kind: 'update'; link: LinkRow; changes: Partial<EventFields> }
  | { kind: 'delete'; link: LinkRow };

const done: Step = { kind: 'done' };

async function decide(
  engine: Engine,
  { job, provider }: Target,
  tx: TenantTransaction,
  ids: { id: LinkId; event_id: EventId },
): Promise<Step> {
  const event = await lockEvent(tx, ids.event_id);
  const link = await lockLink(tx, ids.id);
  if (!event || !link || link.state === 'closed') return done;

  const now = new Date(engine.runtime.now());
  const occasion = { now, newId: engine.runtime.newId, connectionId: job.connection_id };
  const isLive = !event.deleted_at && event.status === 'confirmed';
  const plan = planLink({
    local: isLive ? toFields(event) : null,
    remote: link.remote,
    isRemoteGone: link.is_remote_gone,
    isStale: link.is_stale,
    base: link.base,
    sent: link.sent,
    origin: 'local',
    holds: provider.capabilities,
  });

  switch (plan.kind) {
    case 'look':
      return { kind: 'look', link };
    case 'create':
      return {
        kind: 'create',
        fields: plan.fields,
        link: await intend(tx, link, { sent: { kind: 'create', fields: plan.fields } }, now),
      };
    case 'delete':
      return { kind: 'delete', link: await intend(tx, link, { sent: { kind: 'delete' } }, now) };
    case 'merge': {
      const { toLocal, toRemote, base, conflicts } = plan;
      const conflict = conflicts.length > 0 ? conflicts : link.conflict;
      if (Object.keys(toLocal).length > 0) {
        await changeEvent(tx, event, { changes: toLocal, ...occasion });
        await askForCopies(tx, { eventId: event.id, exceptLinkId: link.id, ...occasion });
      }
      if (Object.keys(toRemote).length === 0) {
        await settle(tx, { event, link, provider }, { base, conflict }, now);
        return done;
      }
      const sent = { kind: 'update', fields: toRemote } as const;
      return {
        kind: 'update',
        changes: toRemote,
        link: await intend(tx, link, { sent, base, conflict }, now),
      };
    }
    case 'nothing':
      await settle(tx, { event, link, provider }, { base: plan.base }, now);
      return done;
    case 'close':
      await rest(tx, link, { state: 'closed', remote: null }, now);
      return done;
    case 'cancel':
      await rest(tx, link, { state: 'closed', remote: null }, now);
      await cancelEvent(tx, event, occasion);
      return done;
    case 'detach':
      await rest(tx, link, { state: 'detached', state_reason: DETACHED_REASON }, now);
      return done;
    case 'revive':
      await reviveEvent(tx, event, { fields: plan.fields, ...occasion });
      await rest(
        tx,
        link,
        { state: 'conflict', state_reason: REVIVED_REASON, base: agreeOnAll(plan.fields) },
        now,
      );
      return done;
  }
}

const DETACHED_REASON =
  'It was deleted in the calendar after it had been changed here. It stays here.';
const REVIVED_REASON =
  'It was deleted here after it had been changed in the calendar. It was kept in both.';
const CONFLICT_REASON = 'It was changed on both sides. The version from here was kept.';

function agreeOnAll(fields: EventFields): Base {
  return agreeOnAnswer(null, fields, fields);
}

/** Stores what is about to be sent: from here until its outcome is known, `sent` tells of it. */
async function intend(
  tx: TenantTransaction,
  link: LinkRow,
  changes: LinkChanges,
  now: Date,
): Promise<LinkRow> {
  await notifyPages(tx, 'activities');
  return changeLink(tx, link, { ...changes, state: 'syncing', state_reason: null }, now);
}

/** Both sides agree. What a person has still to settle keeps saying so. */
async function settle(
  tx: TenantTransaction,
  { event, link, provider }: { event: EventRow; link: LinkRow; provider: Provider },
  changes: LinkChanges,
  now: Date,
): Promise<void> {
  const conflict = changes.conflict ?? link.conflict;
  await rest(
    tx,
    link,
    {
      ...changes,
      state: conflict ? 'conflict' : 'synced',
      state_reason: conflict ? CONFLICT_REASON : null,
      last_synced_at: now,
    },
    now,
  );
  await noteSynced(tx, event.id, { provider: provider.name, now });
}

/** Nothing more to do until something changes. */
async function rest(
  tx: TenantTransaction,
  link: LinkRow,
  changes: LinkChanges,
  now: Date,
): Promise<void> {
  await changeLink(tx, link, { attempts: 0, next_attempt_at: null, ...changes }, now);
  await notifyPages(tx, 'activities');
}

async function perform(
  engine: Engine,
  target: Target,
  step: Exclude<Step, { kind: 'done' }>,
): Promise<void> {
  const { job, provider, externalCalendarId } = target;
  const connection = { tenantId: job.tenant_id, connectionId: job.connection_id };
  const { link } = step;
  const answer = await withAccessToken(engine, connection, async (accessToken) => {
    const call = { accessToken, calendarId: externalCalendarId };
    const { externalId, etag } = { externalId: link.external_id ?? '', etag: link.etag ?? '' };
    switch (step.kind) {
      case 'look':
        return link.external_id
          ? provider.findEvent(call, externalId)
          : provider.findEventOfLink(call, link.id);
      case 'create':
        return provider.createEvent(call, link.id, step.fields);
      case 'update':
        return provider.updateEvent(call, externalId, etag, step.changes);
      case 'delete':
        await provider.deleteEvent(call, externalId, etag);
        return undefined;
    }
  }).catch((error: unknown) => {
    if (error instanceof ProviderError) throw error;
    // A bug of ours met this event: it must not stop the others.
    throw new ProviderError('malformed-answer', `a ${step.kind} failed in us`, { cause: error });
  });
  await inFence(engine, target, async (tx) => {
    const current = await lockLink(tx, link.id);
    if (!current) return;
    const changes = answer
      ? learn(current, answer, step.kind, provider)
      : learnGone(current, step.kind);
    await changeLink(tx, current, changes, new Date(engine.runtime.now()));
  });
}

/** What an answer that carries the event tells. */
function learn(
  link: LinkRow,
  answer: RemoteEvent,
  kind: 'look' | 'create' | 'update' | 'delete',
  provider: Provider,
): LinkChanges {
  const { sent } = link;
  const base =
    kind === 'look' || !sent || sent.kind === 'delete'
      ? absorbLook(link.base, sent, answer.fields, provider.capabilities)
      : agreeOnAnswer(link.base, sent.fields, answer.fields);
  return {
    external_id: answer.externalId,
    ical_uid: answer.iCalUid,
    etag: answer.etag,
    remote: answer.fields,
    is_remote_gone: false,
    is_stale: false,
    base,
    sent: null,
  };
}

/** What it tells that there is no such event. */
function learnGone(link: LinkRow, kind: 'look' | 'create' | 'update' | 'delete'): LinkChanges {
  // A create that never arrived: nothing is there, and nothing was. It is made again.
  if (kind === 'look' && link.sent?.kind === 'create' && !link.is_remote_gone) {
    return { sent: null, remote: null, is_stale: false };
  }
  return { sent: null, remote: null, is_stale: false, is_remote_gone: true };
}

/** Stores what a failure means. `'again'`: plan this link again at once. */
async function react(
  engine: Engine,
  tx: TenantTransaction,
  ids: { id: LinkId; event_id: EventId },
  error: ProviderError,
): Promise<Stop | 'again' | null> {
  const link = await lockLink(tx, ids.id);
  if (!link) return null;
  const now = new Date(engine.runtime.now());
  const { effect, next, reason } = reactionTo[error.kind];
  const sent = effect === 'none' ? { sent: null } : {};
  const stop: Stop = { next, reason, error: error.kind, retryAfterMs: error.retryAfterMs };
  // What only asks for another look is a merge in the making, no trouble of the operator's.
  const level = reason === '' ? 'debug' : 'info';
  engine.runtime.log[level](
    { linkId: link.id, kind: error.kind, code: error.code },
    'a calendar call did not go through',
  );

  switch (next) {
    case 'look':
      await changeLink(tx, link, { sent: null, is_stale: true }, now);
      return 'again';
    case 'note-gone':
      await changeLink(tx, link, learnGone(link, 'update'), now);
      return 'again';
    case 'look-for-ours':
      await changeLink(tx, link, noteTaken(link), now);
      return 'again';
    case 'set-aside': {
      const code = error.code ? ` (${error.code})` : '';
      await rest(tx, link, { ...sent, state: 'refused', state_reason: reason + code }, now);
      return null;
    }
    case 'retry-link': {
      const attempts = link.attempts + 1;
      const waitMs = error.retryAfterMs ?? backOffMs(attempts, engine.runtime.random());
      const state = { state: 'retrying', state_reason: reason } as const;
      const nextAttemptAt = new Date(now.getTime() + waitMs);
      await rest(tx, link, { ...sent, ...state, attempts, next_attempt_at: nextAttemptAt }, now);
      return stop;
    }
    case 'hold-connection':
    case 'ask-to-reconnect':
    case 'pause-calendar':
      // The whole calendar waits; what each of its events says is the run's to write.
      await changeLink(tx, link, { ...sent, state: 'pending' }, now);
      return stop;
  }
}

/**
 * Our own id is taken there, by an earlier try of ours. If the look that follows finds nothing, the
 * event was made and then deleted by a person: that is a deletion, and nothing is made again.
 */
function noteTaken(link: LinkRow): LinkChanges {
  const { sent } = link;
  if (sent?.kind !== 'create') return { is_stale: true };
  return { is_remote_gone: true, base: agreeOnAnswer(null, sent.fields, sent.fields) };
}
