import type { Activity, Copy, FieldsView, Unit } from '../../src/api/schemas/activities.ts';
import type { BrakeDecision, CopyDecision } from '../../src/api/schemas/decisions.ts';
import { copyReasons, decisions as texts, held, unitWords } from '../texts.ts';
import { describeValue } from './event-fields.ts';

export type Choice = Copy['choices'][number];
export type DecisionKind = Exclude<keyof typeof texts.kinds, 'brake'>;

/** One of two versions: what it says, whether it is in force, and the button that chooses it. */
export interface Version {
  name: string;
  isInForce: boolean;
  lines: { label: string; value: string }[];
  choice: { value: Choice; label: string } | null;
}

export interface DecisionWords {
  kind: DecisionKind;
  title: string;
  account: string;
  sentence: string;
  /** When it is and with whom: what the versions say of it themselves is not said twice. */
  about: string;
  /** What the calendar says of it, where that says more. */
  reason: string | null;
  versions: [Version, Version];
}

/** What is asked about a copy; null where it is settled, or is not among the event's copies any more. */
export function describeDecision(decision: CopyDecision): DecisionWords | null {
  const { activity, copy_id, lead } = decision;
  const copy = activity.copies.find(({ id }) => id === copy_id);
  const kind = copy && kindOf(copy);
  if (!copy || !kind) return null;
  const title = activity.title || texts.noTitle;
  const { account } = copy;
  const versions = versionsOf[kind](activity, copy);
  const isTimed = versions.some(({ lines }) => lines.some(({ label }) => label === unitWords.when));
  return {
    kind,
    title,
    account,
    sentence: texts.sentences[kind](title, account),
    reason: kind === 'refused' ? (copy.reason ?? copyReasons.refused ?? null) : null,
    about: [
      !isTimed && describeValue('when', fieldsOf(activity)),
      lead && texts.withLead(lead.name),
    ]
      .filter(Boolean)
      .join(' · '),
    versions,
  };
}

function kindOf({ is_revived, state, choices }: Copy): DecisionKind | null {
  if (choices.length === 0) return null;
  if (is_revived) return 'returned';
  return state === 'detached' || state === 'refused' ? state : 'conflict';
}

const here = (version: Omit<Version, 'name'>): Version => ({ name: texts.here, ...version });
const there = ({ account }: Copy, version: Omit<Version, 'name'>): Version => ({
  name: account,
  ...version,
});
const choose = (copy: Copy, value: Choice, label: string) =>
  copy.choices.includes(value) ? { value, label } : null;
const say = (value: string) => [{ label: '', value }];

const versionsOf: Record<DecisionKind, (activity: Activity, copy: Copy) => [Version, Version]> = {
  conflict(activity, copy) {
    const isOurs = copy.conflict[0]?.winner !== 'calendar';
    const now = fieldsOf(activity);
    const kept = copy.conflict.map(({ unit }) => lineOf(unit, now));
    const other = copy.conflict.map(({ unit, lost }) => lineOf(unit, lost, lost.when ?? now.when));
    const keep = choose(copy, 'keep', texts.choices.keepVersion);
    const take = choose(copy, 'take-other', texts.choices.takeVersion);
    return [
      here({ isInForce: isOurs, lines: isOurs ? kept : other, choice: isOurs ? keep : take }),
      there(copy, {
        isInForce: !isOurs,
        lines: isOurs ? other : kept,
        choice: isOurs ? take : keep,
      }),
    ];
  },
  returned: (activity, copy) => [
    here({
      isInForce: false,
      lines: say(texts.wasDeleted),
      choice: choose(copy, 'delete', texts.choices.deleteBoth),
    }),
    there(copy, {
      isInForce: true,
      lines: summarize(activity),
      choice: choose(copy, 'keep', texts.choices.keepEvent),
    }),
  ],
  detached: (activity, copy) => [
    here({
      isInForce: true,
      lines: summarize(activity),
      choice: choose(copy, 'put-back', texts.choices.putBack),
    }),
    there(copy, {
      isInForce: false,
      lines: say(texts.gone),
      choice: choose(copy, 'delete', texts.choices.deleteHere),
    }),
  ],
  refused: (activity, copy) => [
    here({
      isInForce: true,
      lines: summarize(activity),
      choice: choose(copy, 'retry', texts.choices.retry),
    }),
    there(copy, { isInForce: false, lines: say(texts.notThere), choice: null }),
  ],
};

function summarize(activity: Activity): Version['lines'] {
  const fields = fieldsOf(activity);
  const units: Unit[] = ['title', 'when'];
  if (activity.recurrence) units.push('recurrence');
  if (activity.location) units.push('location');
  return units.map((unit) => lineOf(unit, fields));
}

function lineOf(unit: Unit, fields: FieldsView, when = fields.when) {
  // Beside its label a text needs no quotation marks.
  const value = describeValue(unit, fields, when).replace(/^“(.*)”$/s, '$1');
  return { label: unitWords[unit], value };
}

function fieldsOf(activity: Activity): Required<FieldsView> {
  const { title, description, location, recurrence, visibility, show_as, attendees } = activity;
  const { is_all_day, start, end, time_zone } = activity;
  const when = { is_all_day, start, end, time_zone };
  const rest = { recurrence, visibility, show_as, attendees };
  return { title, description, location, when, ...rest } satisfies Record<Unit, unknown>;
}

/** The choices that all of them have: what several can be answered with at once. */
export function findCommonChoices(decisions: readonly CopyDecision[]): Choice[] {
  const all = decisions.map(
    ({ activity, copy_id }) => activity.copies.find(({ id }) => id === copy_id)?.choices ?? [],
  );
  return (all[0] ?? []).filter((choice) => all.every((choices) => choices.includes(choice)));
}

/** What the brake holds: on which side events are gone, and what may become of the others. */
export function describeHeld(decision: BrakeDecision) {
  const {
    account,
    brake,
    gone_there_count: goneThere,
    gone_here_count: goneHere,
    titles,
  } = decision;
  const side = goneHere === 0 ? 'there' : goneThere === 0 ? 'here' : 'both';
  // Counted afresh as the list is read, so that it names what an answer is about now.
  const count = goneThere + goneHere || brake.count;
  const list = (...parts: (string | false)[]) => parts.filter(Boolean) as string[];
  return {
    sentence: held.sentence(count, nameOf(decision)),
    account,
    here: list(goneThere > 0 && held.stillHere(goneThere), goneHere > 0 && held.goneHere(goneHere)),
    there: list(
      goneThere > 0 && held.goneThere(goneThere),
      goneHere > 0 && held.stillThere(goneHere),
    ),
    details: list(
      titles.length > 0 && held.titles(titles, count - titles.length),
      held.ofAll(brake.total),
    ),
    keep: held.keep[side],
    delete: held.delete[side],
  };
}

/** A first calendar often has the account's own address for its name. */
function nameOf({ calendar, account }: BrakeDecision): string {
  return calendar === account ? account : `${calendar} (${account})`;
}
