import type { EventFields, OwnAnswer } from '../calendar/event.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { isAlive, toFields } from '../store/event-fields.ts';
import {
  cancelEvent,
  changeEvent,
  findEvent,
  lockEvent,
  noteSynced,
  type Occasion,
  reviveEvent,
} from '../store/events.ts';
import { addHistory } from '../store/history.ts';
import {
  closeExceptions,
  findSeriesLink,
  linkExceptions,
  listSeriesLinks,
  noteChangedAlong,
  unhangExceptions,
} from '../store/exception-links.ts';
import { addCancelled } from '../store/exceptions.ts';
import { isGivenUp } from '../store/change-exceptions.ts';
import { keepSplit } from '../store/split-rules.ts';
import { passOnToHalves } from '../store/splits.ts';
import { askForCopies, changeLink, hasOtherCopy, type LinkChanges } from '../store/links.ts';
import { linkParts, listOtherParts } from '../store/part-links.ts';
import { closedReasons } from '../store/pulls.ts';
import { askAnchor, isOfNoDate, linkAnchor, reopenLiveCopies } from '../store/single-links.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { agreeOnAnswer } from '../sync/absorb.ts';
import type { Base, Conflict, Flow } from '../sync/link.ts';
import { type Merge, mergeFields } from '../sync/merge.ts';
import { planMailing, type Write } from '../sync/mailing.ts';
import { mergePart, type SeriesForm } from '../sync/part.ts';
import {
  hasNewWords,
  inWordsOfSeries,
  listTakenAlong,
  withNewsOfSeries,
} from '../sync/news-of-series.ts';
import { planLink } from '../sync/plan.ts';
import { isSame } from '../sync/same.ts';
import { BY_ITSELF, isSingle } from '../sync/single.ts';
import {
  decideAnchor,
  findOwner,
  keepDate,
  keepOnce,
  reviveSeries,
  type Rows,
} from './decide-single.ts';
import type { Engine } from './engine.ts';
import { findTwin, flowOf } from './flow.ts';
import { findRefusal, HALF_DELETED, REVIVED_REASON } from './refusal.ts';
import { rest } from './rest.ts';
import { formOf, toShownFields } from './shown-fields.ts';
import type { Target } from './target.ts';

/** The call to a provider that a link needs next; `done`: none. */
export type Step =
  | { kind: 'done' }
  | { kind: 'look' }
  /** The owner's own answer to somebody else's meeting. */
  | { kind: 'answer'; answer: OwnAnswer }
  | (Write & { /** Whether the event's guests are told. */ notify: boolean });

const done = { kind: 'done' } as const;

/**
 * Plans one locked event and one locked link of it, does all of the plan that is ours to do (taking
 * over what came, cancelling, asking a person), and answers the call that is left. Push, pull,
 * reconnect and first sync all decide here: there is no second merge anywhere. `learnt` is what the
 * link says already and its row not yet: it is stored along.
 */
export async function decideLink(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  given: Rows,
): Promise<Step> {
  const now = new Date(engine.runtime.now());
  const rows = await findOwner(engine, target, tx, given);
  const step = await decide(engine, target, tx, rows);
  const { link } = rows;
  if (step.kind === 'look') return step;
  if (step.kind === 'done') return findAnswer(tx, rows, now);
  const mailing = planMailing(step, {
    guests: link.remote?.attendees ?? [],
    carriesGuests: link.carries_guests,
    isSilent: link.is_silent,
    canKeepSilent: target.provider.capabilities.canKeepSilent,
  });
  if (mailing === 'would-tell') return keepSilent(tx, rows, step, now);
  const state_reason = await findRefusal(tx, target, rows, now);
  if (state_reason !== null) {
    await rest(tx, link, { state: 'refused', state_reason }, now);
    return done;
  }
  return { ...step, notify: mailing === 'tell' };
}

/** What its owner wants to answer, once there is nothing else to do. It stays due until it is sent. */
async function findAnswer(tx: TenantTransaction, rows: Rows, now: Date): Promise<Step> {
  const { event, link } = rows;
  const { wanted_answer: answer } = link;
  if (answer === null || link.is_remote_gone || !isAlive(event)) return done;
  await changeLink(tx, link, { state: 'pending', state_reason: null, next_attempt_at: now }, now);
  return { kind: 'answer', answer };
}

