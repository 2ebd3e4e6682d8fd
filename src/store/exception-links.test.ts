import { expect, test } from 'vitest';
import { formOf } from './exception-links.ts';

const start = '2027-03-23T13:00:00';
const end = '2027-03-23T14:00:00';
const timeZone = 'America/New_York';
const lists = { rdates: [], exdates: [], exrules: [] };
const pairOf = <T>(value: T) => ({ local: value, remote: value });

test('[O5] a series is the same one when its members come back from the database in another order', () => {
  const link = { external_id: 'a' };
  const rules = ['FREQ=WEEKLY'];
  const read = formOf(link, {
    when: pairOf({ kind: 'timed', start, end, timeZone } as const),
    recurrence: pairOf({ rules, ...lists }),
  });
  const stored = {
    when: pairOf({ end, kind: 'timed', start, timeZone } as const),
    recurrence: pairOf({ ...lists, rules }),
  };
  expect(formOf(link, stored)).toBe(read);
  expect(formOf({ external_id: 'b' }, stored)).not.toBe(read);
  const daily = pairOf({ ...lists, rules: ['FREQ=DAILY'] });
  expect(formOf(link, { ...stored, recurrence: daily })).not.toBe(read);
});
