import type { OwnAnswer } from '../calendar/event.ts';
import type { EventId, LinkId } from '../calendar/ids.ts';
import type { CalendarCall, Provider, RemoteEvent, RemoteSlot } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { isAlive } from '../store/event-fields.ts';
import { findEvent, lockEvent } from '../store/events.ts';
import { changeLink, type LinkChanges, lockLink } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import {
  findSeriesLink,
  hangExceptions,
  isCancelledIn,
  isSeriesOf,
  listKnown,
  listSeriesLinks,
  passOnNews,
} from '../store/exception-links.ts';
import { markDue } from '../store/pulls.ts';
import { putBackDeleted } from '../store/put-back.ts';
import { isOfForm } from '../store/series-form.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import { agreeOnAnswer } from '../sync/absorb.ts';
import type { Sent } from '../sync/link.ts';
import type { Write } from '../sync/mailing.ts';
import { asKept, readsOtherwise } from '../sync/news-of-series.ts';
import { recursAsAgreed } from '../sync/part.ts';
import { BY_ITSELF, isSingle } from '../sync/single.ts';
import { decideLink, moor, type Step } from './decide-link.ts';
import { isEditedThere } from './edited-there.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import { isTakenBack, learn, learnGone } from './learn.ts';
import { backOffMs, type Reaction, reactionTo } from './reaction.ts';
import { rest } from './rest.ts';
import { takeExceptions, toSlot } from './take-exceptions.ts';
import { callProvider, type Target } from './target.ts';

export interface LinkIds {
  id: LinkId;
  event_id: EventId;
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
export async function syncLink(engine: Engine, target: Target, ids: LinkIds): Promise<Stop | null> {
  let current = ids;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const intent = await inFence(engine, target, (tx) => intend(engine, target, tx, current));
    if (!intent) return null;
    current = { ...ids, event_id: intent.link.event_id };
    const outcome = await attempt(engine, target, current, intent, { isFirst: round === 0 });
    if (outcome !== 'again') return outcome;
  }
  // Two sides that keep changing: the link is still due, and others have their turn first.
  return null;
}

/** Makes a call and stores what its failure means. `'again'`: plan this link again at once. */
async function attempt(
  engine: Engine,
  target: Target,
  ids: LinkIds,
  intent: Intent,
  turn: Turn,
): Promise<Stop | 'again' | null> {
  try {
    await perform(engine, target, intent, turn);
    return 'again';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return inFence(engine, target, (tx) => react(engine, target, tx, { ids, intent, error }));
  }
}

/** The call to make next, and the link as it was stored with the intent. */
type Intent = (Exclude<Step, { kind: 'done' | 'look' }> | Look) & { link: LinkRow };

/** What is to be read. */
interface Look {
  kind: 'look';
  isSeries: boolean;
  /** Of an exception: which occurrence it is. */
  slot: RemoteSlot | null;
  /** Of an exception: the copy of its series. */
  ofSeries: LinkRow | null;
}

/** Decides, and stores what is about to be sent: until its outcome is known, `sent` tells of it. */
async function intend(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  ids: LinkIds,
): Promise<Intent | undefined> {
  const rows = await lockRows(tx, ids);
  if (!rows) return undefined;
  const { event, link } = rows;
  if (await waitsForSeries(engine, tx, event, link)) return undefined;
  const step = await decideLink(engine, target, tx, { event, link });
  if (step.kind === 'done') return undefined;
  const now = new Date(engine.runtime.now());
  // Neither has an effect that a second one would repeat.
  if (step.kind === 'answer') return { ...step, link };
  if (step.kind === 'look') return planLook(tx, event, link, now);
  const sent = toSent(step, link);
  await notifyPages(tx, 'activities');
  // Due until it is done, whatever the decision before it said.
  const changes = { sent, state: 'syncing', state_reason: null, next_attempt_at: now } as const;
  return { ...step, link: await changeLink(tx, link, changes, now) };
}