/**
 * Nobody is to be told, and the provider would tell them. A copy is made without guests, so that it
 * never can; a change waits until a person says that it may be told; and what would be called off
 * stays there.
 */
async function keepSilent(
  tx: TenantTransaction,
  { event, link }: Rows,
  write: Write,
  now: Date,
): Promise<Step> {
  switch (write.kind) {
    case 'create':
      await changeLink(tx, link, { carries_guests: false }, now);
      return { ...write, fields: { ...write.fields, attendees: [] }, notify: false };
    case 'update':
      await rest(tx, link, { state: 'refused', state_reason: WOULD_TELL_REASON }, now);
      return done;
    case 'delete': {
      // What goes while its event stays is a part that the series has no more: a change of that.
      const change = isAlive(event)
        ? ({ state: 'refused', state_reason: WOULD_TELL_REASON } as const)
        : ({ state: 'closed', state_reason: closedReasons.kept, remote: null } as const);
      await rest(tx, link, change, now);
      return done;
    }
  }
}

const WOULD_TELL_REASON =
  'It was changed while nothing went to this calendar, which would mail the guests of it now: ' +
  'try again to let it.';

/** The call without what guests are told of it. */
type Decision = { kind: 'done' } | { kind: 'look' } | Write;

async function decide(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  { event, link: known, learnt: told = {}, isReplaced = false }: Rows,
): Promise<Decision> {
  const { job, provider, counts } = target;
  const now = new Date(engine.runtime.now());
  const occasion = { now, newId: engine.runtime.newId, connectionId: job.connection_id };
  const isLive = isAlive(event);
  const twin = await findTwin(tx, known);
  const flow = flowOf(target, known, twin.canEdit);
  const form = formOf(provider, event, now);
  if (form.kind === 'singles' && isOfNoDate(known)) {
    const refusal = await findRefusal(tx, target, { event, link: known }, now);
    await decideAnchor(tx, { event, link: known }, { flow, refusal, ...occasion });
    return done;
  }
  const isDivided = isLive && form.kind === 'parts' && flow.canWrite;
  const isLinked =
    isDivided && (await findRefusal(tx, target, { event, link: known }, now)) === null;
  const followed = isLinked ? await linkParts(tx, known, [...form.parts.keys()], occasion) : known;
  const shown = isReplaced ? null : toShownFields(event, followed, form);
  // A part that the series has no more goes; what was said of it there goes on with the others.
  const isOver = shown === null || isGivenUp(event);
  const lastWords = isOver
    ? await takeLastWords(tx, target, { event, link: followed, form, flow }, occasion)
    : {};
  const [link, learnt] = [
    { ...followed, ...lastWords },
    { ...told, ...lastWords },
  ];
  const hasOthers = link.is_remote_gone && (await listOtherParts(tx, link)).length > 0;
  // What somebody said of it in another calendar since is a word for its staying.
  const mayGo = link.is_revived && link.is_remote_gone;
  const isRevived = mayGo && !(await hasOtherCopy(tx, link));
  const local = isLive ? shown : null;
  const series = await findNewsOfSeries(tx, event, link);
  const plan = planLink({
    local,
    remote: link.remote,
    isRemoteGone: link.is_remote_gone,
    isStale: link.is_stale,
    base: series ? withNewsOfSeries(link, local, series) : link.base,
    sent: link.sent,
    origin: link.origin,
    flow: { ...flow, canRead: flow.canRead && !isOver },
    hasTwin: twin.isThere,
    hasOtherPart: hasOthers,
    isRevived,
    holds: provider.capabilities,
    carriesGuests: link.carries_guests,
  });

  const isOccurrence = event.series_id !== null && link.series_form !== BY_ITSELF;
  if (isOccurrence && link.base === null && link.is_remote_gone) {
    await rest(tx, link, { ...learnt, state: 'refused', state_reason: NO_SUCH_DATE_REASON }, now);
    return done;
  }
  switch (plan.kind) {
    case 'create':
      // An occurrence is there with its series, and is never made.
      if (isOccurrence) return { kind: 'look' };
      if (Object.keys(learnt).length > 0) await changeLink(tx, link, learnt, now);
      return plan;
    case 'look':
    case 'delete':
      if (Object.keys(learnt).length > 0) await changeLink(tx, link, learnt, now);
      return plan;
    case 'merge': {
      const inWords = series ? inWordsOfSeries(plan, series) : plan;
      const merged = mergeShown({ event, link }, { plan: inWords, form, shown, flow });
      const merge = await keepSplit(tx, { event, link, form, flow }, merged, occasion);
      const { toLocal, toRemote, base, conflicts } = merge;
      const news = conflicts.filter((one) => !isKnownConflict(link.conflict, one));
      if (news.length > 0) {
        counts.conflicts += news.length;
        await noteConflicts(tx, event, { ...merge, conflicts: news }, occasion);
      }
      const lost = toLocal.recurrence === undefined && inWords.toLocal.recurrence;
      if (lost && link.series_form === BY_ITSELF && link.state !== 'retrying') {
        const gaveWay = { unit: 'recurrence', winner: 'local', lost } as const;
        await noteConflicts(tx, event, { ...merge, conflicts: [gaveWay] }, occasion);
      }
      if (Object.keys(toLocal).length > 0) {
        await changeEvent(tx, event, { changes: toLocal, ...occasion });
        const along = { before: toFields(event), news: listTakenAlong(toLocal, link) };
        if (isOccurrence) await noteChangedAlong(tx, new Map([[event.id, along]]));
        await askForCopies(tx, { eventId: event.id, exceptLinkId: link.id, ...occasion });
      }
      await passOnToHalves(tx, { event, link, form }, { toLocal, conflicts: news }, occasion);
      const conflict = mergeConflicts(link.conflict, conflicts);
      if (Object.keys(toRemote).length === 0) {
        await settle(tx, { event, link, target }, { ...learnt, base, conflict }, occasion);
        return done;
      }
      await changeLink(tx, link, { ...learnt, base, conflict }, now);
      if (isDivided && toRemote.recurrence) await unhangExceptions(tx, link);
      const written = { ...(shown ?? toFields(event)), ...toLocal };
      return { kind: 'update', changes: withRule(toRemote, written, link) };
    }
    case 'nothing':
      await settle(tx, { event, link, target }, { ...learnt, base: plan.base }, occasion);
      return done;
    case 'close': {
      const isThere = !link.is_remote_gone && link.external_id !== null;
      const kept = isThere ? closedReasons.kept : closedReasons.gone;
      const reason = isOver ? closedReasons.replaced : kept;
      const state_reason = event.ended_with_series ? closedReasons.ended : reason;
      // A create without an answer stays known: it may yet arrive.
      const closed = { state: 'closed', state_reason, remote: null } as const;
      await rest(tx, link, { ...learnt, ...closed }, now);
      // A series that recurs otherwise there since may have brought the occurrence back.
      const mayBeBack = link.is_remote_gone && !event.ended_with_series;
      if (isOver || mayBeBack) await moor(tx, { event, link }, occasion);
      if (isOver && isLive && form.kind === 'singles') await linkAnchor(tx, link, occasion);
      if (isOver && isLive) await askAnchor(tx, event.series_id ?? event.id, link, now);
      return done;
    }
    case 'cancel':
      // Once a person has been asked, only a person ends it.
      if (link.state === 'detached') {
        await rest(tx, link, learnt, now);
        return done;
      }
      // It may have been our own deletion, of before the event was restored.
      if (link.late_deletion_etag !== null) {
        await rest(tx, link, { ...learnt, state: 'detached', state_reason: HALF_DELETED }, now);
        if (event.recurrence && link.copy_id === null) await closeExceptions(tx, link, now);
        return done;
      }
      await rest(
        tx,
        link,
        { ...learnt, state: 'closed', state_reason: closedReasons.gone, remote: null },
        now,
      );
      await cancelEvent(tx, event, occasion);
      // Nor is it cancelled there where the series has brought it back since.
      await moor(tx, { event, link }, occasion);
      return done;
    case 'detach': {
      const state_reason = hasOthers ? PART_GONE_REASON : DETACHED_REASON;
      const detached = { state: 'detached', state_reason } as const;
      await rest(tx, link, { ...learnt, ...detached }, now);
      if (event.recurrence && link.copy_id === null) await closeExceptions(tx, link, now);
      return done;
    }
    case 'revive': {
      const apart = await findApart(tx, event);
      if (apart) {
        const found = { event: apart, link, remote: plan.fields, flow };
        const base = await passOnToApart(tx, target, found, occasion);
        const learntSince = { ...learnt, base };
        const place = { event, link: { ...link, base }, learnt: learntSince, isReplaced };
        return decide(engine, target, tx, place);
      }
      if (isSingle(link) || event.ended_with_series) {
        await reviveSeries(tx, { event, link, learnt }, occasion);
        return done;
      }
      return revive(
        tx,
        target,
        { event, link, learnt, remote: plan.fields, form, shown, flow },
        occasion,
      );
    }
  }
}

