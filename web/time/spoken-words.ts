import { spokenWhen as words } from '../texts.ts';

/** Pieces of the patterns by which spoken times are read, and what their words stand for. */

/** Longer ones first, or the shorter would take their beginning. */
export const anyOf = (list: readonly string[]) =>
  `(?:${[...list]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replaceAll('.', '\\.'))
    .join('|')})`;

export const placeIn = (lists: readonly (readonly string[])[], word: string) =>
  lists.findIndex((list) => list.includes(word));

export const onWord = `(?:${anyOf(words.on)} )?`;
export const day = anyOf(words.weekdays.flat());
export const monthName = anyOf(words.months.flat());
export const count = `(\\d+(?:[.,]\\d+)?|${anyOf([...words.half, ...words.one, ...words.numbers])})`;

/** `half an`, `two`, `1.5`; NaN for what is no number. */
export function readNumber(text: string): number {
  const place = placeIn([words.half, words.one, ...words.numbers.map((word) => [word])], text);
  // Half of it, one, and from there on by ones.
  return place === -1 ? Number(text.replace(',', '.')) : Math.max(place, 0.5);
}
