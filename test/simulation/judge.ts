import type { EventFields } from '../../src/calendar/event.ts';
import {
  type Actor,
  heldBy,
  type Memory,
  type Story,
  type Unit,
  units,
  type Values,
} from './memory.ts';
import { wordsOf } from './typing.ts';
import { judgeSeries } from './series-judge.ts';
import { type SeenSeries, seeSeriesThere } from './series-views.ts';
import { isOfSeries, type Seen, type SeenHere, type SeenLink, seeHere, seeThere } from './views.ts';
import { type Side, sides, type World } from './world.ts';

/** What is wrong, in a word that is counted, and for people. */
export interface Complaint {
  kind: 'lost' | 'doubled' | 'resurrected' | 'diverged' | 'stuck' | 'mailed' | 'accident';
  text: string;
}

/** Nothing of a link that is at rest waits. */
const restStates = ['synced', 'conflict', 'detached', 'closed'];

/**
 * Judges a history that has come to rest, from what people wanted and from what stands on each
 * side. It shares no code with the engine, and knows nothing of links but where they lead.
 */
export async function judge(world: World, memory: Memory): Promise<Complaint[]> {
  const complaints: Complaint[] = [];
  const complain = (kind: Complaint['kind'], text: string) => complaints.push({ kind, text });
  const here = await seeHere(world);
  const there: Record<Side, Seen[]> = { google: [], outlook: [] };
  for (const side of sides) there[side] = await seeThere(world, side);
  const history = await readHistory(world);

  for (const story of memory.stories.values()) {
    const events = here.filter(({ mark }) => mark === story.mark);
    const copies = sides.flatMap((side) =>
      there[side].filter(({ mark }) => mark === story.mark).map((copy) => ({ side, copy })),
    );
    const live = events.filter(({ isLive }) => isLive);
    const name = `${story.mark} (made by ${story.madeBy})`;
    if (live.length > 1) complain('doubled', `${name} is ${live.length} events here`);
    for (const side of sides) {
      const count = copies.filter((one) => one.side === side).length;
      if (count > 1) complain('doubled', `${name} is ${count} events at ${side}`);
    }
    judgeEnd(story, { live, events, copies }, complain);
    const isGone = live.length + copies.length === 0;
    if (isGone && !story.isUnsure)
      judgeUnseen(
        story,
        events.flatMap(({ id }) => history.get(id) ?? []),
        complain,
      );
    const [event] = live;
    if (event) judgeValues(story, event, history.get(event.id) ?? [], complain);
  }
  for (const event of here) if (!isOfSeries(event.mark)) judgeLinks(event, there, complain);
  for (const side of sides) {
    for (const copy of there[side]) {
      const isFollowed = here.some((event) => isLinked(event, side, copy.id));
      if (!isFollowed) complain('lost', `${copy.mark} at ${side} is followed by no event here`);
    }
  }
  if (memory.families.size > 0) {
    const series: Record<Side, SeenSeries[]> = { google: [], outlook: [] };
    for (const side of sides) series[side] = await seeSeriesThere(world, side);
    judgeSeries(memory, { here, there: series }, history, complain);
  }
  const { rows } = await world.admin.query<{ count: number }>(
    'select count(*)::int as count from jobs where tenant_id = $1 and locked_by is not null',
    [world.tenantId],
  );
  if (rows[0]?.count) complain('stuck', `${rows[0].count} jobs are still held`);
  for (const mail of world.sandbox.mails) complain('mailed', `${mail.kind} to ${mail.to}`);
  for (const accident of world.accidents) complain('accident', accident);
  return complaints;
}

/** The sweep beside a channel is every six hours, give or take a quarter. */
const SLEEP_MAX_MS = 8 * 60 * 60_000;

/** It has been calm for long, and nobody has asked for anything: each calendar is looked at soon. */
export async function judgeSleep({ admin, tenantId, scheduler }: World): Promise<Complaint[]> {
  const { rows } = await admin.query<{ run_at: Date }>(
    'select run_at from jobs where tenant_id = $1 and run_at > $2',
    [tenantId, new Date(scheduler.now() + SLEEP_MAX_MS)],
  );
  return rows.map(({ run_at }) => ({
    kind: 'stuck',
    text: `a calendar is not looked at before ${run_at.toISOString()}`,
  }));
}

type Complain = (kind: Complaint['kind'], text: string) => void;