/** Undefined where it is closed, or the copy of another event by now: it has its turn as that. */
async function lockRows(
  tx: TenantTransaction,
  ids: LinkIds,
): Promise<{ event: EventRow; link: LinkRow } | undefined> {
  const event = await lockEvent(tx, ids.event_id);
  const link = await lockLink(tx, ids.id);
  const isOpen = event && link && link.state !== 'closed' && link.event_id === event.id;
  return isOpen ? { event, link } : undefined;
}

/** Longer than a series that is due as well takes to get its turn. */
const AFTER_SERIES_MS = 1_000;

/**
 * Whether its series has to be settled first, after a write of which the outcome is not known, or what
 * came of it not yet passed on: nobody could tell what an exception says from what the write made of it.
 * And where a part of it went or recurs otherwise, what became of this is no deletion of it.
 */
async function waitsForSeries(
  { runtime }: Engine,
  tx: TenantTransaction,
  event: EventRow,
  link: LinkRow,
): Promise<boolean> {
  if (event.series_id === null || link.series_form === BY_ITSELF) return false;
  const now = new Date(runtime.now());
  const copies = await listSeriesLinks(tx, event, link);
  const own = copies.find((one) => isSeriesOf(one, link));
  if (!own && copies.length > 0 && isAlive(event)) {
    // Cancelled in a part that recurs otherwise by now: that is decided before it hangs on any again.
    if (copies.some((part) => isCancelledIn(part, link))) return false;
    await waitForSeries(tx, link, now);
    await moor(tx, { event, link }, { now, newId: runtime.newId });
    return true;
  }
  const first = own ?? copies.find(({ next_attempt_at }) => next_attempt_at !== null);
  if (!first?.next_attempt_at) return false;
  // What is not known yet of a part, or to be put back, says nothing of its dates; nor does a series that
  // recurs otherwise there by now. What was cancelled there goes before a write that would bring it back.
  const isPart = first.copy_id !== null && !link.is_remote_gone;
  const isMoved = first.remote !== null && !recursAsAgreed(first.remote, first.base ?? {});
  const mayGoOn = link.external_id === null || (!first.sent && isOfForm(link, first));
  if (!isPart && !isMoved && !first.is_remote_gone && mayGoOn) return false;
  const from = Math.max(first.next_attempt_at.getTime(), now.getTime());
  await changeLink(tx, link, { next_attempt_at: new Date(from + AFTER_SERIES_MS) }, now);
  return true;
}

/** Undefined where an exception has to wait: its series is not there yet, or not any more. */
async function planLook(
  tx: TenantTransaction,
  event: EventRow,
  link: LinkRow,
  now: Date,
): Promise<(Look & { link: LinkRow }) | undefined> {
  const isSeries = event.recurrence !== null && !isSingle(link);
  const isOccurrence = event.series_id !== null && link.series_form !== BY_ITSELF;
  const ofSeries = (isOccurrence && (await findSeriesLink(tx, event, link))) || null;
  if (!isOccurrence || event.series_id === null || link.external_id !== null) {
    return { kind: 'look', isSeries, slot: null, ofSeries, link };
  }
  const series = await findEvent(tx, event.series_id);
  if (!series || !ofSeries?.external_id) {
    await waitForSeries(tx, link, now);
    return undefined;
  }
  const slot = toSlot(series, event, ofSeries);
  return { kind: 'look', isSeries, slot, ofSeries, link };
}

/** What becomes of the series' copy asks for it again. */
async function waitForSeries(tx: TenantTransaction, link: LinkRow, now: Date): Promise<void> {
  // Of a write without an answer, the item that it was about has to be there first.
  const waiting = {
    state: 'pending',
    state_reason: null,
    sent: null,
    next_attempt_at: null,
  } as const;
  await changeLink(tx, link, waiting, now);
}