/** The event that the date is by now whose place in its series this one keeps empty, as long as that lives. */
async function findApart(
  tx: TenantTransaction,
  { stands_alone_as: id, ended_with_series }: EventRow,
): Promise<EventRow | undefined> {
  const apart = id === null || ended_with_series ? undefined : await lockEvent(tx, id);
  return apart && isAlive(apart) ? apart : undefined;
}

/**
 * What was changed in its calendar of a date that is an event of its own by now, before that was known there,
 * is said of that event, and its place in the series stays empty. Answers what is agreed on then.
 */
async function passOnToApart(
  tx: TenantTransaction,
  { provider, counts }: Target,
  found: { event: EventRow; link: LinkRow; remote: EventFields; flow: Flow },
  occasion: ChangeOccasion,
): Promise<Base> {
  const { event, link, remote, flow } = found;
  const merge = mergeFields({
    local: toFields(event),
    remote,
    base: link.base ?? {},
    origin: 'remote',
    flow,
    holds: provider.capabilities,
    carriesGuests: link.carries_guests,
  });
  counts.conflicts += merge.conflicts.length;
  if (merge.conflicts.length > 0) await noteConflicts(tx, event, merge, occasion);
  if (Object.keys(merge.toLocal).length > 0) {
    await changeEvent(tx, event, { changes: merge.toLocal, ...occasion });
    await askForCopies(tx, { eventId: event.id, ...occasion });
  }
  return agreeOnAll(remote);
}