const isLinked = (event: SeenHere, side: Side, externalId: string) =>
  event.links.some((link) => isAlive(link) && link.side === side && link.externalId === externalId);
const isAlive = ({ state }: SeenLink) => state !== 'closed' && state !== 'detached';

/** Whether it is there, and is allowed to be. */
function judgeEnd(
  story: Story,
  found: { live: SeenHere[]; events: SeenHere[]; copies: { side: Side; copy: Seen }[] },
  complain: Complain,
): void {
  const { live, events, copies } = found;
  if (story.isUnsure) return;
  const name = `${story.mark} (made by ${story.madeBy})`;
  const deleters = [...story.deletedBy];
  if (deleters.length === 0) {
    if (live.length === 0) complain('lost', `${name} was never deleted and is not here`);
    const wanted = story.madeBy === 'crm' ? sides : [story.madeBy];
    const expected = wanted.filter((side) => !story.leftOut.has(side));
    // Brought back while its copy there was just being deleted: that copy is asked about.
    const isAsked = (side: Side) =>
      (story.deletedHereAfter !== null || story.isRestored) &&
      live.some(({ links }) =>
        links.some((link) => link.side === side && link.state === 'detached'),
      );
    for (const side of expected) {
      if (!copies.some((one) => one.side === side) && !isAsked(side)) {
        complain('lost', `${name} was never deleted and is not at ${side}`);
      }
    }
    return;
  }
  const editors = editorsOf(story).filter((actor) => !story.deletedBy.has(actor));
  // Who restores has said that it is to be there.
  if (editors.length === 0 && !story.isRestored) {
    if (live.length > 0) complain('resurrected', `${name}, deleted by ${deleters}, lives here`);
    for (const { side } of copies) {
      complain('resurrected', `${name}, deleted by ${deleters}, lives at ${side}`);
    }
    return;
  }
  // Deleted by one, edited by another: gone everywhere, or kept with a question.
  if (live.length === 0 && copies.length > 0) {
    complain('diverged', `${name} is gone here and lives at ${copies.map(({ side }) => side)}`);
  }
  const isAsked = events.some((event) =>
    event.links.some(({ isRevived, state }) => isRevived || state === 'detached'),
  );
  // Who edits it here has seen the question: that is an answer.
  const isSettled = story.sets.slice(story.deletedHereAfter ?? 0).some(({ by }) => by === 'crm');
  if (live.length > 0 && !isAsked && !isSettled) {
    complain('resurrected', `${name}, deleted by ${deleters}, lives and nobody is asked`);
  }
}

/** What a calendar holds that is switched off waits, and says so, but for what a person is asked. */
export async function judgeOff(world: World): Promise<Complaint[]> {
  const here = await seeHere(world);
  // Of one that is not connected that is told.
  const isOff = (side: Side) =>
    world.off.has(side) && !world.disconnected.has(side) && !world.revoked.has(side);
  return here.flatMap(({ mark, originalStart, links }) =>
    links
      .filter(({ side, state }) => isOff(side) && !offStates.includes(state))
      .map(({ side, state }): Complaint => {
        const text = `${mark} ${originalStart ?? ''} at ${side}, which is switched off, is ${state}`;
        return { kind: 'stuck', text };
      }),
  );
}

const offStates = ['paused', 'conflict', 'detached', 'refused', 'closed'];

/** Who set anything after it had been made. */
function editorsOf(story: Story): Actor[] {
  return [...new Set(story.sets.slice(units.length).map(({ by }) => by))];
}

/**
 * Gone everywhere, deleted by one and edited by another: whoever edits at a provider was seen before
 * anything was deleted there, or what they wrote went with it and nobody knows of it.
 */
function judgeUnseen(story: Story, history: readonly Values[], complain: Complain): void {
  const edits = story.sets.slice(units.length);
  for (const by of editorsOf(story)) {
    if (by === 'crm' || story.deletedBy.has(by)) continue;
    for (const unit of units) {
      const last = edits.findLast((set) => set.by === by && set.unit === unit);
      if (!last || last.isGone || history.some((entry) => isTold(last, unit, entry[unit])))
        continue;
      const name = `${story.mark} (made by ${story.madeBy})`;
      complain('lost', `${name}: ${unit} "${last.value}" of ${by} was deleted unseen`);
    }
  }
}