function toSent(step: Write, { sent }: LinkRow): Sent {
  switch (step.kind) {
    case 'create':
      return { kind: 'create', fields: step.fields, isRepeat: sent !== null };
    case 'update':
      return { kind: 'update', fields: step.changes };
    case 'delete':
      return { kind: 'delete' };
  }
}

/** Reads a copy that is known to be out of date, and stores what is there; nothing else. */
export async function lookAtLink(
  engine: Engine,
  target: Target,
  ids: LinkIds,
): Promise<Stop | null> {
  const look = await inTenant(engine.store, { tenantId: target.job.tenant_id }, async (tx) => {
    const rows = await lockRows(tx, ids);
    if (!rows?.link.is_stale) return undefined;
    const { event, link } = rows;
    if (await waitsForSeries(engine, tx, event, link)) return undefined;
    return planLook(tx, event, link, new Date(engine.runtime.now()));
  });
  if (!look) return null;
  const outcome = await attempt(engine, target, ids, look, { isFirst: true });
  return outcome === 'again' ? null : outcome;
}

/** Which of the calls of one run it is: what comes later follows on a look. */
interface Turn {
  isFirst: boolean;
}

async function perform(
  engine: Engine,
  target: Target,
  step: Intent,
  { isFirst }: Turn,
): Promise<void> {
  const { provider, counts } = target;
  const { link } = step;
  if (step.kind === 'answer') return answerInvitation(engine, target, link, step.answer);
  const mayDropDates = step.kind === 'update' && step.changes.recurrence && isFirst;
  const mayLoseEdits = step.kind === 'delete' || mayDropDates;
  if (mayLoseEdits && (await keepEdited(engine, target, { ...step, isFirst }))) return;
  const { updateCost } = provider.capabilities.quota;
  // Guests are read first.
  const readCost = step.kind === 'update' && step.changes.attendees ? 1 : 0;
  const cost = step.kind === 'update' ? updateCost + readCost : 1;
  const what = `a ${step.kind}`;
  let isDeletedNow = false;
  const answer = await callProvider(engine, target, { what, cost }, async (call) => {
    const { externalId, etag } = { externalId: link.external_id ?? '', etag: link.etag ?? '' };
    switch (step.kind) {
      case 'look':
        return read(provider, call, step);
      case 'create':
        return provider.createEvent(call, link.id, step.fields, step);
      case 'update':
        return provider.updateEvent(call, externalId, etag, step.changes, step);
      case 'delete':
        isDeletedNow = await provider.deleteEvent(call, externalId, etag, step);
        return undefined;
    }
  });
  if (step.kind !== 'look') counts.changesOut++;
  else if (await readNewsOfSeries(engine, target, step, answer)) return;
  await inFence(engine, target, async (tx) => {
    // First the event, then its links: in the order that everybody locks them in.
    const mayBeAlive = step.kind === 'delete' || answer?.exceptions;
    const event = mayBeAlive ? await lockEvent(tx, link.event_id) : undefined;
    const current = await lockLink(tx, link.id);
    if (!current) return;
    const changes = answer
      ? learn(current, answer, step.kind, provider)
      : learnGone(current, step.kind);
    const now = new Date(engine.runtime.now());
    const known = await changeLink(tx, current, changes, now);
    if (answer) await passOnNews(tx, current, answer.fields, now);
    if (answer) await takeWhole(engine, target, tx, known, answer);
    if (isDeletedNow && isTakenBack(current.sent) && event?.id === current.event_id) {
      await putBackDeleted(tx, event, known, { now, newId: engine.runtime.newId });
    }
  });
}

/** What a series that was read whole says of single occurrences. */
async function takeWhole(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  link: LinkRow,
  { exceptions }: RemoteEvent,
): Promise<void> {
  const event = exceptions && (await lockEvent(tx, link.event_id));
  if (!event || !exceptions || !isAlive(event)) return;
  await takeExceptions(engine, target, tx, { event, link }, { exceptions, isWhole: true });
}