/**
 * What was changed in its calendar of a part that is about to go, in all but its times, is the event's: no
 * part is deleted with what nobody here has seen. Answers what is agreed on then, and what is asked. What is
 * to be written to it is not agreed on: where it stays after all, that is still to be done.
 */
async function takeLastWords(
  tx: TenantTransaction,
  { provider, counts }: Target,
  { event, link, form, flow }: Rows & { form: SeriesForm; flow: Flow },
  occasion: ChangeOccasion,
): Promise<Pick<LinkChanges, 'base' | 'conflict'>> {
  const { remote, base, sent } = link;
  const isRead = !sent && !link.is_stale && !link.is_remote_gone;
  const isDropped = link.series_form === BY_ITSELF && !isAlive(event);
  if (!(isAlive(event) || isDropped) || !remote || !base || !isRead) return {};
  if (isSingle(link) || isDropped) {
    return flow.canRead ? keepDate(tx, { event, link }, occasion) : {};
  }
  const { when, recurrence } = remote;
  const own = toFields(event);
  const local = { ...own, when: event.series_id === null ? when : own.when, recurrence };
  const merge = mergeFields({
    local,
    remote,
    base,
    flow,
    origin: link.origin,
    holds: provider.capabilities,
    carriesGuests: false,
  });
  const { toLocal, conflicts } = merge;
  const news = conflicts.filter((one) => !isKnownConflict(link.conflict, one));
  if (Object.keys(toLocal).length + news.length === 0) return {};
  counts.conflicts += news.length;
  if (news.length > 0) await noteConflicts(tx, event, { ...merge, conflicts: news }, occasion);
  if (Object.keys(toLocal).length > 0) {
    await changeEvent(tx, event, { changes: toLocal, ...occasion });
    await askForCopies(tx, { eventId: event.id, exceptLinkId: link.id, ...occasion });
  }
  await passOnToHalves(tx, { event, link, form }, { toLocal, conflicts: news }, occasion);
  // Its times say which exceptions hang on it.
  const times = { when: base.when, recurrence: base.recurrence };
  const conflict = mergeConflicts(link.conflict, conflicts);
  return { base: { ...merge.base, ...times }, conflict };
}

