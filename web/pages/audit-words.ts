import type { AuditEntry } from '../../src/api/schemas/audit.ts';
import { audit as texts, directionWords, policies } from '../texts.ts';

type Value = AuditEntry['changes'][number]['from'];
type Calendar = NonNullable<AuditEntry['calendar']>;

/** What the recorded changes are called, and how their values are said. */
const words: Record<string, { name: string | null; say: (value: Value) => string }> = {
  direction: { name: null, say: from(directionWords) },
  import_days_back: { name: policies.back, say: String },
  import_days_ahead: { name: policies.ahead, say: String },
  ingest: { name: policies.ingest, say: from(policies.ingestWords) },
  disconnect_copies: { name: policies.disconnect, say: from(policies.disconnectWords) },
};

/** What was chosen and what became what, a sentence each; what a newer server adds is left out. */
export function describeChanges(entry: AuditEntry): string[] {
  const { action, choice, count, changes } = entry;
  const calendar = entry.calendar && unlessAccount(entry.calendar, entry.account);
  const where = calendar && nameOf(calendar);
  const lines = changes.flatMap(({ what, from: old, to }) => {
    const known = Object.hasOwn(words, what) ? words[what] : undefined;
    return known ? [texts.became(known.name ?? where, known.say(old), known.say(to))] : [];
  });
  if (action === 'brake-settled' && choice) {
    const sentence = texts.deletions(choice, count ?? 0);
    lines.push(where ? texts.inCalendar(where, sentence) : sentence);
  } else if (choice === 'chosen' && calendar?.name) lines.push(texts.chosen(calendar.name));
  else if (choice) lines.push(...describeChoice(choice, calendar));
  return lines;
}

function describeChoice(choice: string, calendar: Calendar | null): string[] {
  const said = choice === 'chosen' && calendar?.is_primary ? 'chosen-main' : choice;
  return Object.hasOwn(texts.choices, said) ? [texts.choices[said] ?? ''] : [];
}

/** Main calendars are often called as their account is, which has just been said. */
const unlessAccount = (calendar: Calendar, account: string | null): Calendar => ({
  ...calendar,
  name: calendar.name === account ? null : calendar.name,
});

const nameOf = ({ name, is_primary }: Calendar): string =>
  name ?? (is_primary ? texts.mainCalendar : texts.otherCalendar);

function from(said: Record<string, string>): (value: Value) => string {
  return (value) => `“${said[String(value)] ?? String(value)}”`;
}
