/** The two palettes. Ids and colours as Google's clients know them. */

import { ok, type Answer } from './call.ts';

const CALENDAR = [
  '#ac725e',
  '#d06b64',
  '#f83a22',
  '#fa573c',
  '#ff7537',
  '#ffad46',
  '#42d692',
  '#16a765',
  '#7bd148',
  '#b3dc6c',
  '#fbe983',
  '#fad165',
  '#92e1c0',
  '#9fe1e7',
  '#9fc6e7',
  '#4986e7',
  '#9a9cff',
  '#b99aff',
  '#c2c2c2',
  '#cabdbf',
  '#cca6ac',
  '#f691b2',
  '#cd74e6',
  '#a47ae2',
];
const EVENT = [
  '#a4bdfc',
  '#7ae7bf',
  '#dbadff',
  '#ff887c',
  '#fbd75b',
  '#ffb878',
  '#46d6db',
  '#e1e1e1',
  '#5484ed',
  '#51b749',
  '#dc2127',
];
const UPDATED = '2012-02-14T00:00:00.000Z';

export interface Color {
  readonly background: string;
  readonly foreground: string;
}

const palettes = { calendar: palette(CALENDAR, '#000000'), event: palette(EVENT, '#1d1d1d') };

export function colorOf(kind: 'calendar' | 'event', id: string): Color | undefined {
  return palettes[kind][id];
}

export function getColors(): Answer {
  return ok({ kind: 'calendar#colors', updated: UPDATED, ...palettes });
}

function palette(backgrounds: readonly string[], foreground: string): Record<string, Color> {
  return Object.fromEntries(
    backgrounds.map((background, index) => [String(index + 1), { background, foreground }]),
  );
}