/** What a merge means for the event: a copy may show only a part of a series. */
function mergeShown(
  { event, link }: Rows,
  found: { plan: Merge; form: SeriesForm; shown: EventFields | null; flow: Flow },
): Merge {
  const { plan, form, shown, flow } = found;
  if (link.series_form === BY_ITSELF) return keepOnce(plan, toFields(event), link, flow);
  if (form.kind !== 'parts' || !shown || !link.remote) return plan;
  const sides = { event: toFields(event), part: shown, remote: link.remote };
  return mergePart(plan, { ...sides, base: link.base ?? {}, canWrite: flow.canWrite });
}

/** When a series is and how it recurs is written together: providers name its start in both. */
function withRule(
  changes: Partial<EventFields>,
  { when, recurrence }: EventFields,
  { base }: LinkRow,
): Partial<EventFields> {
  const isMoved = changes.when !== undefined || changes.recurrence !== undefined;
  const isSeries = recurrence !== null || Boolean(base?.recurrence?.remote);
  return isMoved && isSeries ? { when, recurrence, ...changes } : changes;
}

/** The series' copy, where this one of an exception reads otherwise than was last agreed on. */
async function findNewsOfSeries(
  tx: TenantTransaction,
  event: EventRow,
  link: LinkRow,
): Promise<LinkRow | undefined> {
  const { base, remote } = link;
  const mayHave = event.series_id !== null && base && remote && hasNewWords(remote, base);
  return mayHave ? findSeriesLink(tx, event, link) : undefined;
}

const NO_SUCH_DATE_REASON =
  'It is one date of a repeating event that was cancelled in the calendar, and cannot be put back there.';
const DETACHED_REASON =
  'It was deleted in the calendar after it had been changed here. It stays here.';
const PART_GONE_REASON =
  'Some of its dates, a series of their own in this calendar, were deleted there. They stay here.';
const PART_MOVED_REASON =
  'Some of its dates, a series of their own in this calendar, were moved to other days there. ' +
  'The days from here were kept.';
const conflictReasons = {
  local: 'It was changed on both sides. The version from here was kept.',
  remote: 'It was changed on both sides. The version from the calendar was kept.',
};

interface ChangeOccasion {
  now: Date;
  newId: () => string;
  connectionId: Target['job']['connection_id'];
}

/** The losing value stays in the history, whatever becomes of the question. */
async function noteConflicts(
  tx: TenantTransaction,
  event: EventRow,
  plan: {
    conflicts: readonly Conflict[];
    toLocal: Partial<EventFields>;
    toRemote: Partial<EventFields>;
  },
  occasion: ChangeOccasion,
): Promise<void> {
  const winners = { ...plan.toLocal, ...plan.toRemote };
  await addHistory(tx, {
    eventId: event.id,
    change: 'conflict',
    before: Object.fromEntries(plan.conflicts.map(({ unit, lost }) => [unit, lost])),
    after: Object.fromEntries(plan.conflicts.map(({ unit }) => [unit, winners[unit]])),
    ...occasion,
  });
}

/** Planned before, when the call that the plan ends with was still to be made. */
const isKnownConflict = (open: readonly Conflict[] | null, { unit, winner, lost }: Conflict) =>
  (open ?? []).some((one) => one.unit === unit && one.winner === winner && isSame(one.lost, lost));

/** Questions still open stay; a new one about the same unit takes the old one's place. */
function mergeConflicts(
  open: readonly Conflict[] | null,
  found: readonly Conflict[],
): Conflict[] | null {
  const old = (open ?? []).filter(({ unit }) => !found.some((one) => one.unit === unit));
  const all = [...old, ...found];
  return all.length > 0 ? all : null;
}

/**
 * Alive there while it is not here: it comes back with what was changed there. That is a question,
 * but for what was cancelled here because it had been deleted there: it has simply been put back.
 */
