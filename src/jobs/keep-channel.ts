import type { ChannelId } from '../calendar/ids.ts';
import { ProviderError, type ProviderErrorKind } from '../providers/provider-error.ts';
import type { RemoteChannel } from '../providers/provider.ts';
import {
  deleteChannels,
  insertChannel,
  listChannels,
  noteLive,
  noteStopping,
} from '../store/channels.ts';
import { findCalendar } from '../store/calendars.ts';
import type { ChannelRow } from '../store/database.ts';
import { notifyPages } from '../store/notify.ts';
import { requestPull } from '../store/pulls.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { planWatch, type WatchAction, whenToRenew } from '../sync/plan-watch.ts';
import { withAccessToken } from './access-token.ts';
import { newChannelSecret } from './channel-secret.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import { reactionTo } from './reaction.ts';
import type { Target } from './target.ts';

/** Renewing, where that means another channel: renew, open, stop the old one. And some to spare. */
const ROUNDS_MAX = 8;
/** A calendar that cannot be watched is asked on a timer, and tried again the next day. */
const REFUSED_RETRY_MS = 24 * 60 * 60_000;
/** After a first failure, and after one that followed a failure. */
const FIRST_RETRY_MS = 60_000;
const LATER_RETRY_MS = 15 * 60_000;

/**
 * Sees to it that exactly one channel rings for the calendar when events come in from it and there
 * is somewhere to ring, and none otherwise. What goes wrong is stored on the calendar and tried
 * again at `nextAt`; the run goes on without, since the calendar is also asked on a timer. Throws
 * `FenceLostError`, and what the database throws.
 */
export async function keepChannel(
  engine: Engine,
  target: Target,
): Promise<{ nextAt: Date | null }> {
  const progress: Progress = { isRenewedByOpening: false, hasOpened: false };
  const calm = planOf(engine, target, progress);
  // Nearly every time, and then not even the database is asked.
  const isForgiven = !isWanted(engine, target) && target.calendar.watch_problem !== null;
  if (calm.kind === 'rest' && !isForgiven) return { nextAt: calm.until };

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const step = await inFence(engine, target, (tx) => decide(engine, target, tx, progress));
    if (step.kind === 'rest') return { nextAt: step.until };
    try {
      await perform(engine, target, step, progress);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      await inFence(engine, target, (tx) => react(engine, target, tx, step, error));
    }
  }
  return { nextAt: new Date(engine.runtime.now() + FIRST_RETRY_MS) };
}

/** What has happened in this run already. */
interface Progress {
  isRenewedByOpening: boolean;
  hasOpened: boolean;
}

/** The call to make next. What is needed to understand its outcome is stored. */
type Step =
  | { kind: 'rest'; until: Date | null }
  | { kind: 'open'; id: ChannelId; secret: string; isGap: boolean }
  | { kind: 'renew'; channel: ChannelRow }
  | { kind: 'stop'; channel: ChannelRow };

type Watched = Pick<Target, 'calendar' | 'channels'>;

function isWanted({ webhookUrl }: Engine, { calendar: { direction } }: Watched): boolean {
  return webhookUrl !== null && (direction === 'both' || direction === 'in');
}

/** Reads again what the channel is kept by. */
async function readWatch(target: Target, tx: TenantTransaction): Promise<void> {
  const { calendar_id: calendarId } = target.job;
  target.calendar = (await findCalendar(tx, calendarId)) ?? target.calendar;
  target.channels = await listChannels(tx, calendarId);
}

function planOf(engine: Engine, watched: Watched, { isRenewedByOpening }: Progress): WatchAction {
  const watch = {
    isWanted: isWanted(engine, watched),
    retryAt: watched.calendar.watch_retry_at,
    channels: watched.channels.map((row) => ({
      id: row.id,
      state: row.state,
      canStop: row.external_id !== null,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      renewAt: row.renew_at,
    })),
  };
  return planWatch(watch, new Date(engine.runtime.now()), isRenewedByOpening);
}

async function decide(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  progress: Progress,
): Promise<Step> {
  await readWatch(target, tx);
  let plan = planOf(engine, target, progress);
  if (plan.kind === 'forget') {
    await deleteChannels(tx, plan.ids);
    await readWatch(target, tx);
    plan = planOf(engine, target, progress);
  }
  const channelOf = (id: ChannelId) => target.channels.find((row) => row.id === id) as ChannelRow;
  switch (plan.kind) {
    case 'open':
      // What was opened has ended already: a provider that does so is not asked in a circle.
      if (progress.hasOpened) return { kind: 'rest', until: await holdOff(engine, target, tx) };
      progress.hasOpened = true;
      return { kind: 'open', isGap: plan.isGap, ...(await intendToOpen(engine, target, tx)) };
    case 'renew':
      return { kind: 'renew', channel: channelOf(plan.id) };
    case 'stop':
      await noteStopping(tx, plan.id);
      return { kind: 'stop', channel: channelOf(plan.id) };
    case 'forget':
      // The second look found more of them: time goes on between two looks.
      return { kind: 'rest', until: new Date(engine.runtime.now()) };
    case 'rest':
      if (!isWanted(engine, target) && target.calendar.watch_problem) await noteWatched(target, tx);
      return plan;
  }
}

/** From here until its answer is stored, the row tells that there may be a channel. */
async function intendToOpen(
  { runtime }: Engine,
  { job }: Target,
  tx: TenantTransaction,
): Promise<{ id: ChannelId; secret: string }> {
  const id = runtime.newId() as ChannelId;
  const { secret, hash } = newChannelSecret(id, runtime.randomBytes);
  await insertChannel(tx, {
    id,
    connectionId: job.connection_id,
    calendarId: job.calendar_id,
    secretHash: hash,
    now: new Date(runtime.now()),
  });
  return { id, secret };
}