/**
 * An occurrence reads otherwise than it was last agreed on: what its series says by now tells whether
 * somebody changed this one or all of them, which does not bring back one that is cancelled here. And what
 * is then set here of this one is not taken for what its series said before. Where the series went or recurs
 * otherwise, that an occurrence is not there is no deletion of it, and when it is is nothing of its own:
 * answers whether it has to wait for that.
 */
async function readNewsOfSeries(
  engine: Engine,
  target: Target,
  { link, ofSeries }: Intent & { kind: 'look' },
  answer: RemoteEvent | undefined,
): Promise<boolean> {
  if (!ofSeries?.external_id) return false;
  const { capabilities: holds } = target.provider;
  if (answer && !readsOtherwise(answer.fields, asKept(link, answer, holds))) return false;
  const { external_id: externalId } = ofSeries;
  const whole = await callProvider(engine, target, { what: 'a series', cost: 2 }, (call) =>
    target.provider.findSeries(call, externalId),
  );
  return inFence(engine, target, async (tx) => {
    const current = await lockLink(tx, ofSeries.id);
    if (!current || current.state === 'closed') return false;
    const isMoved = !whole || !recursAsAgreed(whole.fields, current.base ?? {});
    if (!answer && !isMoved) return false;
    const now = new Date(engine.runtime.now());
    // It went, and a person is asked: until they answer there is nothing to come to.
    const asked = !whole && current.state === 'detached' && (await lockLink(tx, link.id));
    if (asked) {
      await waitForSeries(tx, asked, now);
      return true;
    }
    const learnt = whole
      ? learn(current, whole, 'look', target.provider)
      : learnGone(current, 'look');
    // Its exceptions are taken in when it is read in its turn.
    await changeLink(tx, current, { ...learnt, is_stale: current.is_stale }, now);
    if (whole) await passOnNews(tx, current, whole.fields, now);
    await markDue(tx, [current.id], now);
    return isMoved;
  });
}

/**
 * A series does not change with its occurrences. Before it is deleted, or recurs otherwise, they are read
 * once more. With one that was edited there meanwhile the two sides agree on nothing, and a series that was
 * to be deleted comes back (SPEC O11); else what was said of it is taken in before its date may go (O10).
 */
async function keepEdited(
  engine: Engine,
  target: Target,
  { kind, link, isFirst }: Pick<Intent, 'kind' | 'link'> & Turn,
): Promise<boolean> {
  const { provider, calendar } = target;
  const isRead = calendar.direction !== 'out' && link.shows === 'all' && link.base !== null;
  const { remote, external_id: externalId } = link;
  if (!remote?.recurrence || externalId === null || !isRead) return false;
  const look = { what: 'a look', cost: 2 };
  const whole = await callProvider(engine, target, look, (call) =>
    provider.findSeries(call, externalId),
  );
  if (!whole) return false;
  return inFence(engine, target, async (tx) => {
    const event = await lockEvent(tx, link.event_id);
    const now = new Date(engine.runtime.now());
    const isEnd = kind === 'delete' && !(event && isAlive(event));
    // A part goes while its event stays, and is looked at once.
    if (kind === 'delete' && !isEnd && !isFirst) return false;
    const current = await lockLink(tx, link.id);
    const told = (whole.exceptions ?? []).flatMap((one) =>
      one.kind === 'changed' ? [one.event.externalId] : [],
    );
    const links = await listKnown(tx, link.calendar_id, told);
    const known = { links, series: link, holds: provider.capabilities };
    if (!current || !isEditedThere(whole, known)) return false;
    const learnt = learn(current, whole, 'look', provider);
    if (isEnd) {
      await changeLink(tx, current, { ...learnt, base: null }, now);
      return true;
    }
    await hangExceptions(tx, current, told);
    await takeWhole(engine, target, tx, await changeLink(tx, current, learnt, now), whole);
    return true;
  });
}