async function revive(
  tx: TenantTransaction,
  target: Target,
  found: {
    event: EventRow;
    link: LinkRow;
    learnt: LinkChanges;
    remote: EventFields;
    form: SeriesForm;
    shown: EventFields | null;
    flow: Flow;
  },
  occasion: ChangeOccasion,
): Promise<Decision> {
  const { event, link, learnt, remote, shown, flow } = found;
  const { now } = occasion;
  // What was changed here before it was deleted is no less of an edit.
  const plan = mergeFields({
    local: shown ?? toFields(event),
    remote,
    base: link.base ?? {},
    origin: 'remote',
    flow,
    holds: target.provider.capabilities,
    carriesGuests: link.carries_guests,
  });
  const merged = mergeShown(found, { ...found, plan });
  const merge = await keepSplit(tx, found, merged, occasion);
  if (merge.conflicts.length > 0) await noteConflicts(tx, event, merge, occasion);
  await reviveEvent(tx, event, { linkId: link.id, fields: merge.toLocal, ...occasion });
  await passOnToHalves(tx, found, merge, occasion);
  await reopenLiveCopies(tx, event.id, occasion);
  const isQuestion = event.deleted_at !== null || link.base !== null;
  // What was changed of its occurrences comes with the next look.
  const isSeries = event.recurrence !== null;
  await rest(
    tx,
    link,
    {
      ...learnt,
      base: merge.base,
      is_revived: isQuestion,
      state: isQuestion ? 'conflict' : 'synced',
      state_reason: isQuestion ? REVIVED_REASON : null,
      last_synced_at: now,
      ...(isSeries && { is_stale: true, next_attempt_at: now }),
    },
    now,
  );
  const changes = merge.toRemote;
  return Object.keys(changes).length > 0 ? { kind: 'update', changes } : done;
}

/** Both sides agree. What a person has still to settle keeps saying so. */
async function settle(
  tx: TenantTransaction,
  { event, link, target }: { event: EventRow; link: LinkRow; target: Target },
  changes: LinkChanges,
  { now, newId }: Occasion,
): Promise<void> {
  const conflict = changes.conflict ?? link.conflict;
  const question = link.is_revived ? REVIVED_REASON : conflict?.[0] && describe(conflict[0], link);
  await rest(
    tx,
    link,
    {
      ...changes,
      state: question ? 'conflict' : 'synced',
      state_reason: question ?? null,
      last_synced_at: now,
      // What comes next is told again.
      is_silent: false,
    },
    now,
  );
  await noteSynced(tx, event.id, { provider: target.provider.name, now });
  if (!isSingle(link) && (event.recurrence || link.base?.recurrence?.local)) {
    await settleExceptions(tx, { event, link, target }, changes, { now, newId });
  }
}

function describe({ unit, winner }: Conflict, { copy_id }: LinkRow): string {
  const isMoved = copy_id !== null && (unit === 'when' || unit === 'recurrence');
  return isMoved ? PART_MOVED_REASON : conflictReasons[winner];
}

/** Hangs an exception on the part that has its start by now, if that is settled; else once it is. */
export async function moor(
  tx: TenantTransaction,
  { event, link }: Rows,
  occasion: Occasion,
): Promise<void> {
  const series = event.series_id && (await findEvent(tx, event.series_id));
  if (!series) return;
  for (const one of await listSeriesLinks(tx, event, link)) {
    await linkExceptions(tx, series, one, occasion);
  }
}

/** What was changed of single occurrences goes on from what their series now agreed on. */
async function settleExceptions(
  tx: TenantTransaction,
  { event, link, target }: { event: EventRow; link: LinkRow; target: Target },
  changes: LinkChanges,
  occasion: Occasion,
): Promise<void> {
  const series = await findEvent(tx, event.id);
  if (!series) return;
  if (!target.provider.capabilities.canHoldExdates) await addCancelled(tx, series, occasion);
  const settled = { ...link, ...changes, state: 'synced', next_attempt_at: null } as const;
  await linkExceptions(tx, series, settled, occasion);
}

/** Both sides are as `fields` say, and agree on it. */
export function agreeOnAll(fields: EventFields): Base {
  return agreeOnAnswer(null, fields, fields);
}
