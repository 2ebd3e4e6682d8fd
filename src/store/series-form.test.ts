import { expect, test } from 'vitest';
import type { Base } from '../sync/link.ts';
import type { LinkRow } from './database.ts';
import { formOf, isOfForm } from './series-form.ts';

const linkOf = (base: Base, form: string | null = null) =>
  ({ external_id: 'id', base, series_form: form }) as LinkRow;

test('[O5] exceptions hang on their series in whichever order its members are given back', () => {
  const asMade = { kind: 'all-day', startDate: '2027-05-01', endDate: '2027-05-02' } as const;
  const asStored = { kind: 'all-day', endDate: '2027-05-02', startDate: '2027-05-01' } as const;
  const rule = { rules: ['FREQ=DAILY'], exrules: [], rdates: [], exdates: [] };
  const ruleAsStored = { rules: ['FREQ=DAILY'], rdates: [], exdates: [], exrules: [] };
  const baseOf = (when: typeof asMade, recurrence: typeof rule): Base => ({
    when: { local: when, remote: when },
    recurrence: { local: recurrence, remote: recurrence },
  });
  const [made, stored] = [baseOf(asMade, rule), baseOf(asStored, ruleAsStored)];
  const exception = linkOf({}, formOf(linkOf(made), made));
  for (const base of [made, stored]) expect(isOfForm(exception, linkOf(base))).toBe(true);
  const other = baseOf(asMade, { ...rule, rules: ['FREQ=WEEKLY'] });
  expect(isOfForm(exception, linkOf(other))).toBe(false);
});