/** The history has our words; at a provider the same may read otherwise. */
const isTold = ({ by, value }: { by: Actor; value: string }, unit: Unit, told: string) =>
  told === value || (by !== 'crm' && heldBy(by, unit, told) === value);

/**
 * Each value is the last that somebody set, and where two set it at once the one that is to win; a
 * value that lost is kept. What somebody set and then deleted with all the rest may count or not.
 */
function judgeValues(
  story: Story,
  event: SeenHere,
  history: readonly Values[],
  complain: Complain,
): void {
  const name = `${story.mark} (made by ${story.madeBy})`;
  for (const unit of units) {
    const made = story.sets.slice(0, units.length).find((set) => set.unit === unit)?.value ?? '';
    const edits = story.sets.slice(units.length).filter((set) => set.unit === unit);
    const last = [...new Set(edits.map(({ by }) => by))].flatMap(
      (by) => edits.findLast((set) => set.by === by) ?? [],
    );
    const kept = last.filter(({ isGone }) => !isGone);
    const final = event.values[unit];
    const isShown = ({ by, value }: { by: Actor; value: string }) =>
      value === (by === 'crm' ? final : heldBy(by, unit, final));
    // Of one who deleted it in the end, what was set last may never have been seen.
    const isEarlier =
      edits.some((set) => set.isGone && isShown(set)) || (kept.length === 0 && final === made);
    if (!last.some(isShown) && !isEarlier) {
      const wanted = last.length > 0 ? last.map(({ value }) => value) : [made];
      const quoted = wanted.map((value) => `"${value}"`).join(' or ');
      complain('lost', `${name}: ${unit} is "${final}", wanted was ${quoted}`);
    }
    const winner = story.winners.get(unit);
    if (winner && !isShown(winner)) {
      complain(
        'lost',
        `${name}: ${unit} is "${final}" and "${winner.value}" of ${winner.by} was to stay`,
      );
    }
    for (const set of kept) {
      if (isShown(set) || history.some((entry) => isTold(set, unit, entry[unit]))) continue;
      const told = [...new Set(history.map((entry) => entry[unit]))].join(' | ');
      complain('lost', `${name}: ${unit} "${set.value}" gave way and is not in: ${told}`);
    }
  }
}

/** Each copy is there, is as the event is, and waits for nothing. */
function judgeLinks(event: SeenHere, there: Record<Side, Seen[]>, complain: Complain): void {
  for (const link of event.links) {
    const name = `${event.mark} at ${link.side}`;
    if (!restStates.includes(link.state) || (link.state !== 'closed' && link.nextAttemptAt)) {
      complain('stuck', `${name} is ${link.state}, next ${link.nextAttemptAt?.toISOString()}`);
    }
    if (link.state !== 'closed' && link.sent) complain('stuck', `${name} still knows of a write`);
    if (!event.isLive || !isAlive(link)) continue;
    const copy = there[link.side].find(({ id }) => id === link.externalId);
    if (!copy) {
      complain('diverged', `${name} is ${link.state} and not there`);
      continue;
    }
    for (const unit of units) {
      const [ours, theirs] = [heldBy(link.side, unit, event.values[unit]), copy.values[unit]];
      if (ours !== theirs) {
        complain('diverged', `${name}: ${unit} is "${ours}" here and "${theirs}" there`);
      }
    }
  }
}

/** Every value that an event's history tells of, before and after. */
async function readHistory(world: World): Promise<Map<string, Values[]>> {
  const { rows } = await world.admin.query<{
    event_id: string;
    before: Partial<EventFields> | null;
    after: Partial<EventFields> | null;
  }>('select event_id, before, after from event_history where tenant_id = $1', [world.tenantId]);
  const told = new Map<string, Values[]>();
  for (const { event_id, before, after } of rows) {
    const entries = [before, after].flatMap((fields) => (fields ? [toWords(fields)] : []));
    told.set(event_id, [...(told.get(event_id) ?? []), ...entries]);
  }
  return told;
}

const nothing: EventFields = {
  title: '-',
  description: '-',
  location: '-',
  when: { kind: 'all-day', startDate: '-', endDate: '-' },
  recurrence: null,
  visibility: 'default',
  showAs: '-' as EventFields['showAs'],
  attendees: [],
};
const toWords = (fields: Partial<EventFields>): Values => wordsOf({ ...nothing, ...fields });
