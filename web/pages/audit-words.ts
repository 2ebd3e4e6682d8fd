import type { AuditEntry } from '../../src/api/schemas/audit.ts';
import { audit as texts, directionWords, policies } from '../texts.ts';

type Value = AuditEntry['changes'][number]['from'];

/** What the recorded changes are called, and how their values are said. */
const words: Record<string, { name: string; say: (value: Value) => string }> = {
  direction: { name: texts.direction, say: from(directionWords) },
  import_days_back: { name: policies.back, say: String },
  import_days_ahead: { name: policies.ahead, say: String },
  ingest: { name: policies.ingest, say: from(policies.ingestWords) },
  disconnect_copies: { name: policies.disconnect, say: from(policies.disconnectWords) },
};

/** What was chosen and what became what, a sentence each; what a newer server adds is left out. */
export function describeChanges({ action, choice, count, changes }: AuditEntry): string[] {
  const lines = changes.flatMap(({ what, from: old, to }) => {
    const known = Object.hasOwn(words, what) ? words[what] : undefined;
    return known ? [texts.became(known.name, known.say(old), known.say(to))] : [];
  });
  if (action === 'brake-settled' && choice) lines.push(texts.deletions(choice, count ?? 0));
  else if (choice && Object.hasOwn(texts.choices, choice)) lines.push(texts.choices[choice] ?? '');
  return lines;
}

function from(said: Record<string, string>): (value: Value) => string {
  return (value) => `“${said[String(value)] ?? String(value)}”`;
}
