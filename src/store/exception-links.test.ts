import { expect, test } from 'vitest';
import type { Base } from '../sync/link.ts';
import type { LinkRow } from './database.ts';
import { isOfForm } from './exception-links.ts';

const linkOf = (base: Base, form: string | null = null) =>
  ({ external_id: 'id', base, series_form: form }) as LinkRow;

test('[O5] exceptions hang on their series in whichever order its members are given back', () => {
  const when = { start: '2027-05-01', endDate: '2027-05-02' };
  const asMade = { kind: 'all-day', startDate: when.start, endDate: when.endDate } as const;
  const asStored = { kind: 'all-day', endDate: when.endDate, startDate: when.start } as const;
  const rule = { rules: ['FREQ=DAILY'], exrules: [], rdates: [], exdates: [] };
  const ruleAsStored = { rules: ['FREQ=DAILY'], rdates: [], exdates: [], exrules: [] };
  const baseOf = (one: typeof asMade, recurrence: typeof rule): Base => ({
    when: { local: one, remote: one },
    recurrence: { local: recurrence, remote: recurrence },
  });
  const form = JSON.stringify(['id', asStored, ruleAsStored]);
  for (const base of [baseOf(asMade, rule), baseOf(asStored, ruleAsStored)]) {
    expect(isOfForm(linkOf(base, form), linkOf(base))).toBe(true);
    const other = baseOf(asMade, { ...rule, rules: ['FREQ=WEEKLY'] });
    expect(isOfForm(linkOf(base, form), linkOf(other))).toBe(false);
  }
});