/** Where the copy is to be read: by its own id, as one occurrence of its series, or by its link. */
function read(
  provider: Provider,
  call: CalendarCall,
  { link, isSeries, slot }: Intent & { kind: 'look' },
): Promise<RemoteEvent | undefined> {
  const { external_id: externalId } = link;
  if (externalId === null) {
    return slot ? provider.findOccurrence(call, slot) : provider.findEventOfLink(call, link.id);
  }
  return isSeries ? provider.findSeries(call, externalId) : provider.findEvent(call, externalId);
}

/** Tells the organizer, and has the copy read again: it has changed, or is gone. */
async function answerInvitation(
  engine: Engine,
  target: Target,
  link: LinkRow,
  answer: OwnAnswer,
): Promise<void> {
  const cost = target.provider.capabilities.quota.updateCost + 1;
  await callProvider(engine, target, { what: 'an answer', cost }, (call) =>
    target.provider.answerInvitation(call, link.external_id ?? '', answer),
  );
  target.counts.changesOut++;
  await inFence(engine, target, async (tx) => {
    const current = await lockLink(tx, link.id);
    if (!current) return;
    // Another wish may have come meanwhile.
    const isDone = current.wanted_answer === answer;
    const changes = { is_stale: true, ...(isDone && { wanted_answer: null }) };
    await changeLink(tx, current, changes, new Date(engine.runtime.now()));
  });
}

/** Stores what a failure means. */
async function react(
  engine: Engine,
  { counts }: Target,
  tx: TenantTransaction,
  failure: { ids: LinkIds; intent: Intent; error: ProviderError },
): Promise<Stop | 'again' | null> {
  const { ids, intent, error } = failure;
  const link = await lockLink(tx, ids.id);
  if (!link) return null;
  const now = new Date(engine.runtime.now());
  const { effect, next, reason } = reactionTo[error.kind];
  // That a look came to nothing says nothing of the write whose outcome it was after.
  const sent =
    effect === 'none' && intent.kind !== 'look' ? { sent: afterNothing(link, next) } : {};
  const stop: Stop = { next, reason, error: error.kind, retryAfterMs: error.retryAfterMs };
  // What only asks for another look is a merge in the making, no trouble of the operator's.
  const level = reason === '' ? 'debug' : 'info';
  engine.runtime.log[level](
    { linkId: link.id, kind: error.kind, code: error.code },
    'a calendar call did not go through',
  );

  // It went with its series while the call was on its way: only what holds for its calendar counts.
  if (link.state === 'closed') return isAboutCalendar(next) ? stop : null;
  switch (next) {
    case 'look':
      await changeLink(tx, link, { ...sent, is_stale: true }, now);
      return 'again';
    case 'note-gone': {
      // It may be its series that went: a look tells.
      const isOccurrence = link.series_form !== null && link.series_form !== BY_ITSELF;
      const mayBeWhole = isOccurrence && intent.kind === 'update';
      const known = mayBeWhole ? { ...sent, is_stale: true } : learnGone(link, 'update');
      await changeLink(tx, link, known, now);
      return 'again';
    }
    case 'look-for-ours':
      await changeLink(tx, link, noteTaken(link), now);
      return 'again';
    case 'set-aside': {
      counts.errors++;
      const code = error.code ? ` (${error.code})` : '';
      const state_reason = error.isForPeople ? error.message : reason + code;
      await rest(tx, link, { ...sent, state: 'refused', state_reason }, now);
      return null;
    }
    case 'retry-link': {
      counts.errors++;
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

const isAboutCalendar = (next: Reaction['next']) =>
  next === 'hold-connection' || next === 'ask-to-reconnect' || next === 'pause-calendar';

/**
 * What is left to be known after a call that had no effect. That says nothing of an earlier try of
 * the same create, which may yet arrive; only what was refused is not tried again as it was.
 */
function afterNothing({ sent }: LinkRow, next: Reaction['next']): Sent | null {
  if (sent?.kind !== 'create' || !sent.isRepeat || next === 'set-aside') return null;
  return { ...sent, isMissing: true };
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