async function perform(
  engine: Engine,
  target: Target,
  step: Exclude<Step, { kind: 'rest' }>,
  progress: Progress,
): Promise<void> {
  const answer = await call(engine, target, step).catch((error: unknown) => {
    if (error instanceof ProviderError) throw error;
    // A bug of ours met this channel: the calendar's events must not wait for its repair.
    throw new ProviderError('malformed-answer', `to ${step.kind} a channel failed in us`, {
      cause: error,
    });
  });
  if (step.kind === 'renew' && !answer) progress.isRenewedByOpening = true;
  else await inFence(engine, target, (tx) => learn(engine, target, tx, step, answer));
}

async function call(
  engine: Engine,
  { job, provider, externalCalendarId }: Target,
  step: Exclude<Step, { kind: 'rest' }>,
): Promise<RemoteChannel | null> {
  const connection = { tenantId: job.tenant_id, connectionId: job.connection_id };
  return withAccessToken(engine, connection, async (accessToken) => {
    switch (step.kind) {
      case 'open':
        return provider.openChannel(
          { accessToken, calendarId: externalCalendarId },
          {
            id: step.id,
            secret: step.secret,
            notificationUrl: `${engine.webhookUrl}/webhooks/${provider.name.toLowerCase()}`,
          },
        );
      case 'renew':
        return provider.renewChannel(accessToken, toRemote(step.channel));
      case 'stop':
        await provider.stopChannel(accessToken, toRemote(step.channel));
        return null;
    }
  });
}

/** A channel that the provider has told its ids of. */
function toRemote({ external_id, resource_id, expires_at }: ChannelRow): RemoteChannel {
  return {
    externalId: external_id ?? '',
    resourceId: resource_id,
    expiresAt: expires_at ?? new Date(0),
  };
}

async function learn(
  { runtime }: Engine,
  target: Target,
  tx: TenantTransaction,
  step: Exclude<Step, { kind: 'rest' }>,
  answer: RemoteChannel | null,
): Promise<void> {
  if (step.kind === 'stop' || !answer) {
    if (step.kind === 'stop') await deleteChannels(tx, [step.channel.id]);
    return;
  }
  const now = new Date(runtime.now());
  const { externalId, resourceId, expiresAt } = answer;
  const renewAt = whenToRenew(expiresAt, now, runtime.random());
  const id = step.kind === 'open' ? step.id : step.channel.id;
  await noteLive(tx, id, { externalId, resourceId, expiresAt, renewAt });
  await noteWatched(target, tx);
  if (step.kind === 'open' && step.isGap) {
    // What changed while nobody rang: found by a look that begins after the channel is open.
    const { connection_id: connectionId, calendar_id: calendarId } = target.job;
    await requestPull(tx, [{ connectionId, calendarId }], { now, newId: runtime.newId });
  }
}

async function noteWatched({ job }: Target, tx: TenantTransaction): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('calendars')
    .set({ watch_problem: null, watch_retry_at: null })
    .where('id', '=', job.calendar_id)
    .where(({ or, eb }) =>
      or([eb('watch_problem', 'is not', null), eb('watch_retry_at', 'is not', null)]),
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await notifyPages(tx, 'connections');
}

const UNWATCHED_REASON =
  'The calendar service does not tell us when this calendar changes. We look by ourselves instead.';

/** Answers that will be the same in a minute. All others pass by themselves. */
const lastingKinds: readonly ProviderErrorKind[] = [
  'refused',
  'access-lost',
  'gone',
  'already-exists',
];

async function react(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  step: Exclude<Step, { kind: 'rest' }>,
  error: ProviderError,
): Promise<void> {
  const { runtime } = engine;
  const { kind, code, retryAfterMs } = error;
  const isLasting = lastingKinds.includes(kind);
  const id = step.kind === 'open' ? step.id : step.channel.id;
  runtime.log.info({ channelId: id, step: step.kind, kind, code }, 'a channel was not kept');

  if (step.kind === 'renew' && kind === 'gone') return deleteChannels(tx, [id]);
  // Not to be stopped by asking: it ends by itself, and its rings find nothing.
  if (step.kind === 'stop' && isLasting) return deleteChannels(tx, [id]);
  // Known not to be there. One that may be there is kept: it may ring.
  if (step.kind === 'open' && reactionTo[kind].effect === 'none') await deleteChannels(tx, [id]);
  if (!isLasting) {
    await holdOff(engine, target, tx, retryAfterMs);
    return;
  }
  const waitMs = REFUSED_RETRY_MS * (1 + runtime.random() / 4);
  await tx
    .updateTable('calendars')
    .set({
      watch_problem: UNWATCHED_REASON + (code ? ` (${code})` : ''),
      watch_retry_at: new Date(runtime.now() + waitMs),
    })
    .where('id', '=', target.job.calendar_id)
    .execute();
  await notifyPages(tx, 'connections');
}

/** Lets the calendar's channel rest for a while; answers until when. */
async function holdOff(
  { runtime }: Engine,
  { job }: Target,
  tx: TenantTransaction,
  retryAfterMs: number | null = null,
): Promise<Date> {
  const calendar = await tx
    .selectFrom('calendars')
    .select('watch_retry_at')
    .where('id', '=', job.calendar_id)
    .executeTakeFirst();
  const steadyMs = calendar?.watch_retry_at ? LATER_RETRY_MS : FIRST_RETRY_MS;
  const waitMs = retryAfterMs ?? steadyMs * (0.75 + runtime.random() / 2);
  const until = new Date(runtime.now() + waitMs);
  await tx
    .updateTable('calendars')
    .set({ watch_retry_at: until })
    .where('id', '=', job.calendar_id)
    .execute();
  return until;
}
